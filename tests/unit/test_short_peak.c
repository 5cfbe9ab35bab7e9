// SPDX-License-Identifier: GPL-3.0-or-later
// A peak stands out if it is short, and what makes it is what there is not else.
#include "short_peak.h"

#include <stdlib.h>

#include "census.h"
#include "check.h"
#include "snapshot_builder.h"
#include "timeline.h"

enum { N = 100, STEP = 10000, BASE = 1000, MORE = 900 }; // microseconds, bytes

static struct timeline_point points[N];
static struct timeline_state states[N];
static struct timeline timeline;
static struct census census;

// The charge 0 has always BASE bytes; the charge 1 has MORE in the steps from `first` to `last`, but not between two of them
// where `is_broken`. Of the changes `n_above` are made meanwhile, of N.
static const struct snapshot *peak(unsigned first, unsigned last, bool is_broken, unsigned n_above)
{
	entry_list_free(&timeline.entries);
	timeline = (struct timeline){
		.points = points, .states = states, .n_points = N, .n_states = N
	};
	for (unsigned k = 0; k < N; k++) {
		bool is_in = k >= first && k <= last, is_off = is_broken && (k - first) % 2 == 1;
		uint64_t more = is_in && !is_off ? MORE : 0, time = (uint64_t)k * STEP;
		points[k] = (struct timeline_point){ .time = time,
						     .bytes = BASE + more,
						     .most_bytes = BASE + more };
		struct timeline_entry entry = { .charge = 0, .live_bytes = BASE };
		entry_list_add(&timeline.entries, &entry);
		entry = (struct timeline_entry){ .charge = 1, .live_bytes = more };
		entry_list_add(&timeline.entries, &entry);
		states[k] = (struct timeline_state){ time, entry_list_end(&timeline.entries) };
	}
	census = (struct census){ .n_changes = N };
	census.levels[0] = N - n_above;
	census.levels[CENSUS_LEVELS - 1] = n_above;
	builder_start();
	builder.census = &census;
	builder.timeline = &timeline;
	builder_name("main", 0, "main", "/src/main.c", 7);
	builder_charge("main", 1, 1, BASE);
	builder_charge("main main", 1, 1, MORE);
	return builder_finish();
}

static void a_short_peak_is_one(void)
{
	CHECK(short_peak_is(peak(50, 58, false, 5)));
	CHECK(short_peak_is(peak(50, 58, true, 5)));
	CHECK(short_peak_is(peak(0, 8, false, 5)));
}

static void what_comes_once_may_be_longer(void)
{
	CHECK(short_peak_is(peak(50, 58, false, 66)));
	CHECK(short_peak_is(peak(10, 74, false, 5)));
	CHECK(short_peak_is(peak(50, 68, false, 19)));
	CHECK(!short_peak_is(peak(50, 58, true, 11)));
	CHECK(!short_peak_is(peak(50, 58, false, 68)));
	CHECK(!short_peak_is(peak(10, 78, false, 5)));
	CHECK(!short_peak_is(peak(50, 70, false, 21)));
}

static void what_stays_is_no_peak(void)
{
	CHECK(short_peak_is(peak(90, 98, false, 5)));
	CHECK(!short_peak_is(peak(91, 99, false, 5)));
}

static void what_is_usual_is_no_part_of_it(void)
{
	uint64_t *excess = short_peak_excess(peak(50, 58, false, 5));
	CHECK_EQ(excess[0], 0);
	CHECK_EQ(excess[1], MORE);
	free(excess);
}

static void a_small_rise_is_none(void)
{
	struct snapshot snapshot = *peak(50, 58, false, 5);
	snapshot.total.column[COST_peak_bytes] = BASE;
	CHECK(!short_peak_is(&snapshot));
	snapshot.total.column[COST_peak_bytes] = 0;
	CHECK(!short_peak_is(&snapshot));
}

int main(void)
{
	a_short_peak_is_one();
	what_comes_once_may_be_longer();
	what_stays_is_no_peak();
	what_is_usual_is_no_part_of_it();
	a_small_rise_is_none();
	entry_list_free(&timeline.entries);
	return check_result();
}
