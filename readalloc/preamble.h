// SPDX-License-Identifier: GPL-3.0-or-later
// What the stream says about itself and the process (FORMAT.md, section 3).
#ifndef READALLOC_PREAMBLE_H
#define READALLOC_PREAMBLE_H

#include <stdint.h>

#include "cursor.h"

struct preamble {
	uint64_t word_size, byte_order, machine, machine_flags, page_size;
	uint64_t pid, parent_pid, parent_stream, parent_position;
	uint64_t start_time, clock, clock_resolution;
	uint64_t sequence_bits, address_shift, walker, depth_limit, sampling, least_size,
		elide_limit;
	uint64_t usable_align, usable_overhead, usable_min;
	// Owned; never NULL after preamble_decode, "" where unknown.
	char *executable, *command_line, *writer, *program, *working_directory, *host_name,
		*first_malloc;
};

// Reads the payload of a PREAMBLE block. NULL: well; else what is wrong, and nothing needs freeing.
const char *preamble_decode(struct preamble *preamble, struct cursor payload);

void preamble_free(struct preamble *preamble);

// The usable size of a block of `size` bytes by the usable rule; 0 without a rule.
static inline uint64_t preamble_usable(const struct preamble *preamble, uint64_t size)
{
	uint64_t align = preamble->usable_align;
	uint64_t overhead = preamble->usable_overhead;
	if (align == 0) {
		return 0;
	}
	uint64_t whole = size + overhead;
	uint64_t rest = (align & (align - 1)) == 0 ? whole & (align - 1) : whole % align;
	uint64_t usable = whole + (rest ? align - rest : 0) - overhead;
	return usable < preamble->usable_min ? preamble->usable_min : usable;
}

#endif
