// SPDX-License-Identifier: GPL-3.0-or-later
// A free of an address at which no block was seen is told where it is wrong for sure, with the block that it lies in.
#include "stray.h"

#include "check.h"
#include "model.h"

static void apply(struct model *model, enum event_type type, uint64_t seq, uint64_t addr,
		  uint64_t size, enum wire_kind kind)
{
	model_apply(model,
		    &(struct event){ .type = (uint8_t)type,
				     .seq = seq,
				     .addr = addr,
				     .size = size,
				     .kind = (uint8_t)kind,
				     .stack = type == EVENT_FREE ? STACK_UNKNOWN : STACK_ROOT });
}

static void strays_are_put_together_by_the_block_they_lie_in(void)
{
	struct model model;
	model_init(&model);
	apply(&model, EVENT_ALLOC, 1, 0x1000, 0x100, WIRE_KIND_MALLOC);
	apply(&model, EVENT_ALLOC, 2, 0x8000, 0x1000, WIRE_KIND_MMAP);
	apply(&model, EVENT_FREE, 3, 0x1010, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 4, 0x1020, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 5, 0x1100, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 6, 0x8010, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 7, 0, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 8, 0x1000, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 9, 0x1000, 0, WIRE_KIND_FREE);
	apply(&model, EVENT_FREE, 10, 0x1030, 0, WIRE_KIND_DELETE);
	CHECK_EQ(model.strays.n_all, 5);
	CHECK_EQ(model.strays.n, 3);
	const struct stray *list = model.strays.list;
	CHECK_EQ(list[0].n, 2);
	CHECK_EQ(list[0].seq, 3);
	CHECK_EQ(list[0].offset, 0x10);
	CHECK_EQ(list[0].block_kind, WIRE_KIND_MALLOC);
	CHECK_EQ(list[1].n, 2);
	CHECK_EQ(list[1].addr, 0x1100);
	CHECK_EQ(list[1].offset, 0);
	CHECK_EQ(list[2].kind, WIRE_KIND_DELETE);
	strays_forget(&model.strays);
	CHECK_EQ(model.strays.n, 0);
	model_free(&model);
}

static void many_strays_take_no_time(void)
{
	struct model model;
	model_init(&model);
	apply(&model, EVENT_ALLOC, 0, 0x1000, 0x100, WIRE_KIND_MALLOC);
	for (uint64_t i = 1; i <= STRAYS_LOOKED_UP_MAX; i++) {
		apply(&model, EVENT_FREE, i, 0x10000 * i, 0, WIRE_KIND_FREE);
	}
	apply(&model, EVENT_FREE, STRAYS_LOOKED_UP_MAX + 1, 0x1010, 0, WIRE_KIND_FREE);
	CHECK_EQ(model.strays.n, 1);
	CHECK_EQ(model.strays.list[0].offset, 0);
	model_free(&model);
}

static void what_may_be_missing_is_no_mistake(void)
{
	static const struct stray outside = { .n = 1 }, inside = { .n = 1, .offset = 8 };
	static const struct {
		struct snapshot snapshot;
		bool is_outside_sure, is_inside_sure;
	} rows[] = {
		{ { .n_unknown_frees = 1 }, true, true },   { { .parent_stream = 1 }, false, true },
		{ { .has_pauses = true }, false, true },    { { .sampling = 1000 }, false, true },
		{ { .elide_limit = 100 }, false, true },    { { .n_lost = 1 }, false, false },
		{ { .n_missed_frees = 1 }, false, false },  { { .damage = "cut" }, false, false },
		{ { .view = "function=f" }, false, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(stray_is_sure(&outside, &rows[i].snapshot), rows[i].is_outside_sure);
		CHECK_EQ(stray_is_sure(&inside, &rows[i].snapshot), rows[i].is_inside_sure);
	}
}

int main(void)
{
	strays_are_put_together_by_the_block_they_lie_in();
	many_strays_take_no_time();
	what_may_be_missing_is_no_mistake();
	return check_result();
}
