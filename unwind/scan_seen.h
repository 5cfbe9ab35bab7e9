// SPDX-License-Identifier: LGPL-2.1-or-later
// Which instructions a scan has seen, and which places hold constants: one bit each.
#ifndef UNWIND_SCAN_SEEN_H
#define UNWIND_SCAN_SEEN_H

#include "unwind/scan.h"
#include "unwind/scan_isa.h"

#include <string.h>

// Nothing is seen; what is near `middle` can be.
static inline void scan_seen_clear(struct scan_work *work, const struct code_view *view,
				   code_address middle)
{
	if (work->seen_low < work->seen_high) {
		memset(&work->seen[work->seen_low], 0,
		       (work->seen_high - work->seen_low) * sizeof(work->seen[0]));
	}
	work->seen_low = SCAN_SEEN_BITS / 32;
	work->seen_high = 0;
	work->seen_origin = middle - SCAN_SEEN_BITS / 2 * view->isa->step;
}

// The number of the bit; false: too far away.
static inline bool scan_seen_index(const struct scan_work *work, const struct code_view *view,
				   code_address pc, uint32_t *index)
{
	code_address bit = (pc - work->seen_origin) >> view->isa->step / 2; // steps are 1, 2 or 4
	*index = (uint32_t)bit;
	if (bit < SCAN_SEEN_BITS) {
		return true;
	}
	// x86's jumps lead as far as a function's cold part.
	*index = SCAN_SEEN_BITS + (uint32_t)pc * UINT32_C(0x9e3779b1) % SCAN_FAR_BITS;
	return scan_is_ra_pushed(view->isa);
}

// What is too far away is seen: nothing leads there.
static inline bool scan_seen(const struct scan_work *work, const struct code_view *view,
			     code_address pc)
{
	uint32_t i;
	return !scan_seen_index(work, view, pc, &i) ||
	       (work->seen[i / 32] & UINT32_C(1) << i % 32) != 0;
}

static inline void scan_seen_set(struct scan_work *work, uint32_t i)
{
	work->seen[i / 32] |= UINT32_C(1) << i % 32;
	work->seen_low = i / 32 < work->seen_low ? i / 32 : work->seen_low;
	work->seen_high = i / 32 >= work->seen_high ? i / 32 + 1 : work->seen_high;
}

// Marks what was not seen; false: it was.
static inline bool scan_seen_first(struct scan_work *work, const struct code_view *view,
				   code_address pc)
{
	uint32_t i;
	if (!scan_seen_index(work, view, pc, &i) ||
	    (work->seen[i / 32] & UINT32_C(1) << i % 32) != 0) {
		return false;
	}
	scan_seen_set(work, i);
	return true;
}

// How many instructions at `pc` were not seen, as far as one look tells.
static inline uint32_t scan_seen_not(const struct scan_work *work, const struct code_view *view,
				     code_address pc)
{
	uint32_t i;
	if (!scan_seen_index(work, view, pc, &i)) {
		return 0;
	}
	uint32_t seen = work->seen[i / 32] >> i % 32;
	return seen != 0 ? (uint32_t)__builtin_ctz(seen) : 32 - i % 32;
}

// Marks those of them that have a bit.
static inline void scan_seen_mark(struct scan_work *work, const struct code_view *view,
				  code_address pc, uint32_t bits)
{
	uint32_t i;
	if (scan_seen_index(work, view, pc, &i)) {
		work->seen[i / 32] |= bits << i % 32;
		scan_seen_set(work, i);
	}
}

// Constants among code are no code.
static inline void scan_seen_literal(struct scan_work *work, const struct code_view *view,
				     const struct scan_insn *insn)
{
	for (uint32_t at = 0; at < insn->literal_size; at += view->isa->step) {
		scan_seen_first(work, view, insn->literal + at);
	}
}

// Whether constants are there, as far as known; where a forward scan has been, what it saw too.
static inline bool scan_is_literal(const struct scan_work *work, const struct code_view *view,
				   code_address pc)
{
	uint32_t i;
	return view->isa->mark_literals != NULL && scan_seen_index(work, view, pc, &i) &&
	       scan_seen(work, view, pc);
}

#endif
