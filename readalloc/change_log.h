// SPDX-License-Identifier: GPL-3.0-or-later
// All changes of the heap in their order, kept in a file that has no name: for reports that tell a run once more.
#ifndef READALLOC_CHANGE_LOG_H
#define READALLOC_CHANGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watcher.h"

struct change_share;
struct heaptrack_traces;

enum change_type {
	CHANGE_ALLOCATED,
	CHANGE_RELEASED,
	CHANGE_TEMPORARY, // released, and it was temporary
	CHANGE_TIME,      // time goes on
	CHANGE_TRACE,     // of the charge, before its first change; only in a log that is followed
};

struct change {
	enum change_type type;
	uint32_t charge;
	// CHANGE_TIME: milliseconds since the stream's start; CHANGE_TRACE: a number of heaptrack_traces.h
	uint64_t size;
};

enum { CHANGE_LOG_BUFFER = 1 << 16 };

// The file grows by about four bytes for each change, memory does not.
struct change_log {
	int fd;    // -1: none could be made
	int error; // number of the first error; what came after it is missing
	uint64_t n_written;
	size_t n_buffered;
	uint64_t time;                   // milliseconds
	struct change_share *share;      // with who follows; NULL: nobody does
	struct heaptrack_traces *traces; // with `share`
	uint32_t n_traces;               // charges whose trace is in the log
	uint8_t buffer[CHANGE_LOG_BUFFER];
};

struct change_log *change_log_new(void);
void change_log_free(struct change_log *log);

// From now on, and before the first change, the log has what a reader in another thread needs that follows it.
void change_log_be_followed(struct change_log *log);

// No more changes come: who follows the log comes to its end.
void change_log_end(struct change_log *log);

// From now on the changes of `model` are kept.
void change_log_watch(struct change_log *log, struct model *model);

// Reads a log from its beginning; a zeroed reader with its `log` set is at it. The log may not change meanwhile, in this
// process, unless the reader `follows` it; it may be read in several at once.
struct change_reader {
	const struct change_log *log;
	bool follows;     // it waits for more until change_log_end
	uint64_t n_known; // bytes of the log that there are
	uint64_t n_read;  // bytes of the log that were taken into the buffer
	size_t at, n;     // within the buffer
	uint64_t time;
	int error; // number of the error that ended the reading
	uint8_t buffer[CHANGE_LOG_BUFFER];
};

// False: there are no more, or `error` says why.
bool change_reader_next(struct change_reader *reader, struct change *change);

#endif
