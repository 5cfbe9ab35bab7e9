// SPDX-License-Identifier: GPL-3.0-or-later
// Pools of the program: what is live in them, whatever their numbers.
#include "pools.h"

#include <stdio.h>

#include "check.h"
#include "event.h"

static struct pools pools;

static void begin(uint64_t number, const char *name)
{
	pools_note(&pools, &(struct note){ .type = WIRE_POOL, .number = number, .text = name });
}

static void end(uint64_t number)
{
	pools_note(&pools, &(struct note){ .type = WIRE_POOL_END, .number = number, .text = "" });
}

static void take(uint64_t number, uint64_t addr, uint64_t size)
{
	pools_alloc(&pools, &(struct event){ .old = number, .addr = addr, .size = size });
}

static void give(uint64_t number, uint64_t addr)
{
	pools_release(&pools, &(struct event){ .old = number, .addr = addr });
}

static void pools_of_a_name_are_counted_together(void)
{
	pools_init(&pools);
	begin(7, "a");
	begin(8, "a");
	take(7, 100, 10);
	take(8, 100, 20); // another pool's block at the same address
	give(8, 200);     // unknown
	give(7, 100);
	take(7, 100, 5);
	CHECK_EQ(pools.n_totals, 1);
	CHECK_EQ(pools.totals[0].n_pools, 2);
	CHECK_EQ(pools.totals[0].live_bytes, 25);
	CHECK_EQ(pools.totals[0].live_blocks, 2);
	CHECK_EQ(pools.totals[0].peak_bytes, 30);
	CHECK_EQ(pools.totals[0].total_bytes, 35);
	CHECK_EQ(pools.totals[0].n_unknown_frees, 1);
	end(8);
	CHECK_EQ(pools.totals[0].live_bytes, 5);
	CHECK_EQ(pools.totals[0].n_live_pools, 1);
	pools_free(&pools);
}

static void numbers_are_used_again(void)
{
	pools_init(&pools);
	for (int i = 0; i < 1000; i++) {
		begin(7, "a");
		take(7, 1 + (uint64_t)i, 1);
		begin(7, "b"); // without an end of the one before
		take(7, 1, 2);
		end(7);
		end(7); // twice
	}
	CHECK_EQ(pools.n_pools, 1);
	CHECK_EQ(pools.totals[0].live_bytes + pools.totals[1].live_bytes, 0);
	CHECK_EQ(pools.totals[0].total_blocks, 1000);
	pools_free(&pools);
}

static void what_was_made_before_has_no_name(void)
{
	pools_init(&pools);
	take(0, 1, 3);
	take(UINT64_MAX, 1, 4); // no number of a pool
	take(0, 0, 5);
	end(UINT64_MAX);
	CHECK_EQ(pools.n_totals, 1);
	CHECK_STR(pools.totals[0].name, "");
	CHECK_EQ(pools.totals[0].live_bytes, 3);
	pools_free(&pools);
}

static void names_are_bounded(void)
{
	pools_init(&pools);
	for (unsigned i = 0; i < 2 * POOL_NAMES_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%u", i);
		begin(i, name);
		take(i, 1, 1);
	}
	CHECK_EQ(pools.n_totals, POOL_NAMES_MAX);
	CHECK_EQ(pools.totals[POOL_NAMES_MAX - 1].live_bytes, POOL_NAMES_MAX + 1);
	pools_free(&pools);
}

static void what_was_there_does_not_count_anew(void)
{
	pools_init(&pools);
	begin(7, "a");
	begin(8, "a");
	take(7, 100, 10);
	take(7, 200, 20);
	take(8, 100, 40);
	end(8);
	pools_count_anew(&pools);
	CHECK_EQ(pools.totals[0].n_pools, 1);
	CHECK_EQ(pools.totals[0].live_bytes, 0);
	take(7, 300, 3);
	give(7, 100);
	take(7, 200, 5); // the block there was is gone
	CHECK_EQ(pools.totals[0].live_bytes, 8);
	CHECK_EQ(pools.totals[0].live_blocks, 2);
	CHECK_EQ(pools.totals[0].total_blocks, 2);
	CHECK_EQ(pools.totals[0].n_unknown_frees, 0);
	give(7, 300);
	pools_count_anew(&pools);
	end(7);
	CHECK_EQ(pools.totals[0].live_bytes, 0);
	CHECK_EQ(pools.totals[0].live_blocks, 0);
	CHECK_EQ(pools.totals[0].n_live_pools, 0);
	pools_free(&pools);
}

int main(void)
{
	what_was_there_does_not_count_anew();
	pools_of_a_name_are_counted_together();
	numbers_are_used_again();
	what_was_made_before_has_no_name();
	names_are_bounded();
	return check_result();
}
