// SPDX-License-Identifier: GPL-3.0-or-later
// Suspects are put together by the frame a person would name, and told only where they are what they are called.
#include "suspects.h"

#include "census.h"
#include "check.h"
#include "event.h"
#include "misuse.h"
#include "snapshot_builder.h"
#include "timeline.h"

static char libc_path[] = "/lib/libc.so.6";

// The named call sites: main calls f at two lines, f calls strdup or a function of the C++ library.
static void start(void)
{
	builder_modules[1].path = libc_path;
	builder_start();
	builder.has_exited = true;
	builder_name("main", 0, "main", "/src/main.c", 7);
	builder_name("f", 0, "f", "/src/f.c", 30);
	builder_name("g", 0, "g", "/src/f.c", 40);
	builder_name("strdup", 1, "strdup", NULL, 0);
	builder_name("buffer", 1, "_IO_file_doallocate", NULL, 0);
	builder_name("push", 0, "std::vector<int>::_M_grow(int)", "/usr/include/c++/12/bits/v.h",
		     9);
	builder_name("push", 0, "void std::grow<std::pair<int, f (int)> >(int)", "/x", 9);
	builder_name("pair", 0, "std::pair<int, int> twice<int>(int)", "/src/p.cpp", 5);
}

static struct suspects find(void)
{
	struct suspects suspects;
	suspects_find(&suspects, builder_finish(), NULL);
	return suspects;
}

static void leaks_are_put_together_by_culprit(void)
{
	start();
	builder_charge("main f", WIRE_KIND_MALLOC, 1, 100);
	builder_charge("main f strdup", WIRE_KIND_MALLOC, 2, 300);
	builder_charge("f push", WIRE_KIND_NEW, 3, 10);
	builder_charge("main g", WIRE_KIND_CALLOC, 1, 500);
	builder_charge("main pair", WIRE_KIND_NEW, 1, 50);
	builder_charge("main buffer", WIRE_KIND_MALLOC, 1, 4096);
	builder_charge("strdup", WIRE_KIND_MALLOC, 1, 70000);
	struct suspects suspects = find();
	CHECK_EQ(suspects.n, 3);
	CHECK_EQ(suspects.list[0].type, SUSPECT_LEAK);
	CHECK_STR(suspects.list[0].culprit.symbol->function, "f");
	CHECK_EQ(suspects.list[0].bytes, 730);
	CHECK_EQ(suspects.list[0].blocks, 6);
	CHECK_EQ(suspects.list[0].n_stacks, 3);
	CHECK(!suspects.list[0].is_least);
	CHECK_EQ(suspects.list[0].charge, 1);
	CHECK_STR(suspects.list[1].culprit.symbol->function, "g");
	CHECK_STR(suspects.list[2].culprit.symbol->file, "/src/p.cpp");
}

static void what_is_live_before_the_end_is_not_leaked(void)
{
	start();
	builder.has_exited = false;
	builder_charge("main f", WIRE_KIND_MALLOC, 1, 100);
	CHECK_EQ(find().n, 0);
}

static void stacks_without_a_frame_are_told_too(void)
{
	start();
	builder_charge("", WIRE_KIND_MALLOC, 1, 100);
	struct suspects suspects = find();
	CHECK_EQ(suspects.n, 1);
	CHECK(suspects.list[0].culprit.symbol == NULL);
}

static void wrong_frees_come_first(void)
{
	start();
	builder_charge("main g", WIRE_KIND_NEW, 1, 5000);
	builder_charge("main f strdup", WIRE_KIND_MALLOC, 1, 5);
	struct misuse misuses[5] = {
		{ .type = MISUSE_DOUBLE, .charge = 1, .stack = STACK_UNKNOWN, .n = 2 },
		{ .type = MISUSE_DOUBLE, .charge = CHARGE_UNKNOWN, .stack = STACK_UNKNOWN },
		{ .type = MISUSE_MISMATCH, .charge = 1, .stack = builder_charges[0].stack },
		{ .type = MISUSE_MISMATCH, .charge = 1, .stack = STACK_UNKNOWN },
		{ .type = MISUSE_MISMATCH, .charge = 1, .stack = STACK_UNKNOWN },
	};
	builder.misuses = misuses;
	builder.n_misuses = 5;
	struct suspects suspects = find();
	CHECK_EQ(suspects.n, SUSPECTS_OF_TYPE_MAX + 2);
	CHECK_STR(suspects.list[0].culprit.symbol->function, "f");
	CHECK(suspects.list[1].culprit.symbol == NULL);
	CHECK_STR(suspects.list[2].culprit.symbol->function, "g");
	CHECK_EQ(suspects.list[3].type, SUSPECT_LEAK);
}

