// SPDX-License-Identifier: GPL-3.0-or-later
// One path walked inside one directory tree, component by component, never leaving it.
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
	int directories[DEPTH_MAX]; // [0] is the root, not ours to close
	size_t depth;               // index of the current one
	char rest[REST_MAX + 1];
	char *next; // within rest
	unsigned n_links;
};

static void walk_leave(struct walk *walk)
{
	if (walk->depth > 0) {
		close(walk->directories[walk->depth--]);
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

// Opens the file `name` of the current directory, known to be the regular file `seen`. The name may have
// been given to another file since, even to a link or a FIFO: neither is followed, waited for or used.
static int walk_open(const struct walk *walk, const char *name, const struct stat *seen)
{
	int fd = openat(walk->directories[walk->depth], name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	struct stat now;
	if (fstat(fd, &now) != 0 || !S_ISREG(now.st_mode) || now.st_dev != seen->st_dev ||
	    now.st_ino != seen->st_ino) {
		close(fd);
		errno = EACCES;
		return -1;
	}
	return fd;
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
	// O_PATH opens nothing: no device is touched, no FIFO waits.
	int fd = openat(walk->directories[walk->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat seen;
	if (fd < 0 || fstat(fd, &seen) != 0) {
		*error = errno;
		goto out;
	}
	if (S_ISDIR(seen.st_mode)) {
		if (walk->depth + 1 == DEPTH_MAX) {
			*error = ENAMETOOLONG;
			goto out;
		}
		walk->directories[++walk->depth] = fd;
		return -1;
	}
	if (S_ISLNK(seen.st_mode)) {
		*error = walk_link(walk, fd) ? 0 : errno;
		goto out;
	}
	if (*walk->next != '\0') {
		*error = ENOTDIR;
	} else if (!S_ISREG(seen.st_mode)) {
		*error = EACCES;
	} else {
		int file = walk_open(walk, name, &seen);
		*error = file < 0 ? errno : 0;
		close(fd);
		return file;
	}
out:
	if (fd >= 0) {
		close(fd);
	}
	return -1;
}

int rootfs_walk(int root_fd, const char *path)
{
	struct walk walk = { .directories = { root_fd } };
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
