// SPDX-License-Identifier: GPL-3.0-or-later
// The census counts what it says it counts.
#include "census.h"

#include "check.h"
#include "event.h"
#include "model.h"

static struct model model;
static struct census *census;
static uint64_t seq;
static uint32_t stacks[2];

static void start(void)
{
	model_init(&model);
	census = census_new();
	census_watch(census, &model);
	seq = 0;
	stacks[0] = stacks_push(&model.stacks, RAW_ROOT, 0x1000, 0);
	stacks[1] = stacks_push(&model.stacks, RAW_ROOT, 0x2000, 0);
}

static void end(void)
{
	census_free(census);
	model_free(&model);
}

static void take(enum event_type type, uint64_t addr, uint64_t size, uint64_t usable, int stack)
{
	model_apply(&model, &(struct event){ .seq = ++seq,
					     .type = type,
					     .addr = addr,
					     .size = size,
					     .usable = usable,
					     .stack = stacks[stack],
					     .thread = (uint32_t)stack,
					     .tid = 70 + (uint32_t)stack });
}

static void classes_begin_at_powers_of_two(void)
{
	CHECK_EQ(census_size_class(0), 0);
	for (unsigned i = 1; i < CENSUS_SIZES; i++) {
		uint64_t least = census_size_least(i);
		CHECK_EQ(census_size_class(least), i);
		CHECK_EQ(census_size_class(least - 1), i - 1);
	}
	CHECK_EQ(census_size_class(UINT64_MAX), CENSUS_SIZES - 1);
}

static void blocks_are_counted(void)
{
	start();
	take(EVENT_ALLOC, 0x100, 10, 24, 0);
	take(EVENT_ALLOC, 0x200, 100, 104, 1);
	take(EVENT_ALLOC, 0x300, 15, 0, 0); // the usable size is not known
	take(EVENT_FREE, 0x100, 0, 0, 1);
	for (int i = 0; i < CENSUS_SHORT_LIFE; i++) {
		take(EVENT_FREE, 0x999, 0, 0, 0);
	}
	take(EVENT_FREE, 0x200, 0, 0, 1);
	take(EVENT_ALLOC, 0x300, 9, 9, 1); // the free between is missing
	CHECK_EQ(census_of(census, 0).asked_bytes, 10);
	CHECK_EQ(census_of(census, 0).usable_bytes, 24);
	CHECK_EQ(census_of(census, 0).short_blocks, 1);
	CHECK_EQ(census_of(census, 1).asked_bytes, 109);
	CHECK_EQ(census_of(census, 1).usable_bytes, 113);
	CHECK_EQ(census_of(census, 1).short_blocks, 0);
	CHECK_EQ(census_of(census, 1000).usable_bytes, 0);
	CHECK_EQ(census->short_blocks, 1);
	const struct census_size *size = &census->sizes[4]; // 8 to 15
	CHECK_EQ(size->total_blocks, 3);
	CHECK_EQ(size->total_bytes, 34);
	CHECK_EQ(size->live_blocks, 1);
	CHECK_EQ(size->live_bytes, 9);
	CHECK_EQ(census->threads[0].n_allocations, 2);
	CHECK_EQ(census->threads[0].tid, 70);
	CHECK_EQ(census->threads[1].bytes, 109);
	CHECK_EQ(census->threads[1].n_releases, 2);
	end();
}

static void live_blocks_are_those_of_the_thread_that_allocated_them(void)
{
	start();
	take(EVENT_ALLOC, 0x100, 10, 10, 1); // the first thread need not be the stream's first
	take(EVENT_ALLOC, 0x200, 100, 100, 0);
	take(EVENT_ALLOC, 0x300, 1000, 1000, 0);
	take(EVENT_ALLOC, 0x400, 5, 5, 1);
	take(EVENT_FREE, 0x200, 0, 0, 1); // another thread's
	take(EVENT_FREE, 0x400, 0, 0, 0);
	take(EVENT_ALLOC, 0x300, 7, 7, 1); // the free between is missing
	take(EVENT_ALLOC, 0x500, 3, 3, 0);
	CHECK_EQ(census->threads[0].live_bytes, 3);
	CHECK_EQ(census->threads[0].live_blocks, 1);
	CHECK_EQ(census->threads[1].live_bytes, 17);
	CHECK_EQ(census->threads[1].live_blocks, 2);
	end();
}

static void rest_of_a_mapping_is_of_the_thread_that_made_it(bool has_births)
{
	start();
	if (has_births) {
		live_table_keep_births(&model.live);
	}
	take(EVENT_ALLOC, 0x100, 10, 10, 0);
	take(EVENT_MAPPED, 0x10000, 0x4000, 0x4000, 1);
	take(EVENT_UNMAPPED, 0x11000, 0x1000, 0, 0); // out of its middle
	CHECK_EQ(census->threads[1].live_bytes, 0x3000);
	CHECK_EQ(census->threads[1].live_blocks, 2);
	take(EVENT_UNMAPPED, 0x10000, 0x4000, 0, 0);
	CHECK_EQ(census->threads[1].live_bytes, 0);
	CHECK_EQ(census->threads[1].live_blocks, 0);
	CHECK_EQ(census->threads[0].live_bytes, 10);
	end();
}

