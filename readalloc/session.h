// SPDX-License-Identifier: GPL-3.0-or-later
// One stream, from its bytes to its reports.
#ifndef READALLOC_SESSION_H
#define READALLOC_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyses.h"
#include "decode.h"
#include "model.h"
#include "selection.h"
#include "slice.h"
#include "snapshot.h"

struct checkpoint;
struct options;
struct output;
struct rootfs;
struct symbols;

enum { SESSION_LINE_SIZE = 512 };

struct session {
	const struct options *options; // borrowed
	struct rootfs *rootfs;         // borrowed
	// Of one of several streams: called once, when its first report is to be named. It returns the number
	// that tells its files from those of its namesakes, 1 for the first. NULL: it is the only stream, and
	// may have standard output.
	unsigned (*number_choose)(void *context, const struct session *session);
	void *context;
	const char *label;    // of one of several streams, while its gates are judged
	unsigned number;      // 0: not chosen
	struct session *base; // borrowed: the run this one is compared with; NULL: none
	// Another part of the same run that is read along and is its base (session_part.h); NULL: none. And of such a part the
	// session along which it is read.
	struct session *part, *lead;
	struct options *part_options; // of that
	struct model model;
	struct selection selection;
	bool has_slice; // the reports are of a part of the run (session_slice.h)
	struct slice slice;
	struct snapshot_slice slice_told; // what a snapshot is lent of it
	char *slice_text;                 // of that
	struct order order;
	struct decoder decoder;
	struct analyses analyses;
	struct checkpoint *checkpoint; // borrowed: keeps its state; NULL: none does
	struct symbols *symbols;       // once the preamble is known
	struct output *outputs; // of options->outputs; used by the reports written event by event
	bool is_stopped;        // by a signal: no end is to be expected
	bool has_failed;        // a report could not be written
	bool has_written;       // a report was
	bool has_judged;        // the gates were
	bool is_beyond;         // one of them has failed
	bool is_unread;         // standard output was closed by who read it
	char damage[SESSION_LINE_SIZE]; // "" none
};

// A session without a byte yet. The caller frees it.
struct session *session_new(const struct options *options, struct rootfs *rootfs);
void session_free(struct session *session);

// Has a thread of its own work for the reports while the stream is read, where that can be; nothing was read yet. The
// process may not fork before the session's end.
void session_work_ahead(struct session *session);

// Takes the whole blocks at the start of `bytes` and returns the bytes used; the rest must come again with more
// behind it. `is_last`: no more will come; all is used.
size_t session_feed(struct session *session, const uint8_t *bytes, size_t size, bool is_last);

// `n_cut` bytes of a block that is not whole are of no use, as `n_lost` that follow them are lost.
void session_gap(struct session *session, uint64_t n_cut, uint64_t n_lost);

// What comes next is the same stream over another connection, from its beginning or from the middle.
void session_rejoin(struct session *session);

// What comes `n_ahead` bytes behind what was taken is damaged, as `reason` says.
void session_harm(struct session *session, uint64_t n_ahead, const char *reason);

// Nothing more is to be read: it is no stream, or no report is left that could be written.
bool session_is_over(const struct session *session);

// The input is over, or will not be read on: what waits is released, and what is wrong is put into words.
void session_end(struct session *session);

// Events proven lost: numbers that never came, or what the writer says, whichever is more.
uint64_t session_lost(const struct session *session);

// Some bound of a part of the run did not come, in it or in what it is compared with.
bool session_is_unbound(const struct session *session);

// Says what is wrong with the stream, which the line calls `label`; nothing if nothing is.
void session_say(const struct session *session, const char *label);

// The bytes of memory that grow with what the stream holds, more or less.
size_t session_memory(const struct session *session);

enum {
	SESSION_EVENTS = 1,    // the reports that are written event by event
	SESSION_SNAPSHOTS = 2, // all others
	SESSION_GATES = 4,     // no report, but whether the run is within its limits
};

// Writes the reports of this moment, those of `which`. Nothing is written for a stream of which nothing is known.
void session_write_reports(struct session *session, unsigned which);

// For those that make snapshots: has names ready to be asked for; the preamble is known.
void session_start_symbols(struct session *session);
// For session.c: writes `event` to the reports that are written event by event.
void session_write_event(struct session *session, const struct event *event);
// Closes these reports.
void session_close_reports(struct session *session);

#endif
