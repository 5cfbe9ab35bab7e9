// SPDX-License-Identifier: GPL-3.0-or-later
// A stream in datagrams (FORMAT.md, section 11): put in order, those that come twice left out, what is missing told.
#ifndef READALLOC_DATAGRAMS_H
#define READALLOC_DATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identity.h"

// A datagram of ours; its bytes are the caller's.
struct datagram {
	enum wire_datagram type;
	struct identity identity;
	uint64_t position; // in the stream, of the first of its bytes
	const uint8_t *bytes;
	size_t n;
};

// False: it is none of a writer.
bool datagram_read(struct datagram *datagram, const uint8_t *bytes, size_t size);

// What the reader says: it has all before `position`, and not what lies in the ranges. Returns the size.
struct datagram_range {
	uint64_t position;
	uint32_t n;
};
enum {
	DATAGRAM_ANSWER_MAX =
		WIRE_DATAGRAM_HEADER_SIZE + WIRE_DATAGRAM_RANGES_MAX * WIRE_DATAGRAM_RANGE_SIZE
};
size_t datagram_answer(uint8_t answer[DATAGRAM_ANSWER_MAX], const struct identity *identity,
		       uint64_t position, const struct datagram_range *ranges, size_t n_ranges);

// So many bytes wait for what is missing before them, so long; then they go on without.
enum { DATAGRAMS_WAITING_MAX = 8 << 20, DATAGRAMS_PATIENCE_MS = 10000 };

struct datagram_piece {
	uint64_t position;
	uint8_t *bytes; // owned
	size_t n;
	uint64_t since_ms; // when it came
};

// A zeroed one has nothing.
struct datagrams {
	uint64_t next;                 // all before it has been taken, or given up
	uint64_t end;                  // so much has been written, as far as is known
	struct datagram_piece *pieces; // that wait, in order, none overlapping another
	size_t n, room, n_taken;       // the first `n_taken` of them have been
	size_t n_bytes;
	uint64_t end_since_ms, asked_ms;
};

void datagrams_free(struct datagrams *datagrams);

// Keeps what is new of it.
void datagrams_put(struct datagrams *datagrams, const struct datagram *datagram, uint64_t now_ms);

// The next piece of the stream, until the next call; before it `*n_lost` bytes are missing, and given up. NULL: none is
// to be had now; `*n_lost` may be some all the same. `is_last`: no more will come.
const struct datagram_piece *datagrams_take(struct datagrams *datagrams, uint64_t now_ms,
					    bool is_last, uint64_t *n_lost);

// Something is missing.
bool datagrams_lack(const struct datagrams *datagrams);

// What is missing, as much as `most` ranges hold, where it is time to ask for it; else 0.
size_t datagrams_ask(struct datagrams *datagrams, uint64_t now_ms, struct datagram_range *ranges,
		     size_t most);

#endif