static void counting_anew_keeps_the_names_of_threads(void)
{
	struct note note = { .type = WIRE_THREAD, .text = "worker" };
	start();
	take(EVENT_ALLOC, 0x100, 10, 10, 0);
	take(EVENT_ALLOC, 0x200, 100, 100, 1);
	model_apply(
		&model,
		&(struct event){
			.seq = ++seq, .type = EVENT_NOTE, .note = &note, .thread = 1, .tid = 71 });
	model_count_anew(&model);
	census_count_anew(census);
	CHECK_STR(census->threads[1].name, "worker");
	CHECK_EQ(census->threads[1].tid, 71);
	CHECK_EQ(census->threads[1].live_bytes, 0);
	CHECK_EQ(census->n_changes, 0);
	CHECK_EQ(census_of(census, 0).asked_bytes, 0);
	take(EVENT_FREE, 0x200, 0, 0, 0);
	take(EVENT_ALLOC, 0x200, 1, 1, 1);
	take(EVENT_FREE, 0x100, 0, 0, 1);
	CHECK_EQ(census->threads[1].live_bytes, 1);
	CHECK_EQ(census->threads[0].live_bytes, 0);
	CHECK_EQ(census->threads[0].n_releases, 0);
	CHECK_EQ(census->n_changes, 1);
	end();
}

static void charges_are_mapped(void)
{
	static const uint32_t charge_of[] = { 1, 1, CHARGE_HIDDEN };
	start();
	take(EVENT_ALLOC, 0x100, 10, 24, 0);
	take(EVENT_ALLOC, 0x200, 100, 104, 1);
	struct census *mapped = census_map(census, charge_of, 2, true);
	CHECK_EQ(census_of(mapped, 0).asked_bytes, 0);
	CHECK_EQ(census_of(mapped, 1).asked_bytes, 110);
	CHECK_EQ(census_of(mapped, 1).usable_bytes, 128);
	CHECK_EQ(mapped->n_changes, 2);
	CHECK_EQ(mapped->threads[1].bytes, 100);
	census_free(mapped);
	mapped = census_map(census, charge_of + 1, 2, false);
	CHECK_EQ(census_of(mapped, 1).asked_bytes, 10);
	CHECK_EQ(mapped->n_changes, 0);
	CHECK_EQ(mapped->n_threads, 0);
	census_free(mapped);
	end();
}

static void the_heap_has_levels(void)
{
	start();
	take(EVENT_ALLOC, 0x100, 1000, 1000, 0);
	for (int i = 0; i < 4; i++) {
		take(EVENT_ALLOC, 0x200, 1 << 20, 1 << 20, 0);
		take(EVENT_FREE, 0x200, 0, 0, 0);
	}
	take(EVENT_FREE, 0x100, 0, 0, 0);
	CHECK_EQ(census->n_changes, 10);
	CHECK(census_share_above(census, 0) == 1);
	CHECK(census_share_above(census, 1) == 0.9);
	CHECK(census_share_above(census, 1100) == 0.4);
	CHECK(census_share_above(census, 1 << 20) == 0.4);
	CHECK(census_share_above(census, 2 << 20) == 0);
	CHECK(census_share_above(census, UINT64_MAX) == 0);
	end();
}

static void failed_calls_are_kept_by_stack(void)
{
	start();
	take(EVENT_FAIL, 0, 5000, 12, 0);
	take(EVENT_FAIL, 0, 7000, 12, 1);
	take(EVENT_FAIL, 0, 6000, 12, 0);
	CHECK_EQ(census->n_failures, 2);
	CHECK_EQ(census->failures[0].n, 2);
	CHECK_EQ(census->failures[0].size, 6000);
	CHECK_EQ(census->failures[1].size, 7000);
	CHECK(census->failures[0].stack != census->failures[1].stack);
	for (int i = 0; i < CENSUS_FAILURES + 5; i++) {
		model_apply(&model, &(struct event){ .seq = ++seq,
						     .type = EVENT_FAIL,
						     .kind = (uint8_t)i,
						     .stack = STACK_UNKNOWN });
	}
	CHECK_EQ(census->n_failures, CENSUS_FAILURES);
	CHECK_EQ(census->failures[2].stack, STACK_UNKNOWN);
	end();
}

int main(void)
{
	classes_begin_at_powers_of_two();
	blocks_are_counted();
	live_blocks_are_those_of_the_thread_that_allocated_them();
	rest_of_a_mapping_is_of_the_thread_that_made_it(false);
	rest_of_a_mapping_is_of_the_thread_that_made_it(true);
	counting_anew_keeps_the_names_of_threads();
	charges_are_mapped();
	the_heap_has_levels();
	failed_calls_are_kept_by_stack();
	return check_result();
}
