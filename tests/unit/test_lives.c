// SPDX-License-Identifier: GPL-3.0-or-later
// Lifetimes, maxima and births of a few blocks, each number counted by hand.
#include "lives.h"

#include "check.h"
#include "event.h"
#include "model.h"

static uint64_t next_seq;

static void apply(struct model *model, enum event_type type, uint64_t time, uint64_t addr,
		  uint64_t size, uint32_t thread)
{
	struct event event = {
		.seq = next_seq++,
		.time = time,
		.addr = addr,
		.size = size,
		.usable = (size + 15) / 16 * 16,
		.stack = stacks_push(&model->stacks, RAW_ROOT, 0x1000, 0),
		.type = (uint8_t)type,
		.thread = thread,
		.tid = 100 + thread,
	};
	model_apply(model, &event);
}

static void charge_has_lifetimes_and_maxima(const struct lives *lives)
{
	const struct charge_life *life = &lives->charges[0];
	CHECK_EQ(life->lifetime, 9000 + 10000 + 50000000);
	CHECK_EQ(life->most_bytes, 1100);
	CHECK_EQ(life->most_blocks, 2);
}

static void births_are_of_live_blocks(const struct lives *lives, struct model *model)
{
	struct live_block *block = live_table_find(&model->live, 0x4000);
	CHECK(block);
	const struct live_birth *birth = live_birth_of(&model->live, block);
	CHECK_EQ(birth->time, 50019000);
	CHECK_EQ(birth->thread, 1);
	CHECK_EQ(lives->tids[1], 101);
	CHECK_EQ(birth->spare, 6);
}

int main(void)
{
	struct model model;
	model_init(&model);
	struct lives *lives = lives_new();
	lives_watch(lives, &model);
	next_seq = 1;
	apply(&model, EVENT_ALLOC, 0, 0x1000, 100, 0);
	apply(&model, EVENT_ALLOC, 0, 0x2000, 1000, 0);
	apply(&model, EVENT_FREE, 9000, 0x1000, 0, 0);
	apply(&model, EVENT_FREE, 10000, 0x2000, 0, 1);
	apply(&model, EVENT_ALLOC, 19000, 0x3000, 0, 1);
	apply(&model, EVENT_FREE, 50019000, 0x3000, 0, 1);
	apply(&model, EVENT_ALLOC, 50019000, 0x4000, 10, 1);
	lives_settle(lives, &model);
	charge_has_lifetimes_and_maxima(lives);
	births_are_of_live_blocks(lives, &model);
	lives_free(lives);
	model_free(&model);
	return check_result();
}
