// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

const stack_word memo_never = 0;

static void put_frame(struct memo_frame *to, const struct memo_frame *from)
{
	*to = *from;
	if (to->fp_slot == NULL) {
		// Found equal by every comparison: it is the inner frame's, which was compared.
		to->fp_slot = &to->fp;
	}
#if ARCH_HAS_FP2
	if (to->fp2_slot == NULL) {
		to->fp2_slot = &to->fp2;
	}
#endif
}

void memo_keep(struct memo *memo, size_t n_new, size_t n_kept, const struct memo_frame *joint,
	       uint8_t how)
{
	size_t first = MEMO_MAX - n_kept - n_new;
	// A handler that leaves by longjmp meanwhile leaves nothing kept.
	memo->n = 0;
	__asm__ volatile("" ::: "memory");
	for (size_t i = 0; i < n_new; i++) {
		memo->pcs[first + i] = memo->new_pcs[i];
		memo->hows[first + i] = memo->new_hows[i];
		put_frame(&memo->frames[first + i], &memo->new_frames[i]);
	}
	if (n_kept != 0) {
		// The same frame may have been reached by another way.
		put_frame(&memo->frames[MEMO_MAX - n_kept], joint);
		memo->hows[MEMO_MAX - n_kept] = how;
	}
	__asm__ volatile("" ::: "memory");
	memo->n = n_new + n_kept;
}
