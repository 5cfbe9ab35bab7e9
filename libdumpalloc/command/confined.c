// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths as a process with another root folder has them.
#define _GNU_SOURCE
#include "libdumpalloc/command/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_SIZE = 4096,
	LINKS_MAX = 40, // as the kernel's
};

// A path under way. openat2 would do this, but is younger than many a device's kernel. So no name is opened with its links
// followed, and none is "..": where there is one, the path is written anew and walked from the root again.
struct walk {
	char path[PATH_SIZE]; // its first `done` bytes hold no link and no ".."
	size_t done;
	unsigned n_links;
};

// Puts `text` in place of what lies between the first `kept` bytes and `rest`.
static bool rewrite(struct walk *walk, size_t kept, const char *text, const char *rest)
{
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof path, "%.*s/%s/%s", (int)kept, walk->path, text, rest);

	if (n < 0 || n >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(walk->path, path, (size_t)n + 1);
	walk->done = 0;
	return true;
}

static bool follow(struct walk *walk, int link, size_t kept, const char *rest)
{
	char text[PATH_SIZE];
	ssize_t n = readlinkat(link, "", text, sizeof text - 1);

	if (n < 0)
		return false;
	if (++walk->n_links > LINKS_MAX) {
		errno = ELOOP;
		return false;
	}
	text[n] = '\0';
	return rewrite(walk, text[0] == '/' ? 0 : kept, text, rest);
}

// The next name, of which `*length` bytes are meant; NULL at the end of the path.
static const char *next_name(const struct walk *walk, size_t *length)
{
	const char *name = walk->path + walk->done;

	for (;;) {
		name += strspn(name, "/");
		*length = strcspn(name, "/");
		if (*length != 1 || name[0] != '.')
			return *length > 0 ? name : NULL;
		name++;
	}
}

// One step from `*folder`, which is replaced by what is there; or from the root anew, if the path had to be written anew.
static bool step(struct walk *walk, const char *root, int *folder)
{
	size_t length;
	const char *name = next_name(walk, &length);
	const char *rest = name + length;
	size_t kept = walk->done;
	char one[256];
	struct stat facts;
	bool goes_on;

	if (length >= sizeof one) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(one, name, length);
	one[length] = '\0';
	if (strcmp(one, "..") == 0) {
		while (kept > 0 && walk->path[--kept] != '/') {
		}
		goes_on = rewrite(walk, kept, "", rest);
	} else {
		int fd = openat(*folder, one, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &facts) != 0) {
			if (fd >= 0)
				close(fd);
			return false;
		}
		if (!S_ISLNK(facts.st_mode)) {
			close(*folder);
			*folder = fd;
			walk->done = (size_t)(rest - walk->path);
			return true;
		}
		goes_on = rest[strspn(rest, "/")] != '\0';
		if (goes_on)
			goes_on = follow(walk, fd, kept, rest);
		else
			errno = ELOOP;
		int error = errno;
		close(fd);
		errno = error;
	}
	if (!goes_on)
		return false;
	close(*folder);
	*folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *folder >= 0;
}

int confined_open(const char *root, const char *path)
{
	struct walk walk = { .done = 0 };
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t length;

	if (folder < 0)
		return -1;
	bool is_whole = rewrite(&walk, 0, "", path);
	while (is_whole && next_name(&walk, &length) != NULL)
		is_whole = step(&walk, root, &folder);
	if (is_whole)
		return folder;
	int error = errno;
	if (folder >= 0)
		close(folder);
	errno = error;
	return -1;
}
