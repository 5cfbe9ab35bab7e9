// SPDX-License-Identifier: GPL-3.0-or-later
// The streams of a run over many: which connection belongs to which, when each ends, their reports and the roll.
//
// What takes long, naming functions and writing reports, is done by processes of its own (writers.h), which leave the
// one that reads reading.
#ifndef READALLOC_CROWD_H
#define READALLOC_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identity.h"
#include "roll.h"
#include "stream.h"
#include "writers.h"

struct options;
struct progress_state;
struct rootfs;
struct session;

struct crowd {
	const struct options *options; // borrowed
	struct rootfs *rootfs;         // borrowed
	struct session *base; // borrowed: what streams of its program are compared with; NULL: none
	struct stream **streams; // read, lost, or with reports still to be written
	size_t n, n_most;
	struct writers writers;
	struct roll roll;
	struct identities ended;
	size_t n_read, memory_most;
	bool is_report_due;
	bool is_damaged, has_failed;
	bool has_said_full;
	uint64_t n_foreign;
};

// Milliseconds of a clock that never jumps.
uint64_t crowd_clock_ms(void);

void crowd_init(struct crowd *crowd, const struct options *options, struct rootfs *rootfs,
		struct session *base);

// All that is still open ends, all reports are written, the summary of all too.
void crowd_close(struct crowd *crowd);

// No more streams may be added.
bool crowd_is_full(const struct crowd *crowd);

// Says once that streams have to wait, and why.
void crowd_say_full(struct crowd *crowd, const char *reason);

// Adds the stream that the connection `fd` brings, or more of one that is there.
void crowd_add(struct crowd *crowd, int fd, const char *peer);

// Adds one that comes in datagrams, whose id it is.
struct stream *crowd_add_datagrams(struct crowd *crowd, const char *peer,
				   const struct identity *identity);

// Takes what has come of it, or more than what comes is known not to: `n_lost` bytes before it. False: it is over.
bool crowd_take(struct crowd *crowd, struct stream *stream, uint64_t n_lost, const uint8_t *bytes,
		size_t n);

// Ends it.
void crowd_end(struct crowd *crowd, struct stream *stream);

// Whether `fd` is the connection of one of the streams.
bool crowd_reads(const struct crowd *crowd, int fd);

// Reads what has come over the connection of one of the streams, which are to be read in their order.
void crowd_read(struct crowd *crowd, struct stream *stream);

// To be called after each round of reading: ends what has taken too long or too much, and has reports written.
void crowd_tend(struct crowd *crowd);

// How far the reading is (crowd_look.c): streams that have ended count by their events alone.
void crowd_look(const struct crowd *crowd, struct progress_state *state);

// Something has to be done soon even if nothing is read.
bool crowd_is_restless(const struct crowd *crowd);

#endif
