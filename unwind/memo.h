// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
//
// What is outside a frame follows from its program counter, sp and fp, and from two words of the
// stack for each further frame: where the return address and the caller's fp were loaded from. (Where
// there is a second frame pointer, from its value and its word too.) If a
// walk comes to a frame that is kept, and those words still hold what they held, the kept frames
// outside it are what a walk would find. Nothing is assumed of what the program did in between.
#ifndef UNWIND_MEMO_H
#define UNWIND_MEMO_H

#include "unwind/arch.h"
#include "unwind/stack_bounds.h"

enum { MEMO_MAX = UNWIND_DEPTH_MAX };

// A word of a stack, whatever the program stores there.
typedef uintptr_t __attribute__((may_alias)) stack_word;

struct memo_frame {
	uintptr_t sp, fp;
	const stack_word *ra_slot; // where the program counter was loaded from
	const stack_word *fp_slot; // where fp was; NULL: it was in the register all the time
#if ARCH_HAS_FP2
	uintptr_t fp2;
	const stack_word *fp2_slot; // the same
#endif
};

// All zero: nothing is kept.
struct memo {
	struct stack_bounds bounds; // hold every slot
	size_t n;
	enum unwind_cut cut; // for reasons that lie in the frames
	// The last `n` are in use, outermost last.
	uintptr_t pcs[MEMO_MAX];
	uint8_t hows[MEMO_MAX];             // enum unwind_how
	struct memo_frame frames[MEMO_MAX]; // fp_slot and fp2_slot are never NULL here
	// The walk in progress, innermost first.
	uintptr_t new_pcs[MEMO_MAX];
	uint8_t new_hows[MEMO_MAX];
	struct memo_frame new_frames[MEMO_MAX];
};

// Never equal to a program counter: as a return address slot it makes every comparison fail.
extern const stack_word memo_never;

static inline void memo_clear(struct memo *memo)
{
	memo->n = 0;
}

static inline bool memo_holds(const struct memo *memo, size_t i)
{
	const struct memo_frame *frame = &memo->frames[i];
#if ARCH_HAS_FP2
	if (*frame->fp2_slot != frame->fp2) {
		return false;
	}
#endif
	return arch_strip(*frame->ra_slot) == memo->pcs[i] && *frame->fp_slot == frame->fp;
}

// Of the frames outside kept frame `i`, which is known to be there again, how far out the kept ones
// hold: the last that does.
static inline size_t memo_verify(const struct memo *memo, size_t i)
{
	while (i + 1 < MEMO_MAX && memo_holds(memo, i + 1)) {
		i++;
	}
	return i;
}

// Keeps the first `n_new` new frames inside the last `n_kept` kept ones. Where `n_kept` is not 0,
// `joint` is the outermost of the new frames' way to the innermost of the kept, which was found as
// `how` says.
void memo_keep(struct memo *memo, size_t n_new, size_t n_kept, const struct memo_frame *joint,
	       uint8_t how);

#endif
