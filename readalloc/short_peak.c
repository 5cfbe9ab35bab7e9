// SPDX-License-Identifier: GPL-3.0-or-later
// A peak that stands out: whether the heap is that full for a short time alone, and what is more in it than usual.
#include "short_peak.h"

#include <stddef.h>
#include <stdlib.h>

#include "census.h"
#include "sampling.h"
#include "snapshot.h"
#include "timeline.h"
#include "util.h"

// The shares of the time and of the changes that are short: each of them, or the less and the greater one of what comes once.
#define SHORT_SHARE     0.1
#define ONCE_LESS_SHARE 0.2
#define ONCE_MORE_SHARE 0.67

static uint64_t line_of(const struct snapshot *snapshot)
{
	uint64_t peak = snapshot->total.column[COST_peak_bytes];
	return peak - peak / 3;
}

// The share of the time in which the heap had `bytes` or more.
static double time_above(const struct timeline *timeline, uint64_t bytes)
{
	uint64_t above = 0, all = 0;
	for (size_t i = 1; i < timeline->n_points; i++) {
		uint64_t time = timeline->points[i].time - timeline->points[i - 1].time;
		above += timeline->points[i - 1].bytes >= bytes ? time : 0;
		all += time;
	}
	return all == 0 ? 1 : (double)above / (double)all;
}

// Whether the heap came to have `bytes` or more only once, as far as the timeline's steps tell.
static bool is_once(const struct timeline *timeline, uint64_t bytes)
{
	size_t n = 0;
	bool is_above = false;
	for (size_t i = 0; i < timeline->n_points; i++) {
		n += !is_above && timeline->points[i].most_bytes >= bytes;
		is_above = timeline->points[i].bytes >= bytes;
	}
	return n == 1;
}

// Whether it has less in the end.
static bool has_gone(const struct timeline *timeline, uint64_t bytes)
{
	return timeline->n_points != 0 && timeline->points[timeline->n_points - 1].bytes < bytes;
}

bool short_peak_is(const struct snapshot *snapshot)
{
	uint64_t line = line_of(snapshot);
	double excess = (double)(snapshot->total.column[COST_peak_bytes] - line);
	// It is to be more than what noise can hide.
	if (excess == 0 || excess < 2 * sampling_sure_bytes(snapshot) ||
	    !has_gone(snapshot->timeline, line)) {
		return false;
	}
	double time = time_above(snapshot->timeline, line);
	double changes = census_share_above(snapshot->census, line);
	double less = time < changes ? time : changes, more = time < changes ? changes : time;
	return more < SHORT_SHARE || (less < ONCE_LESS_SHARE && more < ONCE_MORE_SHARE &&
				      is_once(snapshot->timeline, line));
}

// The live bytes of all charges at the end of each state. The caller frees.
static double *state_sums(const struct snapshot *snapshot)
{
	const struct timeline *timeline = snapshot->timeline;
	double *sums = xcalloc(timeline->n_states + 1, sizeof(*sums)), sum = 0;
	uint64_t *live = xcalloc(snapshot->n_charges + 1, sizeof(*live));
	for (size_t k = 0; k < timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			sum += (double)entry.live_bytes - (double)live[entry.charge];
			live[entry.charge] = entry.live_bytes;
		}
		sums[k] = sum;
	}
	free(live);
	return sums;
}

// How long each state holds, 0 where the heap stands out. The last one's end is not known. The caller frees.
static double *state_times(const struct snapshot *snapshot)
{
	const struct timeline *timeline = snapshot->timeline;
	double line = (double)line_of(snapshot), *sums = state_sums(snapshot);
	double *times = xcalloc(timeline->n_states + 1, sizeof(*times));
	for (size_t k = 0; k + 1 < timeline->n_states; k++) {
		uint64_t time = timeline->states[k + 1].time - timeline->states[k].time;
		times[k] = sums[k] < line ? (double)time : 0;
	}
	free(sums);
	return times;
}

// The live bytes of each charge, in the mean over the time in which the heap does not stand out. The caller frees.
static double *means(const struct snapshot *snapshot)
{
	const struct timeline *timeline = snapshot->timeline;
	double *products = xcalloc(snapshot->n_charges + 1, sizeof(*products));
	uint64_t *live = xcalloc(snapshot->n_charges + 1, sizeof(*live));
	double *times = state_times(snapshot), all = 0;
	for (size_t k = 0; k < timeline->n_states; k++) {
		all += times[k];
	}
	double rest = all; // from state k on
	for (size_t k = 0; k < timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			double more = (double)entry.live_bytes - (double)live[entry.charge];
			products[entry.charge] += more * rest;
			live[entry.charge] = entry.live_bytes;
		}
		rest -= times[k];
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		products[i] = all > 0 && products[i] > 0 ? products[i] / all : 0;
	}
	free(times);
	free(live);
	return products;
}

uint64_t *short_peak_excess(const struct snapshot *snapshot)
{
	uint64_t *excess = xcalloc(snapshot->n_charges + 1, sizeof(*excess));
	double *usual = means(snapshot);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		double more = (double)snapshot->charges[i].cost.column[COST_peak_bytes] - usual[i];
		excess[i] = more > 0 ? (uint64_t)more : 0;
	}
	free(usual);
	return excess;
}
