// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

const stack_word memo_never = 0;

static inline bool holds(const struct memo *memo, size_t i)
{
	const struct memo_frame *frame = &memo->frames[i];

#if ARCH_HAS_FP2
	if (memo->follows_fp2 && *frame->fp2_slot != frame->fp2)
		return false;
#endif
	return arch_strip(*frame->ra_slot) == memo->pcs[i] && *frame->fp_slot == frame->fp;
}

// This is most of what a deep stack costs: four frames at a time, and code where no other code moves it.
__attribute__((aligned(64))) size_t memo_verify(const struct memo *memo, size_t i, size_t last)
{
	while (i + 4 <= last && holds(memo, i + 1) && holds(memo, i + 2) && holds(memo, i + 3) &&
	       holds(memo, i + 4))
		i += 4;
	while (i < last && holds(memo, i + 1))
		i++;
	return i;
}

static void move_frame(struct memo *memo, size_t to, size_t from)
{
	struct memo_frame frame = memo->frames[from];

	if (frame.fp_slot == &memo->frames[from].fp) {
		frame.fp_slot = NULL;
	}
#if ARCH_HAS_FP2
	if (frame.fp2_slot == &memo->frames[from].fp2) {
		frame.fp2_slot = NULL;
	}
#endif
	memo_put(&memo->frames[to], &frame);
	memo->pcs[to] = memo->pcs[from];
	memo->hows[to] = memo->hows[from];
}

void memo_drop(struct memo *memo, size_t n_kept, size_t n_left)
{
	memo->n = 0;
	__asm__ volatile("" ::: "memory");
	for (size_t i = 1; i <= n_left; i++) {
		move_frame(memo, MEMO_MAX - i, MEMO_MAX - n_kept + n_left - i);
	}
	memo->is_deep = true;
	memo->outer = MEMO_MAX;
}
