// SPDX-License-Identifier: GPL-3.0-or-later
// The memo: frames taken again are those a walk would find, whatever became of the stack.
#include "unwind/memo.h"

#include "check.h"

enum { WORDS = 64, FRAMES = 8 };

static stack_word words[WORDS];
static struct memo memo;

// Frame i returns through word 4 * i + 3, and has saved fp in the word below where `i` is even.
static struct memo_frame frame_at(size_t i)
{
	struct memo_frame frame = { .sp = (uintptr_t)&words[4 * i],
				    .fp = 900,
				    .ra_slot = &memo_never };

	if (i > 0) {
		frame.ra_slot = &words[4 * i - 1];
		frame.fp_slot = i % 2 != 0 ? &words[4 * i - 2] : NULL;
	}
	return frame;
}

static void fill(void)
{
	for (size_t i = 0; i < WORDS; i++)
		words[i] = 7;
	for (size_t i = 0; i < FRAMES; i++) {
		memo.new_pcs[i] = 100 + i;
		memo.new_hows[i] = UNWIND_BY_TABLES;
		memo.new_frames[i] = frame_at(i);
		words[4 * i + 3] = 101 + i;
		words[4 * i + 2] = 900;
	}
	memo_keep(&memo, FRAMES, 0, NULL, 0);
}

static size_t first(void)
{
	return MEMO_MAX - memo.n;
}

static void kept_frames_hold_while_their_words_do(void)
{
	fill();
	CHECK_EQ(memo.n, FRAMES);
	CHECK_EQ(memo.pcs[MEMO_MAX - 1], 100 + FRAMES - 1);
	CHECK_EQ(memo_verify(&memo, first(), MEMO_MAX - 1), MEMO_MAX - 1);
	CHECK_EQ(memo_verify(&memo, MEMO_MAX - 1, MEMO_MAX - 1), MEMO_MAX - 1);
}

static void another_return_address_ends_them(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill();
		words[4 * i - 1]++;
		CHECK_EQ(memo_verify(&memo, first(), MEMO_MAX - 1), first() + i - 1);
		CHECK_EQ(memo_verify(&memo, first() + i, MEMO_MAX - 1), MEMO_MAX - 1);
	}
}

static void another_frame_pointer_ends_them(void)
{
	for (size_t i = 1; i < FRAMES; i++) {
		fill();
		words[4 * i - 2]++;
		CHECK_EQ(memo_verify(&memo, first(), MEMO_MAX - 1),
			 i % 2 != 0 ? first() + i - 1 : MEMO_MAX - 1);
	}
}

static void words_that_cannot_be_compared_end_them(void)
{
	fill();
	memo.frames[first() + 3].ra_slot = &memo_never;
	CHECK_EQ(memo_verify(&memo, first(), MEMO_MAX - 1), first() + 2);
}

// A new inner part that reaches kept frame 5 by another way than before.
static void joined_frames_are_compared_by_the_new_way(void)
{
	static stack_word other;
	struct memo_frame joint = frame_at(5);

	fill();
	other = 105;
	joint.ra_slot = &other;
	joint.fp_slot = NULL;
	for (size_t i = 0; i < 2; i++) {
		memo.new_pcs[i] = 200 + i;
		memo.new_hows[i] = (uint8_t)i;
		memo.new_frames[i] = frame_at(0);
	}
	memo_keep(&memo, 2, FRAMES - 5, &joint, UNWIND_BY_SCAN);
	CHECK_EQ(memo.n, 2 + FRAMES - 5);
	CHECK_EQ(memo.pcs[first()], 200);
	CHECK_EQ(memo.pcs[first() + 1], 201);
	CHECK_EQ(memo.pcs[first() + 2], 105);
	CHECK_EQ(memo.hows[first()], 0);
	CHECK_EQ(memo.hows[first() + 1], 1);
	CHECK_EQ(memo.hows[first() + 2], UNWIND_BY_SCAN);
	CHECK_EQ(memo.hows[first() + 3], UNWIND_BY_TABLES);
	CHECK_EQ(memo_verify(&memo, first() + 1, MEMO_MAX - 1), MEMO_MAX - 1);
	words[4 * 5 - 1]++;
	CHECK_EQ(memo_verify(&memo, first() + 1, MEMO_MAX - 1), MEMO_MAX - 1);
	other++;
	CHECK_EQ(memo_verify(&memo, first() + 1, MEMO_MAX - 1), first() + 1);
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
	cleared_keeps_nothing();
	return check_result();
}
