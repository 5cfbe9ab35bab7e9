// SPDX-License-Identifier: GPL-3.0-or-later
// One path walked inside directory trees that lie over each other, component by component, never leaving it.
#include "rootfs_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 128,
	LINKS_MAX = 40, // as Linux has it
	REST_MAX = 2 * PATH_MAX,
};

// Where the walk stands: the directories entered, and the text still to be walked. Each directory is held
// by its descriptor, so ".." is a step back in this list and needs no look-up that a link could bend.
struct walk {
	size_t n; // trees
	int directories
		[DEPTH_MAX]
		[ROOTFS_TREES_MAX]; // -1: not in this tree; [0] are the roots, not ours to close
	size_t depth;               // index of the current one
	char rest[REST_MAX + 1];
	char *next; // within rest
	unsigned n_links;
};

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
}

static void walk_leave(struct walk *walk)
{
	if (walk->depth > 0) {
		close_all(walk->directories[walk->depth--], walk->n);
	}
}

static void walk_leave_all(struct walk *walk)
{
	while (walk->depth > 0) {
		walk_leave(walk);
	}
}

// The next component, NULL at the end of the path.
static char *walk_component(struct walk *walk)
{
	char *name = walk->next + strspn(walk->next, "/");
	if (*name == '\0') {
		return NULL;
	}
	char *end = name + strcspn(name, "/");
	walk->next = end;
	if (*end != '\0') {
		*end = '\0';
		walk->next = end + 1;
	}
	return name;
}

// Puts the text of the link open at `fd` in front of what is left.
static bool walk_link(struct walk *walk, int fd)
{
	char text[PATH_MAX];
	ssize_t length = readlinkat(fd, "", text, sizeof(text));
	if (length < 0) {
		return false;
	}
	if (++walk->n_links > LINKS_MAX) {
		errno = ELOOP;
		return false;
	}
	size_t rest = strlen(walk->next);
	size_t head = (size_t)length;
	if (head == 0 || head >= sizeof(text) || head + 1 + rest > REST_MAX) {
		errno = head == 0 ? ENOENT : ENAMETOOLONG;
		return false;
	}
	memmove(walk->rest + head + 1, walk->next, rest + 1);
	memcpy(walk->rest, text, head);
	walk->rest[head] = '/';
	walk->next = walk->rest;
	if (text[0] == '/') {
		walk_leave_all(walk);
	}
	return true;
}

// Opens the file `name` of `directory`, known to be the regular file `seen`. The name may have
// been given to another file since, even to a link or a FIFO: neither is followed, waited for or used.
static int walk_open(int directory, const char *name, const struct stat *seen)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	struct stat now;
	if (fstat(fd, &now) != 0 || !S_ISREG(now.st_mode) || now.st_dev != seen->st_dev ||
	    now.st_ino != seen->st_ino) {
		close(fd);
		errno = ENOTSUP;
		return -1;
	}
	return fd;
}

// Looks for `name` in the current directory, from tree `from` on: a descriptor that opens nothing and may be a
// link's, the tree, and what is there. -1: errno says why.
static int walk_look(const struct walk *walk, const char *name, size_t from, size_t *tree,
		     struct stat *seen)
{
	int error = ENOENT;
	for (*tree = from; *tree < walk->n; ++*tree) {
		int directory = walk->directories[walk->depth][*tree];
		if (directory < 0) {
			continue;
		}
		// O_PATH opens nothing: no device is touched, no FIFO waits.
		int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, seen) == 0) {
			return fd;
		}
		error = error == ENOENT ? errno : error;
		if (fd >= 0) {
			close(fd);
		}
	}
	errno = error;
	return -1;
}

// Enters the directory `name`, which is open for `tree`, in all trees below that have it too. Takes over `fd`.
static bool walk_enter(struct walk *walk, const char *name, size_t tree, int fd)
{
	if (walk->depth + 1 == DEPTH_MAX) {
		close(fd);
		errno = ENAMETOOLONG;
		return false;
	}
	int *entered = walk->directories[walk->depth + 1];
	for (size_t i = 0; i < ROOTFS_TREES_MAX; i++) {
		entered[i] = -1;
	}
	entered[tree] = fd;
	for (size_t next = tree + 1; next < walk->n; next++) {
		struct stat seen;
		int below = walk_look(walk, name, next, &next, &seen);
		if (below < 0) {
			break;
		}
		if (S_ISDIR(seen.st_mode)) {
			entered[next] = below;
		} else {
			close(below);
			break; // what is no directory hides those below it
		}
	}
	walk->depth++;
	return true;
}

// Takes one step. Returns a descriptor when `name` is the file at the end of the path, else -1 and
// `*error`: 0 to go on.
static int walk_step(struct walk *walk, const char *name, int *error)
{
	*error = 0;
	if (strcmp(name, ".") == 0) {
		return -1;
	}
	if (strcmp(name, "..") == 0) {
		walk_leave(walk);
		return -1;
	}
	size_t tree;
	struct stat seen;
	int fd = walk_look(walk, name, 0, &tree, &seen);
	if (fd < 0) {
		*error = errno;
		return -1;
	}
	if (S_ISDIR(seen.st_mode)) {
		*error = walk_enter(walk, name, tree, fd) ? 0 : errno;
		return -1;
	}
	int file = -1;
	if (S_ISLNK(seen.st_mode)) {
		*error = walk_link(walk, fd) ? 0 : errno;
	} else if (*walk->next != '\0') {
		*error = ENOTDIR;
	} else if (!S_ISREG(seen.st_mode)) {
		*error = ENOTSUP;
	} else {
		file = walk_open(walk->directories[walk->depth][tree], name, &seen);
		*error = file < 0 ? errno : 0;
	}
	close(fd);
	return file;
}

int rootfs_walk(const int *roots, size_t n, const char *path)
{
	struct walk walk;
	walk.n = n < ROOTFS_TREES_MAX ? n : ROOTFS_TREES_MAX;
	walk.depth = 0;
	walk.n_links = 0;
	memcpy(walk.directories[0], roots, walk.n * sizeof(*roots));
	size_t length = strlen(path);
	if (length > REST_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(walk.rest, path, length + 1);
	walk.next = walk.rest;

	int file = -1, error = 0;
	for (char *name; file < 0 && error == 0 && (name = walk_component(&walk)) != NULL;) {
		file = walk_step(&walk, name, &error);
	}
	walk_leave_all(&walk);
	if (file < 0) {
		errno = error != 0 ? error : EISDIR;
	}
	return file;
}
