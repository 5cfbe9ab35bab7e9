// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

#include "unwind/minimal.h"

#ifdef __OPTIMIZE_SIZE__
#define IN_LINE
#else
#define IN_LINE __attribute__((aligned(64))) // of a cache
#endif

const stack_word memo_never = 0;

static inline bool has_same_pc(const struct memo *memo, size_t i)
{
	return arch_strip(*memo->frames[i].pc_slot) == memo->pcs[i];
}

static inline bool has_same_fp(const struct memo *memo, size_t i)
{
	const struct memo_frame *frame = &memo->frames[i];

#if ARCH_HAS_FP2
	if (memo->follows_fp2 && frame->fp2_slot != NULL && *frame->fp2_slot != frame->fp2)
		return false;
#endif
	return frame->fp_slot == NULL || *frame->fp_slot == frame->fp;
}

// This is most of what a deep stack costs: four frames at a time, and code where no other code moves it.
IN_LINE size_t memo_verify(const struct memo *memo, size_t i, size_t last)
{
	size_t next = memo_next(memo, i), at = i;

	while (!IS_MINIMAL && at + 4 <= last && has_same_pc(memo, at + 1) &&
	       has_same_pc(memo, at + 2) && has_same_pc(memo, at + 3) && has_same_pc(memo, at + 4))
		at += 4;
	while (at < last && has_same_pc(memo, at + 1))
		at++;
	// Of frames that are next to each other no link is waited for.
	for (; next <= at; next = memo_next(memo, next)) {
		do {
			if (!has_same_fp(memo, next))
				return next - 1;
			next++;
		} while (next <= at && memo_needs_fp(memo, next));
		if (next > at)
			break;
	}
	return at;
}

void memo_drop(struct memo *memo, size_t n_kept, size_t n_left)
{
	size_t from = MEMO_MAX - n_kept, moved = n_kept - n_left;

	memo->n = 0;
	memo->is_deep = true;
	memo->outer = MEMO_MAX;
	__asm__ volatile("" ::: "memory");
	for (size_t i = from + n_left; i-- > from;) {
		size_t next = memo_next(memo, i) + moved;

		memo->pcs[i + moved] = memo->pcs[i];
		memo->links[i + moved] = (uint16_t)((next < MEMO_MAX ? next : MEMO_MAX) << 1 |
						    memo_needs_fp(memo, i));
		memo_put(memo, i + moved, &memo->frames[i], memo->hows[i]);
	}
}
