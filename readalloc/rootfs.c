// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the target, found the way the target itself would find them, never outside the given trees.
#include "rootfs.h"

#include "rootfs_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tree {
	char *name; // as the user gave it
	char *real; // without links, for taking it off paths; "" for "/"
	int fd;
};

struct rootfs {
	struct tree root;
	struct tree *extras;
	size_t n_extras;
};

// One request on its way through the places.
struct search {
	const struct rootfs *rootfs;
	rootfs_accept accept;
	void *context;
	int error; // the first that says more than "not there"
};

static void tree_close(struct tree *tree)
{
	if (tree->fd >= 0) {
		close(tree->fd);
	}
	free(tree->name);
	free(tree->real);
}

static bool tree_open(struct tree *tree, const char *path)
{
	tree->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0) {
		return false;
	}
	tree->name = strdup(path);
	tree->real = realpath(path, NULL);
	if (tree->name == NULL || tree->real == NULL) {
		int error = errno;
		tree_close(tree);
		errno = error;
		return false;
	}
	if (strcmp(tree->real, "/") == 0) {
		tree->real[0] = '\0';
	}
	return true;
}

struct rootfs *rootfs_new(const char *path)
{
	struct rootfs *rootfs = calloc(1, sizeof(*rootfs));
	if (rootfs != NULL && !tree_open(&rootfs->root, path)) {
		int error = errno;
		free(rootfs);
		errno = error;
		return NULL;
	}
	return rootfs;
}

void rootfs_free(struct rootfs *rootfs)
{
	if (rootfs == NULL) {
		return;
	}
	tree_close(&rootfs->root);
	for (size_t i = 0; i < rootfs->n_extras; i++) {
		tree_close(&rootfs->extras[i]);
	}
	free(rootfs->extras);
	free(rootfs);
}

bool rootfs_add_extra(struct rootfs *rootfs, const char *path)
{
	struct tree tree = { .fd = -1 };
	if (!tree_open(&tree, path)) {
		return false;
	}
	struct tree *grown =
		realloc(rootfs->extras, (rootfs->n_extras + 1) * sizeof(*rootfs->extras));
	if (grown == NULL) {
		tree_close(&tree);
		return false;
	}
	rootfs->extras = grown;
	rootfs->extras[rootfs->n_extras++] = tree;
	return true;
}

const char *rootfs_name(const struct rootfs *rootfs)
{
	return rootfs->root.name;
}

static int search_tree(struct search *search, const struct tree *tree, const char *path)
{
	int fd = rootfs_walk(tree->fd, path);
	if (fd < 0) {
		if (search->error == ENOENT && errno != ENOENT && errno != ENOTDIR) {
			search->error = errno;
		}
		return -1;
	}
	if (search->accept == NULL || search->accept(fd, search->context)) {
		return fd;
	}
	close(fd);
	return -1;
}

// What is left of `path` behind the directory `prefix`; NULL if it does not lie there.
static const char *path_behind(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);
	if (length > 0 && strncmp(path, prefix, length) == 0 && path[length] == '/') {
		return path + length;
	}
	return NULL;
}

const char *rootfs_strip(const struct rootfs *rootfs, const char *path)
{
	const char *behind = path_behind(path, rootfs->root.real);
	if (behind == NULL) {
		behind = path_behind(path, rootfs->root.name);
	}
	return behind != NULL ? behind : path;
}

static int search_tree_and_prefix(struct search *search, const struct tree *tree, const char *path)
{
	int fd = search_tree(search, tree, path);
	const char *behind = rootfs_strip(search->rootfs, path);
	if (fd < 0 && behind != path) {
		fd = search_tree(search, tree, behind);
	}
	return fd;
}

static int search_extras(struct search *search, const char *path)
{
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < search->rootfs->n_extras; i++) {
		const struct tree *tree = &search->rootfs->extras[i];
		int fd = search_tree_and_prefix(search, tree, path);
		if (fd < 0 && slash != NULL) {
			fd = search_tree(search, tree, slash + 1);
		}
		if (fd >= 0) {
			return fd;
		}
	}
	return -1;
}

int rootfs_search(const struct rootfs *rootfs, const char *path, rootfs_accept accept,
		  void *context)
{
	static const char deleted[] =
		" (deleted)"; // what Linux puts behind an unlinked file's path
	struct search search = { rootfs, accept, context, ENOENT };
	int fd = search_tree_and_prefix(&search, &rootfs->root, path);
	size_t length = strlen(path);
	char *kept = NULL;
	if (fd < 0 && length > sizeof(deleted) - 1 &&
	    strcmp(path + length - (sizeof(deleted) - 1), deleted) == 0) {
		kept = strndup(path, length - (sizeof(deleted) - 1));
		if (kept != NULL) {
			path = kept;
			fd = search_tree_and_prefix(&search, &rootfs->root, path);
		}
	}
	if (fd < 0) {
		fd = search_extras(&search, path);
	}
	free(kept);
	if (fd < 0) {
		errno = search.error;
	}
	return fd;
}

int rootfs_open(const struct rootfs *rootfs, const char *path)
{
	return rootfs_search(rootfs, path, NULL, NULL);
}
