// SPDX-License-Identifier: GPL-3.0-or-later
// The memo: frames taken again are those a walk would find, whatever became of the stack.
#include "unwind/memo.h"

#include "check.h"

enum { WORDS = 64, FRAMES = 8 };

static stack_word words[WORDS];
static struct memo memo;

// Frame i returns through word 4 * i - 1, and has saved fp in the word below where `i` is odd.
static size_t note(size_t n_checks, size_t i)
{
	memo.new_checks[n_checks++] = (struct memo_check){ &words[4 * i - 1], 100 + i };
	if (i % 2 != 0)
		memo.new_checks[n_checks++] = (struct memo_check){ &words[4 * i - 2], 900 };
	return n_checks;
}

static void fill(void)
{
	size_t n_checks = 0;

	for (size_t i = 0; i < WORDS; i++)
		words[i] = 7;
	for (size_t i = 0; i < FRAMES; i++) {
		memo.new_frames[i].pc = 100 + i;
		memo.new_frames[i].how = UNWIND_BY_TABLES;
		memo.new_frames[i].frame =
			(struct memo_frame){ .sp = (uintptr_t)&words[4 * i], .fp = 900 };
		if (i > 0) {
			n_checks = note(n_checks, i);
			words[4 * i - 1] = 100 + i;
			words[4 * i - 2] = 900;
		}
		memo.new_frames[i].end = (uint16_t)n_checks;
	}
	memo_keep(&memo, FRAMES, n_checks, 0, 0);
}

static size_t first(void)
{
	return MEMO_MAX - memo.n;
}

// How many frames outside the innermost kept one hold.
static size_t held(void)
{
	return memo_verify(&memo, first(), MEMO_MAX - 1) - first();
}

static void kept_frames_hold_while_their_words_do(void)
{
	fill();
	CHECK_EQ(memo.n, FRAMES);
	CHECK_EQ(memo.pcs[MEMO_MAX - 1], 100 + FRAMES - 1);
	CHECK_EQ(held(), FRAMES - 1);
	CHECK_EQ(memo_verify(&memo, MEMO_MAX - 1, MEMO_MAX - 1), MEMO_MAX - 1);
}

static void another_return_address_ends_them(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill();
		words[4 * i - 1]++;
		CHECK_EQ(held(), i - 1);
		CHECK_EQ(memo_verify(&memo, first() + i, MEMO_MAX - 1), MEMO_MAX - 1);
		CHECK_EQ(memo_verify(&memo, first(), first() + i - 1), first() + i - 1);
	}
}

static void another_frame_pointer_ends_them(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill();
		words[4 * i - 2]++;
		CHECK_EQ(held(), i % 2 != 0 ? i - 1 : FRAMES - 1);
	}
}

static void words_that_cannot_be_compared_end_them(void)
{
	size_t n_checks;

	fill();
	n_checks = memo.n_outside[first() + 2];
	memo.checks[MEMO_CHECKS_MAX - n_checks] = (struct memo_check){ &memo_never, 1 };
	CHECK_EQ(held(), 2);
}

// A new inner part that reaches kept frame 5 by another way than before.
static void joined_frames_are_compared_by_the_new_way(void)
{
	static stack_word other;

	fill();
	other = 105;
	for (size_t i = 0; i < 2; i++) {
		memo.new_frames[i].pc = 200 + i;
		memo.new_frames[i].how = (uint8_t)i;
		memo.new_frames[i].frame = (struct memo_frame){ .sp = (uintptr_t)&words[4 * i] };
		memo.new_checks[i] = (struct memo_check){ &other, 105 };
		memo.new_frames[i].end = (uint16_t)i;
	}
	memo_keep(&memo, 2, 2, FRAMES - 5, UNWIND_BY_SCAN);
	CHECK_EQ(memo.n, 2 + FRAMES - 5);
	CHECK_EQ(memo.pcs[first()], 200);
	CHECK_EQ(memo.pcs[first() + 1], 201);
	CHECK_EQ(memo.pcs[first() + 2], 105);
	CHECK_EQ(memo.hows[first()], 0);
	CHECK_EQ(memo.hows[first() + 1], 1);
	CHECK_EQ(memo.hows[first() + 2], UNWIND_BY_SCAN);
	CHECK_EQ(memo.hows[first() + 3], UNWIND_BY_TABLES);
	CHECK_EQ(held(), memo.n - 1);
	words[4 * 5 - 1]++;
	CHECK_EQ(held(), memo.n - 1);
	words[4 * 6 - 1]++;
	CHECK_EQ(held(), 2);
	other++;
	CHECK_EQ(held(), 0);
	CHECK_EQ(memo_verify(&memo, first() + 1, MEMO_MAX - 1), first() + 1);
	CHECK_EQ(memo_verify(&memo, first() + 2, MEMO_MAX - 1), first() + 2);
}

// The innermost `n_left` frames, and all that shows that they hold.
static void dropped_frames_leave_the_inner_ones(void)
{
	for (size_t n_left = 1; n_left < FRAMES; n_left++) {
		fill();
		memo_drop(&memo, FRAMES, n_left);
		CHECK_EQ(memo.n, 0);
		CHECK(memo.is_deep);
		memo_keep(&memo, 0, 0, n_left, UNWIND_BY_HOOK);
		CHECK_EQ(memo.n, n_left);
		for (size_t i = 0; i < n_left; i++) {
			CHECK_EQ(memo.pcs[first() + i], 100 + i);
			CHECK_EQ(memo.frames[first() + i].sp, (uintptr_t)&words[4 * i]);
			CHECK_EQ(memo.hows[first() + i],
				 i == 0 ? UNWIND_BY_HOOK : UNWIND_BY_TABLES);
		}
		CHECK_EQ(held(), n_left - 1);
		words[4 * n_left - 1]++;
		CHECK_EQ(held(), n_left - 1);
		if (n_left > 1) {
			words[4 * (n_left - 1) - 1]++;
			CHECK_EQ(held(), n_left - 2);
		}
	}
}

static void cleared_keeps_nothing(void)
{
	fill();
	memo_clear(&memo);
	CHECK_EQ(memo.n, 0);
}

int main(void)
{
	kept_frames_hold_while_their_words_do();
	another_return_address_ends_them();
	another_frame_pointer_ends_them();
	words_that_cannot_be_compared_end_them();
	joined_frames_are_compared_by_the_new_way();
	dropped_frames_leave_the_inner_ones();
	cleared_keeps_nothing();
	return check_result();
}
