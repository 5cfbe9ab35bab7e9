// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the target, found the way the target itself would find them, never outside the given trees.
#include "rootfs.h"

#include "rootfs_walk.h"
#include "util.h"

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

struct tree_list {
	struct tree *trees;
	size_t n;
};

struct rootfs {
	struct tree_list roots, extras, debugs;
	char *name;
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

struct rootfs *rootfs_new(void)
{
	return xcalloc(1, sizeof(struct rootfs));
}

static void list_free(struct tree_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		tree_close(&list->trees[i]);
	}
	free(list->trees);
}

void rootfs_free(struct rootfs *rootfs)
{
	if (rootfs == NULL) {
		return;
	}
	list_free(&rootfs->roots);
	list_free(&rootfs->extras);
	list_free(&rootfs->debugs);
	free(rootfs->name);
	free(rootfs);
}

static bool list_add(struct tree_list *list, const char *path)
{
	struct tree tree = { .fd = -1 };
	if (!tree_open(&tree, path)) {
		return false;
	}
	list->trees = xrealloc(list->trees, list->n + 1, sizeof(*list->trees));
	list->trees[list->n++] = tree;
	return true;
}

bool rootfs_add_tree(struct rootfs *rootfs, const char *path)
{
	if (rootfs->roots.n == ROOTFS_TREES_MAX) {
		errno = E2BIG;
		return false;
	}
	if (!list_add(&rootfs->roots, path)) {
		return false;
	}
	char *name = NULL;
	if (asprintf(&name, "%s%s%s", rootfs->name != NULL ? rootfs->name : "",
		     rootfs->name != NULL ? " and " : "", path) < 0) {
		die("out of memory");
	}
	free(rootfs->name);
	rootfs->name = name;
	return true;
}

bool rootfs_add_extra(struct rootfs *rootfs, const char *path)
{
	return list_add(&rootfs->extras, path);
}

bool rootfs_add_debug(struct rootfs *rootfs, const char *path)
{
	return list_add(&rootfs->debugs, path);
}

const char *rootfs_name(const struct rootfs *rootfs)
{
	return rootfs->name != NULL ? rootfs->name : "";
}

// Looks for `path` in the trees as in one.
static int search_trees(struct search *search, const struct tree *trees, size_t n, const char *path)
{
	int roots[ROOTFS_TREES_MAX];
	for (size_t i = 0; i < n; i++) {
		roots[i] = trees[i].fd;
	}
	int fd = rootfs_walk(roots, n, path);
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

// The same, then in each tree alone: what stands over another may be refused.
static int search_layers(struct search *search, const struct tree_list *list, const char *path)
{
	int fd = search_trees(search, list->trees, list->n, path);
	for (size_t i = 0; i < list->n && list->n > 1 && fd < 0; i++) {
		fd = search_trees(search, &list->trees[i], 1, path);
	}
	return fd;
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
	const char *behind = NULL;
	for (size_t i = 0; i < rootfs->roots.n && behind == NULL; i++) {
		behind = path_behind(path, rootfs->roots.trees[i].real);
		if (behind == NULL) {
			behind = path_behind(path, rootfs->roots.trees[i].name);
		}
	}
	return behind != NULL ? behind : path;
}

static int search_roots(struct search *search, const char *path)
{
	int fd = search_layers(search, &search->rootfs->roots, path);
	const char *behind = rootfs_strip(search->rootfs, path);
	if (fd < 0 && behind != path) {
		fd = search_layers(search, &search->rootfs->roots, behind);
	}
	return fd;
}

static int search_extras(struct search *search, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *behind = rootfs_strip(search->rootfs, path);
	for (size_t i = 0; i < search->rootfs->extras.n; i++) {
		const struct tree *tree = &search->rootfs->extras.trees[i];
		int fd = search_trees(search, tree, 1, path);
		if (fd < 0 && behind != path) {
			fd = search_trees(search, tree, 1, behind);
		}
		if (fd < 0 && slash != NULL) {
			fd = search_trees(search, tree, 1, slash + 1);
		}
		if (fd >= 0) {
			return fd;
		}
	}
	return -1;
}

int rootfs_search_debug(const struct rootfs *rootfs, const char *path, rootfs_accept accept,
			void *context)
{
	struct search search = { rootfs, accept, context, ENOENT };
	int fd = -1;
	for (size_t i = 0; i < rootfs->debugs.n && fd < 0; i++) {
		fd = search_trees(&search, &rootfs->debugs.trees[i], 1, path);
	}
	if (fd < 0) {
		errno = search.error;
	}
	return fd;
}

int rootfs_search(const struct rootfs *rootfs, const char *path, rootfs_accept accept,
		  void *context)
{
	static const char deleted[] =
		" (deleted)"; // what Linux puts behind an unlinked file's path
	struct search search = { rootfs, accept, context, ENOENT };
	int fd = search_roots(&search, path);
	size_t length = strlen(path);
	char *kept = NULL;
	if (fd < 0 && length > sizeof(deleted) - 1 &&
	    strcmp(path + length - (sizeof(deleted) - 1), deleted) == 0) {
		kept = strndup(path, length - (sizeof(deleted) - 1));
		if (kept != NULL) {
			path = kept;
			fd = search_roots(&search, path);
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
