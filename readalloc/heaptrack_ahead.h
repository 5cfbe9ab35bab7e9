// SPDX-License-Identifier: GPL-3.0-or-later
// The changes in heaptrack's text format, made and compressed by another thread while more of the stream is read.
#ifndef READALLOC_HEAPTRACK_AHEAD_H
#define READALLOC_HEAPTRACK_AHEAD_H

struct change_log;
struct heaptrack_ahead;
struct heaptrack_text;

// To be called before the log's first change; the log outlives it. NULL: no file or thread is to be had.
struct heaptrack_ahead *heaptrack_ahead_new(struct change_log *log);
void heaptrack_ahead_free(struct heaptrack_ahead *ahead);

// No more changes come: ends the log and waits for the thread.
void heaptrack_ahead_end(struct heaptrack_ahead *ahead);

// Ends a packed text with all changes of the log. Returns 0 or an error's number; -1: it cannot be done, and nothing was.
int heaptrack_ahead_write(const struct heaptrack_ahead *ahead, struct heaptrack_text *text);

#endif