static void rounding_and_churn_have_limits(void)
{
	struct census_charge charges[3] = {
		{ .asked_bytes = 1000, .usable_bytes = 1700 },
		{ .asked_bytes = 1000, .usable_bytes = 1600 },
		{ .short_blocks = 1200 },
	};
	static struct census census;
	census.charges = charges;
	census.n_charges = 3;
	start();
	builder.has_exited = false;
	builder.census = &census;
	builder_charge("main f", WIRE_KIND_MALLOC, 100, 100);
	builder_charge("main g", WIRE_KIND_MALLOC, 100, 100);
	builder_charge("main pair", WIRE_KIND_MALLOC, 10000, 1);
	struct suspects suspects = find();
	CHECK_EQ(suspects.n, 2);
	CHECK_EQ(suspects.list[0].type, SUSPECT_WASTE);
	CHECK_EQ(suspects.list[0].charge, 0);
	CHECK_EQ(suspects.list[0].amount, 7000);
	CHECK_EQ(suspects.list[1].type, SUSPECT_CHURN);
	CHECK_EQ(suspects.list[1].amount, 1200);
	builder_charge("main", WIRE_KIND_MALLOC, 10000, 10);
	suspects = find();
	CHECK_EQ(suspects.n, 0);
}

enum { N_STATES = 100, STEP = 10000 }; // microseconds

// To the charge 0 each state adds as much.
static void rise(struct timeline *timeline, struct timeline_state *states)
{
	static struct timeline_point points[1]; // n_points is 0
	*timeline = (struct timeline){ .states = states, .points = points, .n_states = N_STATES };
	for (unsigned k = 0; k < N_STATES; k++) {
		struct timeline_entry entry = { .charge = 0,
						.live_bytes = (k + 1) * 10,
						.total_blocks = k + 1 };
		entry_list_add(&timeline->entries, &entry);
		states[k] = (struct timeline_state){ (uint64_t)k * STEP,
						     entry_list_end(&timeline->entries) };
	}
}

static void growth_has_to_matter(void)
{
	struct timeline timeline;
	static struct timeline_state states[N_STATES];
	rise(&timeline, states);
	for (unsigned other = 10; other <= 100000; other *= 10000) {
		start();
		builder.timeline = &timeline;
		builder_charge("main f", WIRE_KIND_MALLOC, 100, 10);
		builder_charge("main g", WIRE_KIND_MALLOC, 1, other);
		builder.total.column[COST_peak_bytes] = 1000 + other;
		struct suspects suspects = find();
		bool is_told = other == 10;
		CHECK_EQ(suspects.n, 2);
		CHECK_EQ(suspects.list[0].type, is_told ? SUSPECT_GROWTH : SUSPECT_LEAK);
		CHECK_STR(suspects.list[0].culprit.symbol->function, is_told ? "f" : "g");
		CHECK_EQ(suspects.list[1].type, SUSPECT_LEAK);
	}
	entry_list_free(&timeline.entries);
}

// What the library keeps is no leak, but no more of it is kept all the time.
static void growth_of_what_the_library_keeps_is_told(void)
{
	struct timeline timeline;
	static struct timeline_state states[N_STATES];
	rise(&timeline, states);
	start();
	builder.timeline = &timeline;
	builder_charge("main buffer", WIRE_KIND_MALLOC, 100, 10);
	struct suspects suspects = find();
	CHECK_EQ(suspects.n, 1);
	CHECK_EQ(suspects.list[0].type, SUSPECT_GROWTH);
	CHECK_STR(suspects.list[0].culprit.symbol->function, "main");
	entry_list_free(&timeline.entries);
}

int main(void)
{
	leaks_are_put_together_by_culprit();
	what_is_live_before_the_end_is_not_leaked();
	stacks_without_a_frame_are_told_too();
	wrong_frees_come_first();
	rounding_and_churn_have_limits();
	growth_has_to_matter();
	growth_of_what_the_library_keeps_is_told();
	return check_result();
}
