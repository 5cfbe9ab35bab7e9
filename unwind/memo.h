// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
//
// What is outside a frame follows from its program counter, sp and fp, from its second frame pointer once
// that is followed, and from the words of the stack that were loaded to step out of it and the frames
// outside it. If a walk comes to a frame that is kept, and those words still hold what they held, the kept
// frames outside it are what a walk would find. Nothing is assumed of what the program did in between.
#ifndef UNWIND_MEMO_H
#define UNWIND_MEMO_H

#include "unwind/arch.h"
#include "unwind/stack_bounds.h"

enum {
	MEMO_MAX = UNWIND_DEPTH_MAX +
		   UNWIND_DEPTH_MAX / 8, // frames; more than a stack has that is handed out
	MEMO_LOADS = 2 + ARCH_HAS_FP2,   // words that lead out of a frame: fp, fp2, return address
	MEMO_CHECKS_MAX = MEMO_LOADS * MEMO_MAX,
};

// A word of a stack, whatever the program stores there.
typedef uintptr_t __attribute__((may_alias)) stack_word;

// What one word of the stack was.
struct memo_check {
	const stack_word *slot;
	uintptr_t word;
};

struct memo_frame {
	uintptr_t sp, fp;
#if ARCH_HAS_FP2
	uintptr_t fp2;
#endif
};

// All zero: nothing is kept.
struct memo {
	uintptr_t high; // every slot lies below
	size_t n;
	enum unwind_cut cut; // for reasons that lie in the frames
	bool is_deep;        // further out there are frames that nobody wanted
	size_t outer;        // the outermost frame that was handed out
	bool is_plain;       // that is the outermost one, and the stack is not deep
#if ARCH_HAS_FP2
	// A frame was met that counts from its second frame pointer. Until then it matters to no walk, and
	// is neither loaded nor compared.
	bool follows_fp2;
#endif
	// The last `n` are in use, outermost last.
	_Alignas(64) uintptr_t pcs[MEMO_MAX];
	uint8_t hows[MEMO_MAX];       // enum unwind_how
	uint16_t n_outside[MEMO_MAX]; // checks of what is outside the frame: the last so many
	struct memo_frame frames[MEMO_MAX + 1]; // and one that lies outside of all
	struct memo_check checks[MEMO_CHECKS_MAX];
	// The walk in progress, innermost first.
	struct memo_new {
		uintptr_t pc;
		struct memo_frame frame;
		uint16_t end; // checks of the way from the first frame to this one
		uint8_t how;
	} new_frames[MEMO_MAX];
	struct memo_check new_checks[MEMO_CHECKS_MAX];
};

// Never equal to a program counter: a check of it fails.
extern const stack_word memo_never;

static inline void memo_clear(struct memo *memo)
{
	memo->n = 0;
}

// Of the frames outside kept frame `i`, which is known to be there again, how far out the kept ones
// hold: the last that does, `last` at most.
size_t memo_verify(const struct memo *memo, size_t i, size_t last);

// Drops the outermost of the last `n_kept` kept frames, so that `n_left` are left. To be followed by
// memo_keep.
void memo_drop(struct memo *memo, size_t n_kept, size_t n_left);

// Keeps the first `n_new` new frames inside the last `n_kept` kept ones, and the first `n_checks` new
// checks. Where `n_kept` is not 0, those behind the last new frame's are of the way from there to the
// innermost of the kept, which was found as `how` says.
static inline void memo_keep(struct memo *memo, size_t n_new, size_t n_checks, size_t n_kept,
			     uint8_t how)
{
	size_t joint = MEMO_MAX - n_kept, first = joint - n_new;
	size_t n_outside = n_kept != 0 ? memo->n_outside[joint] : 0;
	struct memo_check *checks = &memo->checks[MEMO_CHECKS_MAX - n_outside - n_checks];

	// A handler that leaves by longjmp meanwhile leaves nothing kept.
	memo->n = 0;
	__asm__ volatile("" ::: "memory");
	// Word by word, as they were stored, and not by memcpy: a wider load would have to wait until those
	// have gone to memory.
	for (size_t i = 0; i < n_new; i++) {
		const struct memo_new *frame = &memo->new_frames[i];

		memo->pcs[first + i] = frame->pc;
		memo->hows[first + i] = frame->how;
		memo->n_outside[first + i] = (uint16_t)(n_outside + n_checks - frame->end);
		memo->frames[first + i].sp = frame->frame.sp;
		memo->frames[first + i].fp = frame->frame.fp;
#if ARCH_HAS_FP2
		memo->frames[first + i].fp2 = frame->frame.fp2;
#endif
		__asm__ volatile("" ::: "memory");
	}
	for (size_t i = 0; i < n_checks; i++) {
		checks[i].slot = memo->new_checks[i].slot;
		checks[i].word = memo->new_checks[i].word;
		__asm__ volatile("" ::: "memory");
	}
	// The same frame may have been reached by another way.
	if (n_kept != 0)
		memo->hows[joint] = how;
	__asm__ volatile("" ::: "memory");
	memo->n = n_new + n_kept;
}

#endif
