// SPDX-License-Identifier: GPL-3.0-or-later
// The memo: frames taken again are those a walk would find, whatever became of the stack.
#include "unwind/memo.h"

#include "check.h"

enum { WORDS = 64, FRAMES = 8 };

static stack_word words[WORDS];
static struct memo memo;

// Frame i is returned to through word 4 * i - 1, and where `i` is odd its frame pointer was saved in the word below.
static void fill(enum rule_use use)
{
	memo_clear(&memo);
	for (size_t i = 0; i < WORDS; i++)
		words[i] = 7;
	for (size_t i = 0; i < FRAMES; i++) {
		struct memo_new *frame = &memo.new_frames[i];

		*frame = (struct memo_new){ .pc = 100 + i, .how = UNWIND_BY_TABLES };
		frame->use = (uint8_t)(i + 1 == FRAMES ? RULE_DROPS_FP : use);
		frame->frame.sp = (uintptr_t)&words[4 * i];
		frame->frame.fp = 900;
		frame->frame.pc_slot = &memo_never;
		if (i > 0) {
			frame->frame.pc_slot = &words[4 * i - 1];
			frame->frame.fp_slot = i % 2 != 0 ? &words[4 * i - 2] : NULL;
			words[4 * i - 1] = 100 + i;
			words[4 * i - 2] = 900;
		}
	}
	memo_keep(&memo, FRAMES, 0);
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
	fill(RULE_NEEDS_FP);
	CHECK_EQ(memo.n, FRAMES);
	CHECK_EQ(memo.pcs[MEMO_MAX - 1], 100 + FRAMES - 1);
	CHECK_EQ(held(), FRAMES - 1);
	CHECK_EQ(memo_verify(&memo, MEMO_MAX - 1, MEMO_MAX - 1), MEMO_MAX - 1);
}

static void another_return_address_ends_them(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill(RULE_NEEDS_FP);
		words[4 * i - 1]++;
		CHECK_EQ(held(), i - 1);
		CHECK_EQ(memo_verify(&memo, first() + i, MEMO_MAX - 1), MEMO_MAX - 1);
		CHECK_EQ(memo_verify(&memo, first(), first() + i - 1), first() + i - 1);
	}
}

static void another_frame_pointer_ends_them_where_it_matters(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill(RULE_NEEDS_FP);
		words[4 * i - 2]++;
		CHECK_EQ(held(), i % 2 != 0 && i + 1 < FRAMES ? i - 1 : FRAMES - 1);
		fill(RULE_DROPS_FP);
		words[4 * i - 2]++;
		CHECK_EQ(held(), FRAMES - 1);
	}
}

// Frame 5 alone counts from its frame pointer, which is saved in what frame 4 or frame 2 is left by.
static void a_frame_pointer_matters_to_those_that_pass_it_on(void)
{
	for (int is_passed = 0; is_passed <= 1; is_passed++) {
		size_t saved = is_passed ? 3 : 5;

		fill(RULE_DROPS_FP);
		memo_clear(&memo);
		memo.new_frames[5].use = RULE_NEEDS_FP;
		for (size_t i = saved; i < 5; i++)
			memo.new_frames[i].use = RULE_PASSES_FP;
		for (size_t i = saved + 1; i < FRAMES; i++)
			memo.new_frames[i].frame.fp_slot = NULL;
		memo_keep(&memo, FRAMES, 0);
		for (size_t i = 0; i < FRAMES; i++)
			CHECK_EQ(memo_needs_fp(&memo, first() + i), i >= saved && i <= 5);
		CHECK_EQ(held(), FRAMES - 1);
		words[4 * saved - 2]++;
		CHECK_EQ(held(), saved - 1);
		CHECK_EQ(memo_verify(&memo, first() + saved, MEMO_MAX - 1), MEMO_MAX - 1);
	}
}

static void words_that_cannot_be_compared_end_them(void)
{
	fill(RULE_DROPS_FP);
	memo.frames[first() + 3].pc_slot = &memo_never;
	CHECK_EQ(held(), 2);
}

