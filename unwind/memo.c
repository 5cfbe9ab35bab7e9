// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

#include <string.h>

#include "unwind/minimal.h"

#ifdef __OPTIMIZE_SIZE__
#define IN_LINE
#else
#define IN_LINE __attribute__((aligned(64))) // of a cache
#endif

const stack_word memo_never = 0;

static inline bool holds(const struct memo_check *check)
{
	return *check->slot == check->word;
}

// The last frame from `i` on all of whose checks lie before `failed`.
static size_t last_before(const struct memo *memo, size_t i, const struct memo_check *failed)
{
	size_t n_outside = (size_t)(&memo->checks[MEMO_CHECKS_MAX] - failed);

	while (memo->n_outside[i + 1] >= n_outside)
		i++;
	return i;
}

// This is most of what a deep stack costs: four words at a time, and code where no other code moves it.
IN_LINE size_t memo_verify(const struct memo *memo, size_t i, size_t last)
{
	const struct memo_check *check = &memo->checks[MEMO_CHECKS_MAX - memo->n_outside[i]];
	const struct memo_check *end = &memo->checks[MEMO_CHECKS_MAX - memo->n_outside[last]];
	const struct memo_check *last_four = end - check >= 4 ? end - 4 : check - 1;

	while (!IS_MINIMAL && check <= last_four && holds(check) && holds(check + 1) &&
	       holds(check + 2) && holds(check + 3))
		check += 4;
	while (check < end && holds(check))
		check++;
	return check < end ? last_before(memo, i, check) : last;
}

void memo_drop(struct memo *memo, size_t n_kept, size_t n_left)
{
	size_t from = MEMO_MAX - n_kept, to = MEMO_MAX - n_left;
	size_t n_checks, n_dropped;

	memo->n = 0;
	memo->is_deep = true;
	memo->outer = MEMO_MAX;
	__asm__ volatile("" ::: "memory");
	if (n_left == 0)
		return;
	n_dropped = memo->n_outside[from + n_left - 1];
	n_checks = memo->n_outside[from] - n_dropped;
	memmove(&memo->pcs[to], &memo->pcs[from], n_left * sizeof(memo->pcs[0]));
	memmove(&memo->hows[to], &memo->hows[from], n_left * sizeof(memo->hows[0]));
	memmove(&memo->frames[to], &memo->frames[from], n_left * sizeof(memo->frames[0]));
	memmove(&memo->checks[MEMO_CHECKS_MAX - n_checks],
		&memo->checks[MEMO_CHECKS_MAX - n_checks - n_dropped],
		n_checks * sizeof(memo->checks[0]));
	for (size_t i = n_left; i-- > 0;) {
		memo->n_outside[to + i] = (uint16_t)(memo->n_outside[from + i] - n_dropped);
	}
}
