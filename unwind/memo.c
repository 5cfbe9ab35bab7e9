// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

const stack_word memo_never = 0;

static inline bool holds(const struct memo *memo, size_t i)
{
	const struct memo_frame *frame = &memo->frames[i];

#if ARCH_HAS_FP2
	if (*frame->fp2_slot != frame->fp2)
		return false;
#endif
	return arch_strip(*frame->ra_slot) == memo->pcs[i] && *frame->fp_slot == frame->fp;
}

// This is most of what a deep stack costs: four frames at a time, and code where no other code moves it.
__attribute__((aligned(64))) size_t memo_verify(const struct memo *memo, size_t i)
{
	while (i + 4 < MEMO_MAX && holds(memo, i + 1) && holds(memo, i + 2) && holds(memo, i + 3) &&
	       holds(memo, i + 4))
		i += 4;
	while (i + 1 < MEMO_MAX && holds(memo, i + 1))
		i++;
	return i;
}
