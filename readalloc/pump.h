// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the bytes of one input to who decodes them.
#ifndef READALLOC_PUMP_H
#define READALLOC_PUMP_H

#include <stdbool.h>

#include "input.h"

struct decoder;
struct progress_state;

struct pump {
	const struct decoder *decoder;
	bool is_endless;   // the input goes on behind the stream's end: it is the stream that ends
	bool has_progress; // it is to be shown, if there is a terminal
	void *context;     // of the functions
	// Decodes, as decoder_feed does; and what is wrong with the input that many bytes behind what was decoded.
	size_t (*feed)(void *context, const uint8_t *bytes, size_t size, bool is_last);
	void (*harm)(void *context, uint64_t n_ahead, const char *reason);
	void (*report)(void *context);  // SIGUSR1: a report is wanted now
	bool (*is_over)(void *context); // nothing more need be read
	// Bytes that were read before and not decoded, of a reading that goes on; at most PUMP_BYTES_MAX.
	const uint8_t *first;
	size_t n_first;
	// Called now and then, all that was read but the `n` bytes being decoded. `is_last`: it is not called again. NULL: nobody
	// wants to know.
	void (*rest)(void *context, const uint8_t *bytes, size_t n, bool is_last);
	// How far the reading is, but for the bytes it is behind.
	void (*look)(void *context, struct progress_state *state);
};

enum { PUMP_BYTES_MAX = 4 << 20 };

// Reads until the input ends, a signal asks for the end, or nothing more need be read; returns what was met last.
// INPUT_FAILED: errno says why.
enum input_result pump_run(const struct pump *pump, struct input *input);

#endif
