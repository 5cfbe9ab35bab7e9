// SPDX-License-Identifier: LGPL-2.1-or-later
// The mappings of a process, from /proc/PID/maps.
#include "libdumpalloc/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { LINES_SIZE = 8192 }; // more than the longest line: a path has at most 4096 bytes

static uint64_t parse_number(const char **at, unsigned base)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		char c = **at;
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else
			return value;
		value = value * base + digit;
	}
}

static const char *after_space(const char *at)
{
	while (*at != '\0' && *at != ' ')
		at++;
	while (*at == ' ')
		at++;
	return at;
}

// "start-end perms offset device inode   path"
static struct maps_line parse_line(const char *at)
{
	struct maps_line line = { .start = parse_number(&at, 16) };

	if (*at == '-')
		at++;
	line.end = parse_number(&at, 16);
	at = after_space(at);
	line.is_readable = *at == 'r';
	line.is_writable = strlen(at) >= 4 && at[1] == 'w';
	line.is_shared = strlen(at) >= 4 && at[3] == 's';
	at = after_space(after_space(after_space(at)));
	line.inode = parse_number(&at, 10);
	line.name = after_space(at);
	return line;
}

int maps_visit(const char *path, bool (*visit)(const struct maps_line *line, void *context),
	       void *context)
{
	char bytes[LINES_SIZE + 1];
	size_t n_kept = 0;
	int n_lines = 0;
	bool goes_on = true;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (goes_on) {
		ssize_t n = read(fd, bytes + n_kept, LINES_SIZE - n_kept);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			n_lines = -1;
		if (n <= 0)
			break;
		size_t size = n_kept + (size_t)n;
		bytes[size] = '\0';
		char *at = bytes;
		for (char *end; goes_on && (end = strchr(at, '\n')) != NULL; at = end + 1) {
			*end = '\0';
			struct maps_line line = parse_line(at);
			n_lines++;
			goes_on = visit(&line, context);
		}
		n_kept = size - (size_t)(at - bytes);
		if (n_kept == LINES_SIZE)
			n_kept = 0;
		memmove(bytes, at, n_kept);
	}
	close(fd);
	return n_lines;
}
