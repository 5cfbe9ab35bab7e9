// SPDX-License-Identifier: LGPL-2.1-or-later
// Compresses bytes into the DEFLATE format (RFC 1951), in memory of a fixed size.
#ifndef LIBDUMPALLOC_DEFLATE_H
#define LIBDUMPALLOC_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DEFLATE_HASH_BITS = 13,
	DEFLATE_WAYS = 2,
	DEFLATE_ITEMS_MOST = 8192,  // of a block
	DEFLATE_SYMBOLS_MOST = 286, // of an alphabet
	DEFLATE_BITS_MOST = 15,     // of a symbol
	DEFLATE_STORED_HEADER = 5,
	DEFLATE_STORED_MOST = 65535,
};

// An alphabet of a block: how often each symbol occurs, and the bits for it.
struct deflate_code {
	uint16_t counts[DEFLATE_SYMBOLS_MOST];
	uint16_t bits[DEFLATE_SYMBOLS_MOST];
	uint8_t n_bits[DEFLATE_SYMBOLS_MOST]; // 0: the symbol does not occur
};

// The memory it takes, whose contents do not matter before a call, nor after it.
struct deflate {
	uint8_t *out, *out_end; // where the next byte goes, which is not written from `out_end` on
	uint32_t bits;          // that make no byte yet
	unsigned n_bits;
	// Where the bytes of this hash were last, plus 1, the latest first.
	uint32_t places[1 << DEFLATE_HASH_BITS][DEFLATE_WAYS];
	uint32_t items[DEFLATE_ITEMS_MOST]; // a byte, or a length << 16 | distance - 1
	unsigned n_items;
	struct deflate_code literals, distances, lengths;
	// While a code is made: its symbols, the rarest first, and the tree that they are the leaves of.
	uint16_t order[DEFLATE_SYMBOLS_MOST];
	uint16_t weights[2 * DEFLATE_SYMBOLS_MOST], parents[2 * DEFLATE_SYMBOLS_MOST];
};

// Compresses `n` bytes, fewer than 2^31, to `out`. Returns the size; 0: it would be more than `room`.
size_t deflate_run(struct deflate *deflate, const uint8_t *bytes, size_t n, uint8_t *out,
		   size_t room);

// The header of a stored block, for `n` bytes, at most DEFLATE_STORED_MOST, that follow as they are.
void deflate_stored_header(uint8_t header[DEFLATE_STORED_HEADER], size_t n, bool is_last);

#endif
