// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks whose live bytes rise all the time, by the timeline alone.
#include "growth.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "timeline.h"
#include "util.h"

enum {
	HALF = GROWTH_WINDOWS / 2,
	QUARTER = GROWTH_WINDOWS / 4,
	CHANGES_LEAST = GROWTH_WINDOWS / 2,
	HALF_RISES_LEAST = 3,
	QUARTER_RISES_LEAST = 2,
	SLOWING_MOST = 8, // times, in the last quarter
	SLOWING_LATE =
		4, // times, in the last quarter, where it has still halved from the quarter before
	N_PAIRS = GROWTH_WINDOWS * (GROWTH_WINDOWS - 1) / 2,
};

// The changes of some charges, those of one charge side by side and in the order of time.
struct series {
	const struct timeline *timeline;
	size_t n_charges;
	uint32_t *counts;  // of each charge; how many changes there are
	size_t begin, end; // charges whose changes are here
	struct change {
		uint64_t time, live_bytes, total_blocks;
	} * changes;
	uint32_t *first; // of each charge that is here: the place of its changes
};

// A quarter of all changes at a time, within these limits.
enum { SERIES_MIN = 1 << 17, SERIES_MAX = 1 << 30 };

// Charges that have changed too seldom to grow have no room.
static size_t room_of(const struct series *series, size_t charge)
{
	return series->counts[charge] >= CHANGES_LEAST ? series->counts[charge] : 0;
}

static void series_init(struct series *series, const struct timeline *timeline, size_t n_charges)
{
	*series = (struct series){ .timeline = timeline, .n_charges = n_charges };
	series->counts = xcalloc(n_charges + 1, sizeof(*series->counts));
	struct entry_reader reader = timeline_read(timeline, 0, timeline->n_states);
	struct timeline_entry entry;
	while (entry_read(&reader, &entry)) {
		series->counts[entry.charge]++;
	}
}

static void series_free(struct series *series)
{
	free(series->counts);
	free(series->changes);
	free(series->first);
}

// Puts the changes of the charges from `begin` up to `end` side by side.
static void series_fill(struct series *series)
{
	// Of a charge; filled, it is where those of the one after it begin.
	uint32_t *next = series->first + 1;
	for (size_t k = 0; k < series->timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(series->timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			if (entry.charge < series->begin || entry.charge >= series->end ||
			    room_of(series, entry.charge) == 0) {
				continue;
			}
			series->changes[next[entry.charge - series->begin]++] =
				(struct change){ series->timeline->states[k].time, entry.live_bytes,
						 entry.total_blocks };
		}
	}
}

// Goes on to the next charges. False: there are none.
static bool series_advance(struct series *series)
{
	size_t most = series->timeline->entries.n / 4;
	size_t n = 0, charge = series->end;
	most = most < SERIES_MIN ? SERIES_MIN : most < SERIES_MAX ? most : SERIES_MAX;
	series->begin = series->end;
	while (charge < series->n_charges && n + room_of(series, charge) <= most) {
		n += room_of(series, charge++);
	}
	// One charge may have more than that.
	if (charge == series->begin && charge < series->n_charges) {
		n += room_of(series, charge++);
	}
	series->end = charge;
	if (series->end == series->begin) {
		return false;
	}
	free(series->changes);
	free(series->first);
	series->changes = xcalloc(n, sizeof(*series->changes));
	series->first = xcalloc(series->end - series->begin + 2, sizeof(*series->first));
	uint32_t at = 0;
	for (size_t i = series->begin; i < series->end; i++) {
		series->first[i - series->begin + 1] = at;
		at += (uint32_t)room_of(series, i);
	}
	series_fill(series);
	return true;
}

// The number of changes up to the last allocation.
static size_t allocating(const struct change *changes, size_t n)
{
	while (n > 1 && changes[n - 1].total_blocks == changes[n - 2].total_blocks) {
		n--;
	}
	return n;
}

static void windows_fill(uint64_t least[GROWTH_WINDOWS], const struct change *changes, size_t n)
{
	uint64_t since = changes[0].time, length = changes[n - 1].time - since;
	uint64_t level = changes[0].live_bytes;
	size_t i = 1;
	for (unsigned window = 0; window < GROWTH_WINDOWS; window++) {
		double end = (double)length * (window + 1) / GROWTH_WINDOWS;
		bool has_change = i < n && (double)(changes[i].time - since) < end;
		least[window] = has_change ? UINT64_MAX : level;
		for (; i < n && (double)(changes[i].time - since) < end; i++) {
			level = changes[i].live_bytes;
			least[window] = level < least[window] ? level : least[window];
		}
	}
}

// The variance of Mann's and Kendall's sum for `n` values, without what equal values take from it.
static double variance(double n)
{
	return n * (n - 1) * (2 * n + 5) / 18;
}

// How sure it is that the values rise: the probability that values in no order would rise less.
static double confidence(const uint64_t *values, unsigned n)
{
	double sum = 0, ties = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned n_equal = 1;
		bool is_first = true;
		for (unsigned k = 0; k < i; k++) {
			sum += (values[i] > values[k]) - (values[i] < values[k]);
			is_first &= values[k] != values[i];
		}
		for (unsigned k = i + 1; k < n; k++) {
			n_equal += values[k] == values[i];
		}
		ties += is_first ? variance(n_equal) : 0;
	}
	if (sum <= 1) {
		return 0;
	}
	return 1 - erfc((sum - 1) / sqrt(variance(n) - ties) / sqrt(2)) / 2;
}

