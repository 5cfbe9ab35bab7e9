// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
//
// What is outside a frame follows from its program counter, sp and fp, and from two words of the
// stack for each further frame: where the return address and the caller's fp were loaded from; from the
// second frame pointer too, once it is followed. If a walk comes to a frame that is kept, and those words
// still hold what they held, the kept frames outside it are what a walk would find. Nothing is assumed of
// what the program did in between.
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
	uintptr_t high; // every slot lies below
	size_t n;
	enum unwind_cut cut; // for reasons that lie in the frames
	bool is_deep;        // further out there are frames that nobody wanted
	size_t outer;        // the outermost frame that was handed out
	bool is_plain;       // that is the outermost one, and the stack is not deep
	// The last `n` are in use, outermost last.
	_Alignas(64) uintptr_t pcs[MEMO_MAX];
#if ARCH_HAS_FP2
	// A frame was met that counts from its second frame pointer. Until then it matters to no walk, and
	// is neither loaded nor compared.
	bool follows_fp2;
#endif
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

// Of the frames outside kept frame `i`, which is known to be there again, how far out the kept ones
// hold: the last that does, `last` at most.
size_t memo_verify(const struct memo *memo, size_t i, size_t last);

static inline void memo_put(struct memo_frame *to, const struct memo_frame *from)
{
	// Word by word, as they were stored: a wider load would have to wait until those have gone to memory.
	to->sp = from->sp;
	to->fp = from->fp;
	to->ra_slot = from->ra_slot;
	// A slot that is found equal by every comparison: fp is the inner frame's, which was compared.
	to->fp_slot = from->fp_slot != NULL ? from->fp_slot : &to->fp;
#if ARCH_HAS_FP2
	to->fp2 = from->fp2;
	to->fp2_slot = from->fp2_slot != NULL ? from->fp2_slot : &to->fp2;
#endif
}

// Drops the outermost of the last `n_kept` kept frames, so that `n_left` are left. To be followed by
// memo_keep.
void memo_drop(struct memo *memo, size_t n_kept, size_t n_left);

// Keeps the first `n_new` new frames inside the last `n_kept` kept ones. Where `n_kept` is not 0,
// `joint` is the outermost of the new frames' way to the innermost of the kept, which was found as
// `how` says.
static inline void memo_keep(struct memo *memo, size_t n_new, size_t n_kept,
			     const struct memo_frame *joint, uint8_t how)
{
	size_t first = MEMO_MAX - n_kept - n_new;
	// A handler that leaves by longjmp meanwhile leaves nothing kept.
	memo->n = 0;
	__asm__ volatile("" ::: "memory");
	for (size_t i = 0; i < n_new; i++) {
		memo->pcs[first + i] = memo->new_pcs[i];
		memo->hows[first + i] = memo->new_hows[i];
		memo_put(&memo->frames[first + i], &memo->new_frames[i]);
		// Nor by memcpy.
		__asm__ volatile("" ::: "memory");
	}
	if (n_kept != 0) {
		// The same frame may have been reached by another way. The innermost frame's way is
		// never compared.
		if (n_new != 0)
			memo_put(&memo->frames[MEMO_MAX - n_kept], joint);
		memo->hows[MEMO_MAX - n_kept] = how;
	}
	__asm__ volatile("" ::: "memory");
	memo->n = n_new + n_kept;
}

#endif
