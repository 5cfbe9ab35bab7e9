// SPDX-License-Identifier: GPL-3.0-or-later
// Growth as the least live bytes of equal windows tell it; see growth.h.
#include "growth_windows.h"

#include <math.h>
#include <stdlib.h>

#include "growth.h"
#include "growth_shape.h"

enum {
	HALF = GROWTH_WINDOWS / 2,
	QUARTER = GROWTH_WINDOWS / 4,
	HALF_RISES_LEAST = 3,
	QUARTER_RISES_LEAST = 2,
	SLOWING_MOST = 8, // times, in the last quarter
	SLOWING_LATE =
		4, // times, in the last quarter, where it has still halved from the quarter before
	N_PAIRS = GROWTH_WINDOWS * (GROWTH_WINDOWS - 1) / 2,
};

// Of the first half's rise: what is below rises ever more slowly, so slowly that it must do so all the time; or may fill up.
#define SLOWING_SHARE (2 / 3.)
#define FILLING_SHARE 0.8
#define CHANCE_ERRORS 2.5 // standard ones
// A mean number is near that is below 4/3 of the present one.
#define NEAR_LESS 3
#define NEAR_MORE 4

// What the windows have.
struct windows {
	uint64_t least[GROWTH_WINDOWS]; // live bytes
	struct growth_change middle;    // as at the end of the first half
	double gone;                    // blocks, in the second half
};

// The number of changes up to the last allocation.
size_t growth_allocating(const struct growth_change *changes, size_t n)
{
	while (n > 1 && changes[n - 1].total_blocks == changes[n - 2].total_blocks) {
		n--;
	}
	return n;
}

// The blocks that have gone.
static double gone_between(const struct growth_change *from, const struct growth_change *to)
{
	return (double)(to->total_blocks - from->total_blocks) -
	       ((double)to->live_blocks - (double)from->live_blocks);
}

static void windows_fill(struct windows *windows, const struct growth_change *changes, size_t n)
{
	uint64_t since = changes[0].time, length = changes[n - 1].time - since;
	uint64_t level = changes[0].live_bytes;
	uint64_t *least = windows->least;
	size_t i = 1;
	for (unsigned window = 0; window < GROWTH_WINDOWS; window++) {
		double end = (double)length * (window + 1) / GROWTH_WINDOWS;
		bool has_change = i < n && (double)(changes[i].time - since) < end;
		least[window] = has_change ? UINT64_MAX : level;
		for (; i < n && (double)(changes[i].time - since) < end; i++) {
			uint64_t bytes = changes[i].least_bytes;
			level = changes[i].live_bytes;
			least[window] = bytes < least[window] ? bytes : least[window];
		}
		if (window == HALF - 1) {
			windows->middle = changes[i - 1];
			windows->gone = gone_between(&windows->middle, &changes[n - 1]);
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

// Whether the second half rises by less than `share` of what the first one did.
static bool is_slowing(const uint64_t values[GROWTH_WINDOWS], double share)
{
	double first = (double)values[HALF - 1] - (double)values[0];
	double second = (double)values[GROWTH_WINDOWS - 1] - (double)values[HALF - 1];
	return second < first * share;
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

// The mean size of what was live at the end of the first half.
static double size_of(const struct windows *windows)
{
	const struct growth_change *middle = &windows->middle;
	return middle->live_blocks == 0
		       ? 0
		       : (double)windows->least[HALF - 1] / (double)middle->live_blocks;
}

// The bytes that a number of blocks which come and go at random may differ by from one half's end to the other's: n blocks by
// sqrt(2 n), or by less if fewer of them have gone since.
static double chance_bytes(const struct windows *windows)
{
	double n = (double)windows->middle.live_blocks;
	n = windows->gone < n ? windows->gone : n;
	return n > 0 ? CHANCE_ERRORS * sqrt(2 * n) * size_of(windows) : 0;
}

static double second_rise(const struct windows *windows)
{
	return (double)windows->least[GROWTH_WINDOWS - 1] - (double)windows->least[HALF - 1];
}

// Whether the second half's rise can be chance.
static bool is_chance(const struct windows *windows, const struct growth_change *last)
{
	return last->live_blocks > windows->middle.live_blocks &&
	       second_rise(windows) < chance_bytes(windows);
}

// Whether the second half rises as blocks do that come at the pace they came at then, and go at one pace all the time: towards
// a number of blocks that is near.
static bool is_coming_to_mean(const struct windows *windows, const struct growth_change *changes,
			      size_t n)
{
	const struct growth_change *first = &changes[0], *last = &changes[n - 1];
	const struct growth_change *middle = &windows->middle;
	double time = (double)(last->time - middle->time), block_time = 0;
	for (size_t i = 1; i < n; i++) {
		block_time += (double)changes[i - 1].live_blocks *
			      (double)(changes[i].time - changes[i - 1].time);
	}
	double gone = gone_between(first, last);
	if (gone <= 0 || block_time <= 0 || time <= 0) {
		return false;
	}
	double pace = gone / block_time;
	double mean = (double)(last->total_blocks - middle->total_blocks) / time / pace;
	double rise = (mean - (double)middle->live_blocks) * (1 - exp(-pace * time));
	return mean * NEAR_LESS < (double)last->live_blocks * NEAR_MORE &&
	       second_rise(windows) < rise * size_of(windows) + chance_bytes(windows);
}

bool growth_windows_judge(struct growth *growth, const struct growth_change *changes, size_t n,
			  uint64_t begin, uint64_t end)
{
	if (n < GROWTH_CHANGES_LEAST) {
		return false;
	}
	uint64_t since = changes[0].time, until = changes[n - 1].time, length = until - since;
	if (length < (end - begin) / 2 || length < (end - since) / 4 * 3 || length == 0) {
		return false;
	}
	struct windows windows;
	windows_fill(&windows, changes, n);
	const uint64_t *least = windows.least;
	double all = confidence(least, GROWTH_WINDOWS);
	double half = confidence(least + HALF, GROWTH_WINDOWS - HALF);
	growth->confidence = all < half ? all : half;
	if (growth->confidence < GROWTH_CONFIDENCE_LEAST || !goes_on(least) ||
	    is_chance(&windows, &changes[n - 1])) {
		return false;
	}
	if (is_slowing(least, SLOWING_SHARE) && half < GROWTH_CONFIDENCE_SLOWING) {
		return false;
	}
	if (is_slowing(least, FILLING_SHARE) && (is_coming_to_mean(&windows, changes, n) ||
						 growth_shape_fills_up(least, GROWTH_WINDOWS))) {
		return false;
	}
	growth->steps = 0;
	growth->since = since;
	growth->until = until;
	growth->slope = median_slope(least) * GROWTH_WINDOWS * 1e6 / (double)length;
	return growth->slope > 0;
}