static int compare_doubles(const void *a, const void *b)
{
	const double *one = a, *two = b;
	return (*one > *two) - (*one < *two);
}

// The median of the slopes between any two windows, in bytes per window.
static double median_slope(const uint64_t values[GROWTH_WINDOWS])
{
	double slopes[N_PAIRS];
	size_t n = 0;
	for (unsigned i = 0; i < GROWTH_WINDOWS; i++) {
		for (unsigned k = 0; k < i; k++) {
			slopes[n++] = ((double)values[i] - (double)values[k]) / (i - k);
		}
	}
	qsort(slopes, n, sizeof(*slopes), compare_doubles);
	return (slopes[n / 2] + slopes[(n - 1) / 2]) / 2;
}

// How many of the last `n` windows are above the one before.
static unsigned rises(const uint64_t values[GROWTH_WINDOWS], unsigned n)
{
	unsigned n_rises = 0;
	for (unsigned i = GROWTH_WINDOWS - n; i < GROWTH_WINDOWS; i++) {
		n_rises += values[i] > values[i - 1];
	}
	return n_rises;
}

// Whether the second half rises by less than two thirds of what the first one did.
static bool is_slowing(const uint64_t values[GROWTH_WINDOWS])
{
	double first = (double)values[HALF - 1] - (double)values[0];
	double second = (double)values[GROWTH_WINDOWS - 1] - (double)values[HALF - 1];
	return second * 3 < first * 2;
}

static bool goes_on(const uint64_t values[GROWTH_WINDOWS])
{
	const double end = (double)values[GROWTH_WINDOWS - 1];
	const double knee = (double)values[GROWTH_WINDOWS - 1 - QUARTER];
	// What a straight line would rise by in a quarter, and what the last two have.
	double line = (end - (double)values[0]) * QUARTER / (GROWTH_WINDOWS - 1);
	double last = end - knee, before = knee - (double)values[GROWTH_WINDOWS - 1 - HALF];
	bool is_filling = last * SLOWING_LATE < line && last * 2 < before;
	return rises(values, HALF) >= HALF_RISES_LEAST &&
	       rises(values, QUARTER) >= QUARTER_RISES_LEAST && last * SLOWING_MOST >= line &&
	       !is_filling;
}

// Whether the charge with these changes grows; fills in all but the charge.
static bool judge(struct growth *growth, const struct change *changes, size_t n, uint64_t begin,
		  uint64_t end)
{
	n = allocating(changes, n);
	if (n < CHANGES_LEAST) {
		return false;
	}
	uint64_t since = changes[0].time, until = changes[n - 1].time, length = until - since;
	if (length < (end - begin) / 2 || length < (end - since) / 4 * 3 || length == 0) {
		return false;
	}
	uint64_t least[GROWTH_WINDOWS];
	windows_fill(least, changes, n);
	double all = confidence(least, GROWTH_WINDOWS);
	double half = confidence(least + HALF, GROWTH_WINDOWS - HALF);
	growth->confidence = all < half ? all : half;
	if (growth->confidence < GROWTH_CONFIDENCE_LEAST ||
	    (half < GROWTH_CONFIDENCE_SLOWING && is_slowing(least)) || !goes_on(least)) {
		return false;
	}
	growth->since = since;
	growth->until = until;
	growth->slope = median_slope(least) * GROWTH_WINDOWS * 1e6 / (double)length;
	return growth->slope > 0;
}

static int compare_slopes(const void *a, const void *b)
{
	const struct growth *one = a, *two = b;
	if (one->slope != two->slope) {
		return one->slope < two->slope ? 1 : -1;
	}
	return (one->charge > two->charge) - (one->charge < two->charge);
}

bool growth_can_tell(const struct timeline *timeline)
{
	return timeline->n_states >= CHANGES_LEAST;
}

struct growth *growth_find(const struct timeline *timeline, size_t n_charges, size_t *n)
{
	struct growth *found = NULL, growth;
	size_t room = 0;
	*n = 0;
	if (!growth_can_tell(timeline)) {
		return NULL;
	}
	uint64_t begin = timeline->states[0].time;
	uint64_t end = timeline->states[timeline->n_states - 1].time;
	struct series series;
	series_init(&series, timeline, n_charges);
	while (series_advance(&series)) {
		for (size_t i = series.begin; i < series.end; i++) {
			size_t n_changes = room_of(&series, i);
			const struct change *changes =
				&series.changes[series.first[i - series.begin]];
			if (n_changes == 0 || !judge(&growth, changes, n_changes, begin, end)) {
				continue;
			}
			if (*n == room) {
				room = grown_capacity(*n, 0);
				found = xrealloc(found, room, sizeof(*found));
			}
			growth.charge = (uint32_t)i;
			found[(*n)++] = growth;
		}
	}
	series_free(&series);
	if (*n != 0) {
		qsort(found, *n, sizeof(*found), compare_slopes);
	}
	return found;
}
