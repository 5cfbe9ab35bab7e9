// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
//
// What is outside a frame follows from its program counter and sp, and from the return addresses that were loaded to
// step out of it and the frames outside it. If a walk comes to a frame that is kept, and those words still hold what
// they held, the kept frames outside it are what a walk would find. Nothing is assumed of what the program did in
// between.
//
// The same is to be said of frame pointers where they matter, which is seldom: most code uses their registers for
// anything. One matters to a frame that is not left by its sp alone, and to those inside it that leave the
// register as it is.
#ifndef UNWIND_MEMO_H
#define UNWIND_MEMO_H

#include "unwind/arch.h"
#include "unwind/stack_bounds.h"

enum {
	MEMO_MAX = UNWIND_DEPTH_MAX +
		   UNWIND_DEPTH_MAX / 8, // frames; more than a stack has that is handed out
};

// A word of a stack, whatever the program stores there.
typedef uintptr_t __attribute__((may_alias)) stack_word;

// A frame, and where the stack has what led to it. NULL: the frame inside has left a frame pointer in its register.
struct memo_frame {
	uintptr_t sp, fp;
	const stack_word *pc_slot, *fp_slot;
#if ARCH_HAS_FP2
	uintptr_t fp2;
	const stack_word *fp2_slot;
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
	uint8_t hows[MEMO_MAX];                 // enum unwind_how
	uint16_t links[MEMO_MAX];               // see memo_next and memo_needs_fp
	struct memo_frame frames[MEMO_MAX + 1]; // and one that lies outside of all
	// The walk in progress, innermost first.
	struct memo_new {
		uintptr_t pc;
		struct memo_frame frame;
		uint8_t how;
		uint8_t use; // enum rule_use, perhaps with other bits
	} new_frames[MEMO_MAX];
};
_Static_assert(MEMO_MAX <= UINT16_MAX >> 1, "a link has room for each frame");

// Never equal to a program counter: the slot of one that no comparison may find again.
extern const stack_word memo_never;

static inline void memo_clear(struct memo *memo)
{
	memo->n = 0;
}

// The bits of rule_use that are believed: who follows a second frame pointer needs all.
static inline unsigned memo_uses(const struct memo *memo)
{
#if ARCH_HAS_FP2
	if (memo->follows_fp2)
		return RULE_NEEDS_FP;
#else
	(void)memo;
#endif
	return RULE_PASSES_FP | RULE_DROPS_FP;
}

// Whether kept frame `i` is the same again only with the same frame pointers.
static inline bool memo_needs_fp(const struct memo *memo, size_t i)
{
	return (memo->links[i] & 1) != 0;
}

// The next kept frame outside kept frame `i` of which that is to be said; MEMO_MAX: none.
static inline size_t memo_next(const struct memo *memo, size_t i)
{
	return memo->links[i] >> 1;
}

// Of the frames outside kept frame `i`, which is known to be there again, how far out the kept ones
// hold: the last that does, `last` at most.
size_t memo_verify(const struct memo *memo, size_t i, size_t last);

// Drops the outermost of the last `n_kept` kept frames, so that `n_left` are left. To be followed by
// memo_keep.
void memo_drop(struct memo *memo, size_t n_kept, size_t n_left);

// Keeps a frame, word by word, as it was stored, and not by memcpy: a wider load would have to wait until those words
// have gone to memory.
static inline __attribute__((always_inline)) void
memo_put(struct memo *memo, size_t i, const struct memo_frame *frame, uint8_t how)
{
	struct memo_frame *to = &memo->frames[i];

	memo->hows[i] = how;
	to->sp = frame->sp;
	to->fp = frame->fp;
	to->pc_slot = frame->pc_slot;
	to->fp_slot = frame->fp_slot;
#if ARCH_HAS_FP2
	to->fp2 = frame->fp2;
	to->fp2_slot = frame->fp2_slot;
#endif
	__asm__ volatile("" ::: "memory");
}

// Kept frame `i` has been reached by another way.
static inline __attribute__((always_inline)) void
memo_reach(struct memo *memo, size_t i, const struct memo_frame *frame, uint8_t how)
{
	struct memo_frame *to = &memo->frames[i];

	memo->hows[i] = how;
	to->pc_slot = frame->pc_slot;
	to->fp_slot = frame->fp_slot;
#if ARCH_HAS_FP2
	to->fp2_slot = frame->fp2_slot;
#endif
}

// Keeps the first `n_new` new frames inside the last `n_kept` kept ones, the innermost of which memo_reach is to be told
// of. Where none is kept, the outermost new frame leads nowhere.
static inline __attribute__((always_inline)) void memo_keep(struct memo *memo, size_t n_new,
							    size_t n_kept)
{
	size_t at = MEMO_MAX - n_kept, next = MEMO_MAX;
	unsigned needs = 0, uses = memo_uses(memo);

	if (n_kept != 0) {
		needs = memo_needs_fp(memo, at);
		next = needs != 0 ? at : memo_next(memo, at);
	}
	// A handler that leaves by longjmp meanwhile leaves nothing kept.
	memo->n = 0;
	__asm__ volatile("" ::: "memory");
	for (const struct memo_new *frame = &memo->new_frames[n_new]; frame-- > memo->new_frames;) {
		at--;
		if (__builtin_expect((frame->use & uses & RULE_DROPS_FP) != 0, 1))
			needs = 0;
		else if ((frame->use & uses & RULE_PASSES_FP) == 0)
			needs = 1;
		memo->links[at] = (uint16_t)(next << 1 | needs);
		next = needs != 0 ? at : next;
		memo->pcs[at] = frame->pc;
		memo_put(memo, at, &frame->frame, frame->how);
	}
	memo->n = n_new + n_kept;
}

#endif