// A new inner part that reaches kept frame 5 by another way than before.
static void joined_frames_are_compared_by_the_new_way(void)
{
	static stack_word other;
	struct memo_frame joint;

	fill(RULE_NEEDS_FP);
	other = 105;
	for (size_t i = 0; i < 2; i++) {
		memo.new_frames[i] = (struct memo_new){ .pc = 200 + i, .how = (uint8_t)i };
		memo.new_frames[i].frame.sp = (uintptr_t)&words[4 * i];
		memo.new_frames[i].frame.pc_slot = i == 0 ? &memo_never : &other;
	}
	words[0] = 105;
	memo.new_frames[1].pc = 105;
	joint = memo.frames[first() + 5];
	joint.pc_slot = &words[0];
	joint.fp_slot = NULL;
	memo_keep(&memo, 2, FRAMES - 5);
	memo_reach(&memo, first() + 2, &joint, UNWIND_BY_SCAN);
	CHECK_EQ(memo.n, 2 + FRAMES - 5);
	CHECK_EQ(memo.pcs[first()], 200);
	CHECK_EQ(memo.pcs[first() + 1], 105);
	CHECK_EQ(memo.pcs[first() + 2], 105);
	CHECK_EQ(memo.hows[first()], 0);
	CHECK_EQ(memo.hows[first() + 1], 1);
	CHECK_EQ(memo.hows[first() + 2], UNWIND_BY_SCAN);
	CHECK_EQ(memo.hows[first() + 3], UNWIND_BY_TABLES);
	CHECK_EQ(held(), memo.n - 1);
	words[4 * 5 - 1]++;
	words[4 * 5 - 2]++;
	CHECK_EQ(held(), memo.n - 1);
	words[4 * 6 - 1]++;
	CHECK_EQ(held(), 2);
	words[0]++;
	CHECK_EQ(held(), 1);
	other++;
	CHECK_EQ(held(), 0);
	CHECK_EQ(memo_verify(&memo, first() + 1, MEMO_MAX - 1), first() + 1);
	CHECK_EQ(memo_verify(&memo, first() + 2, MEMO_MAX - 1), first() + 2);
}

// The innermost `n_left` frames, and all that shows that they hold.
static void dropped_frames_leave_the_inner_ones(void)
{
	for (size_t n_left = 1; n_left < FRAMES; n_left++) {
		size_t outer = n_left - 1;

		fill(RULE_NEEDS_FP);
		memo_drop(&memo, FRAMES, n_left);
		CHECK_EQ(memo.n, 0);
		CHECK(memo.is_deep);
		memo_keep(&memo, 0, n_left);
		CHECK_EQ(memo.n, n_left);
		for (size_t i = 0; i < n_left; i++) {
			CHECK_EQ(memo.pcs[first() + i], 100 + i);
			CHECK_EQ(memo.frames[first() + i].sp, (uintptr_t)&words[4 * i]);
			CHECK_EQ(memo.hows[first() + i], UNWIND_BY_TABLES);
			CHECK(memo_needs_fp(&memo, first() + i));
		}
		CHECK_EQ(held(), outer);
		words[4 * n_left - 1]++;
		words[4 * n_left - 2]++;
		CHECK_EQ(held(), outer);
		if (outer == 0)
			continue;
		words[4 * outer - 2]++;
		CHECK_EQ(held(), outer % 2 != 0 ? outer - 1 : outer);
		words[4 * outer - 1]++;
		CHECK_EQ(held(), outer - 1);
	}
}

static void cleared_keeps_nothing(void)
{
	fill(RULE_NEEDS_FP);
	memo_clear(&memo);
	CHECK_EQ(memo.n, 0);
}

int main(void)
{
	kept_frames_hold_while_their_words_do();
	another_return_address_ends_them();
	another_frame_pointer_ends_them_where_it_matters();
	a_frame_pointer_matters_to_those_that_pass_it_on();
	words_that_cannot_be_compared_end_them();
	joined_frames_are_compared_by_the_new_way();
	dropped_frames_leave_the_inner_ones();
	cleared_keeps_nothing();
	return check_result();
}
