// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a file whose writer may not make it larger (FORMAT.md, section 2), in order.
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gunzip.h"
#include "identity.h"
#include "util.h"

enum { LOOK_SIZE = 64 << 10 }; // more than any preamble

// The folder of the path, and what the names of the parts begin with there. The caller frees both.
static char *folder_of(const char *path, char **prefix)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t size = strlen(path) + sizeof(WIRE_PART) + 2;
	char *folder = xcalloc(size, 1);
	*prefix = xcalloc(size, 1);
	snprintf(*prefix, size, "%s" WIRE_PART, name);
	if (slash) {
		memcpy(folder, path, (size_t)(slash + 1 - path));
	} else {
		memcpy(folder, ".", 2);
	}
	return folder;
}

// The number behind the prefix; 0: none is.
static uint64_t number_of(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);
	if (strncmp(name, prefix, n) != 0 || strlen(name + n) > 9 ||
	    strspn(name + n, "0123456789") != strlen(name + n)) {
		return 0;
	}
	return strtoull(name + n, NULL, 10);
}

// The least number above `number` that a part has; 0: there is none.
static uint64_t number_next(const char *path, uint64_t number)
{
	char *prefix;
	char *folder = folder_of(path, &prefix);
	DIR *directory = opendir(folder);
	uint64_t next = 0;
	const struct dirent *entry;
	while (directory && (entry = readdir(directory))) {
		uint64_t found = number_of(entry->d_name, prefix);
		if (found > number && (next == 0 || found < next)) {
			next = found;
		}
	}
	if (directory) {
		closedir(directory);
	}
	free(prefix);
	free(folder);
	return next;
}

// Which stream the file is of.
static enum identity_result file_identify(int fd, struct identity *identity)
{
	static uint8_t raw[LOOK_SIZE], bytes[LOOK_SIZE];
	struct gunzip gunzip = { .form = GUNZIP_UNKNOWN };
	ssize_t n_raw = pread(fd, raw, sizeof(raw), 0);
	struct gunzip_input input = { .at = raw,
				      .n = n_raw > 0 ? (size_t)n_raw : 0,
				      .is_last = true };
	size_t size = 0, n;
	do {
		n = gunzip_take(&gunzip, &input, bytes + size, sizeof(bytes) - size);
		size += n;
	} while (n != 0 && size < sizeof(bytes));
	gunzip_reset(&gunzip);
	return identity_read(identity, bytes, size);
}

static bool is_of_same_stream(int one, int two)
{
	struct identity first, second;
	return file_identify(one, &first) == IDENTITY_FOUND &&
	       file_identify(two, &second) == IDENTITY_FOUND && identity_equals(&first, &second);
}

static int part_open(const char *path, uint64_t number)
{
	size_t size = strlen(path) + sizeof(WIRE_PART) + 24;
	char *name = xcalloc(size, 1);
	snprintf(name, size, "%s" WIRE_PART "%llu", path, (unsigned long long)number);
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(name);
	return fd;
}

int parts_next(struct parts *parts, int fd)
{
	uint64_t number = parts->number;
	while ((number = number_next(parts->path, number)) != 0) {
		int next = part_open(parts->path, number);
		if (next >= 0 && is_of_same_stream(fd, next)) {
			if (number == parts->number + 2) {
				say("%s: part %llu is not there: what was allocated and freed in "
				    "it is not known",
				    parts->path, (unsigned long long)number - 1);
			} else if (number > parts->number + 1) {
				say("%s: parts %llu to %llu are not there: what was allocated and "
				    "freed in them is not known",
				    parts->path, (unsigned long long)parts->number + 1,
				    (unsigned long long)number - 1);
			}
			parts->number = number;
			return next;
		}
		if (next >= 0) {
			close(next);
		}
	}
	return -1;
}

int parts_open(struct parts *parts, uint64_t number)
{
	int fd = part_open(parts->path, number);
	if (fd >= 0) {
		parts->number = number;
	}
	return fd;
}
