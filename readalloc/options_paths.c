// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what a command line has written goes to files of its own: neither to what it reads, nor twice to one.
#include "options_paths.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/wire.h"
#include "util.h"

// A path that is written, and the option it was given with.
struct written {
	const char *option, *path; // no path: nothing is written
};

static bool is_file(const char *path, struct stat *status)
{
	return path && stat(path, status) == 0 && S_ISREG(status->st_mode);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

// The path without the number of a part (FORMAT.md, section 2), in `first`. False: it has none, or is too long.
static bool part_strip(const char *path, char *first, size_t room)
{
	static const char mark[] = ".part";
	size_t length = strlen(path), digits = 0;
	while (digits < length && strchr("0123456789", path[length - 1 - digits])) {
		digits++;
	}
	size_t n = length - digits, n_mark = sizeof(mark) - 1;
	if (digits == 0 || n <= n_mark || length >= room ||
	    memcmp(path + n - n_mark, mark, n_mark) != 0) {
		return false;
	}
	memcpy(first, path, n - n_mark);
	first[n - n_mark] = '\0';
	return true;
}

// Whether `path` is the stream `from`, or a part of it; NULL: that is standard input.
static bool is_stream(const char *path, const char *from)
{
	char first[WIRE_TEXT_MAX + 1];
	struct stat one, other;
	bool is_read = from ? is_file(from, &other)
			    : fstat(STDIN_FILENO, &other) == 0 && S_ISREG(other.st_mode);
	if (!is_read || !is_file(path, &one)) {
		return false;
	}
	return is_same(&one, &other) || (part_strip(path, first, sizeof(first)) &&
					 is_file(first, &one) && is_same(&one, &other));
}

// The directory that the file is in, and its name there. False: that is too long to be one.
static bool place_of(const char *path, struct stat *directory, const char **name)
{
	char parent[WIRE_TEXT_MAX + 1];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;
	if (n >= sizeof(parent)) {
		return false;
	}
	memcpy(parent, path, n);
	parent[n] = '\0';
	*name = path + n;
	return stat(n ? parent : ".", directory) == 0;
}

// Whether both are one file: perhaps one that is not there yet.
static bool is_same_place(const char *one, const char *other)
{
	struct stat a, b;
	const char *a_name, *b_name;
	bool has_one = stat(one, &a) == 0, has_other = stat(other, &b) == 0;
	if (has_one || has_other) {
		return has_one && has_other && S_ISREG(a.st_mode) && is_same(&a, &b);
	}
	return place_of(one, &a, &a_name) && place_of(other, &b, &b_name) && is_same(&a, &b) &&
	       strcmp(a_name, b_name) == 0;
}

// The output number `i`, behind which the other files come.
static struct written written_at(const struct options *options, size_t i)
{
	if (i < options->n_outputs) {
		const char *path = options->outputs[i].path;
		return (struct written){ "-o", path && strcmp(path, "-") == 0 ? NULL : path };
	}
	return i == options->n_outputs ? (struct written){ "--junit", options->junit }
				       : (struct written){ "--checkpoint", options->checkpoint };
}

static bool is_read_check(const struct options *options, const struct written *written)
{
	bool reads_stdin = !options->input && !options_are_many(options) && !options->is_doctor;
	const char *what =
		(options->input || reads_stdin) && is_stream(written->path, options->input)
			? "the stream itself"
		: options->base && is_stream(written->path, options->base) ? "what --base reads"
									   : NULL;
	if (what) {
		say("%s %s: this is %s", written->option, written->path, what);
	}
	return !what;
}

bool options_paths_check(const struct options *options)
{
	for (size_t i = 0; i < options->n_outputs + 2; i++) {
		struct written written = written_at(options, i);
		if (!written.path) {
			continue;
		}
		if (!is_read_check(options, &written)) {
			return false;
		}
		for (size_t k = 0; k < i; k++) {
			struct written before = written_at(options, k);
			if (before.path && is_same_place(before.path, written.path)) {
				say("%s %s: %s %s is the same file: each needs one of its own",
				    written.option, written.path, before.option, before.path);
				return false;
			}
		}
	}
	return true;
}
