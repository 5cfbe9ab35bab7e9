// SPDX-License-Identifier: GPL-3.0-or-later
// Where a report goes: standard output, or a file that appears whole or not at all.
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"
#include "util.h"

enum {
	NAME_SIZE_MAX = 128,
	TEMPORARY_NAME_MAX = NAME_MAX - (int)sizeof(".XXXXXX"),
};

char *output_default_path(const char *directory, const char *program, unsigned long long pid,
			  unsigned number, const char *suffix)
{
	char name[NAME_SIZE_MAX + 1];
	size_t n = 0;
	while (program[n]) {
		size_t size = utf8_shown_size(program + n);
		char c = program[n];
		bool is_plain = size != 0 && c != ' ' && c != '/' && (c != '.' || n != 0) &&
				(c != '-' || n != 0);
		size += size == 0;
		if (n + size > NAME_SIZE_MAX) {
			break;
		}
		memcpy(name + n, is_plain ? program + n : "_", size);
		n += size;
	}
	name[n] = '\0';
	size_t n_directory = directory ? strlen(directory) : 0;
	while (n_directory > 1 && directory[n_directory - 1] == '/') {
		n_directory--;
	}
	bool has_slash = n_directory == 0 || directory[n_directory - 1] == '/';
	size_t size = n_directory + 1 + n + strlen(suffix) + 48;
	char *path = xcalloc(size, 1);
	int used =
		snprintf(path, size, "%.*s%s%s.%llu", (int)n_directory, directory ? directory : "",
			 has_slash ? "" : "/", n ? name : "unknown", pid);
	if (number > 1) {
		used += snprintf(path + used, size - (size_t)used, "-%u", number);
	}
	if (suffix[0]) {
		snprintf(path + used, size - (size_t)used, ".%s", suffix);
	}
	return path;
}

// Opens a new file beside `output->path`, with the permissions any new file gets.
static bool temporary_open(struct output *output)
{
	const char *slash = strrchr(output->path, '/');
	size_t n_directory = slash ? (size_t)(slash + 1 - output->path) : 0;
	size_t n_name = strlen(output->path + n_directory);
	// The name of the file may be as long as any can be, and no more can stand behind it then.
	n_name = n_name < TEMPORARY_NAME_MAX ? n_name : TEMPORARY_NAME_MAX;
	size_t size = n_directory + n_name + sizeof(".XXXXXX");
	output->temporary = xcalloc(size, 1);
	snprintf(output->temporary, size, "%.*s.XXXXXX", (int)(n_directory + n_name), output->path);
	int fd = mkstemp(output->temporary);
	if (fd < 0) {
		free(output->temporary);
		output->temporary = NULL;
		return false;
	}
	mode_t mask = umask(0);
	umask(mask);
	output->file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
	if (!output->file) {
		close(fd);
	}
	return output->file != NULL;
}

bool output_open(struct output *output, const char *path)
{
	*output = (struct output){ 0 };
	if (!path) {
		output->file = stdout;
		return true;
	}
	struct stat present;
	// What a symbolic link points to is replaced, not the link.
	bool is_link = lstat(path, &present) == 0 && S_ISLNK(present.st_mode);
	output->path = is_link ? realpath(path, NULL) : NULL;
	if (!output->path) {
		output->path = xstrndup(path, strlen(path));
	}
	if (stat(output->path, &present) == 0 && !S_ISREG(present.st_mode)) {
		output->file = fopen(output->path, "w");
	} else {
		temporary_open(output);
	}
	if (!output->file) {
		int error = errno;
		output_close(output);
		errno = error;
		return false;
	}
	return true;
}

bool output_publish(struct output *output)
{
	if (fflush(output->file) != 0 || ferror(output->file)) {
		return false;
	}
	if (!output->path) {
		return true;
	}
	if (output->temporary) {
		if (rename(output->temporary, output->path) != 0) {
			return false;
		}
		free(output->temporary);
		output->temporary = NULL;
	}
	say("wrote %s", output->path);
	return true;
}

bool output_is_unread(const struct output *output)
{
	struct pollfd end = { .fd = STDOUT_FILENO, .events = POLLOUT };
	return output->path == NULL && poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
}

bool output_close(struct output *output)
{
	bool is_well = true;
	if (output->file && output->file != stdout) {
		is_well = fclose(output->file) == 0;
	}
	if (output->temporary) {
		unlink(output->temporary);
	}
	free(output->temporary);
	free(output->path);
	*output = (struct output){ 0 };
	return is_well;
}
