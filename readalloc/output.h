// SPDX-License-Identifier: GPL-3.0-or-later
// Where a report goes: standard output, or a file that appears whole or not at all.
#ifndef READALLOC_OUTPUT_H
#define READALLOC_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

// A file stays under a temporary name beside its own until output_publish.
struct output {
	FILE *file;
	char *path;      // NULL: standard output
	char *temporary; // NULL: published, or written in place (a device, a FIFO)
	bool has_failed; // for the owner: could not be opened or is not read, not to be tried again
};

// The default name PROGRAM.PID.SUFFIX in `directory`, NULL for the current one; PROGRAM.PID-NUMBER.SUFFIX for a
// `number` above 1, no dot behind it where `suffix` is empty. `program` comes from the stream and may hold anything.
// The caller frees.
char *output_default_path(const char *directory, const char *program, unsigned long long pid,
			  unsigned number, const char *suffix);

// Opens `path`, NULL for standard output. False: errno says why.
bool output_open(struct output *output, const char *path);

// Gives the file its name, replacing an older one, and says so; more may be written after it. False: errno says
// why.
bool output_publish(struct output *output);

// Whether it is standard output and nobody reads it any more, as behind `| head`.
bool output_is_unread(const struct output *output);

// Closes; a file never published is removed. False: errno says why.
bool output_close(struct output *output);

#endif
