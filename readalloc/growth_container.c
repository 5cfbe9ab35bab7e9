// SPDX-License-Identifier: GPL-3.0-or-later
// Growth in ever larger and ever rarer steps, as that of a container which doubles its block when it is full; see growth.h.
#include "growth_container.h"

#include <math.h>

#include "growth.h"
#include "growth_windows.h"

enum {
	STEPS_MAX = 256, // more than there are states
	LATE_TIMES =
		2, // the last step is one to this size at most, and so are the last of the three
	EARLY_TIMES = 8,  // three of them
	RATIO_MOST = 2,   // of a step, as far as the next one is waited for
	AT_ONCE_MOST = 8, // containers that one stack fills side by side
};

// What a container's size is to the time since it was made, as a power of it: 1 where elements come at one pace.
#define POWER_LEAST 0.75
#define POWER_MOST  3.0
#define LATE_SHARE  1.05 // of the time until the next step
#define RATIO_LEAST 1.05 // of a step

// A step, or the size at the beginning.
struct step {
	double time; // microseconds
	double bytes;
};

// The last one first, the beginning last.
struct steps {
	struct step list[STEPS_MAX];
	size_t n;
	const struct growth_change *first; // the beginning
};

// The number of changes up to the last step. The block that a step replaces may be freed in a later state, and all in the same.
static size_t up_to_last_step(const struct growth_change *changes, size_t n, size_t n_allocating)
{
	const struct growth_change *next = &changes[n_allocating];
	if (next[-1].live_blocks == 0) {
		return n_allocating - 1;
	}
	bool is_under_way = n_allocating < n && next->live_blocks == next[-2].live_blocks &&
			    next->live_blocks < next[-1].live_blocks;
	return n_allocating + is_under_way;
}

// The steps in reverse: goes back as long as there were no more bytes the further back, no more blocks, and nothing was freed
// before more was there. Where the block that a step replaces is not freed yet there is a block too many: that is left out.
static void steps_find(struct steps *steps, const struct growth_change *changes, size_t n)
{
	const struct growth_change *first = &changes[n - 1];
	steps->n = 0;
	for (size_t i = n; i-- > 0 && steps->n < STEPS_MAX;) {
		const struct growth_change *change = &changes[i];
		if (change->live_blocks > first->live_blocks) {
			continue;
		}
		if (change->live_blocks == 0 || change->live_bytes > first->live_bytes ||
		    (change != first && first->least_bytes < change->live_bytes)) {
			break;
		}
		if (steps->n > 0 && change->live_bytes == first->live_bytes) {
			steps->n--; // it had come to that earlier
		}
		steps->list[steps->n++] =
			(struct step){ (double)change->time, (double)change->live_bytes };
		first = change;
	}
	steps->first = first;
}

static double time_of(const struct steps *steps, size_t i)
{
	return steps->list[i].time - steps->list[steps->n - 1].time;
}

// The power of time that the size has followed since it was `times` as small or less. False: it never was that small.
static bool power_since(const struct steps *steps, double times, double *power)
{
	const struct step *last = &steps->list[0];
	for (size_t i = 1; i + 1 < steps->n; i++) {
		const struct step *step = &steps->list[i];
		if (step->bytes * times <= last->bytes) {
			*power = log(last->bytes / step->bytes) /
				 log(time_of(steps, 0) / time_of(steps, i));
			return true;
		}
	}
	return false;
}

// Whether the next step, as the last one was, is not overdue at `end`, microseconds since the beginning.
static bool is_under_way(const struct steps *steps, double end)
{
	double ratio = steps->list[0].bytes / steps->list[1].bytes;
	ratio = ratio < RATIO_MOST ? ratio : RATIO_MOST;
	return end <= time_of(steps, 0) * pow(ratio, 1 / POWER_LEAST) * LATE_SHARE;
}

// The probability that sizes in no order would not all rise.
static double confidence(size_t n)
{
	double orders = 1;
	for (size_t i = 2; i <= n; i++) {
		orders *= (double)i;
	}
	return 1 - 1 / orders;
}

bool growth_container_judge(struct growth *growth, const struct growth_change *changes, size_t n,
			    size_t n_allocating, uint64_t begin, uint64_t end)
{
	if (n_allocating <= GROWTH_STEPS_LEAST) {
		return false;
	}
	n = up_to_last_step(changes, n, n_allocating);
	struct steps steps;
	steps_find(&steps, changes, n);
	if (steps.n <= GROWTH_STEPS_LEAST) {
		return false;
	}
	uint64_t since = steps.first->time, length = end - since;
	double late, early;
	if (length < (end - begin) / 2 || length < GROWTH_STEPS_TIME_LEAST ||
	    !is_under_way(&steps, (double)length) || !power_since(&steps, LATE_TIMES, &late) ||
	    !power_since(&steps, EARLY_TIMES, &early) || late < POWER_LEAST ||
	    early < POWER_LEAST || early > POWER_MOST) {
		return false;
	}
	double from = (double)steps.first->live_bytes, to = steps.list[0].bytes;
	double n_blocks = (double)(changes[n - 1].total_blocks - steps.first->total_blocks);
	if (n_blocks > AT_ONCE_MOST * log(to / from) / log(RATIO_LEAST)) {
		return false;
	}
	*growth = (struct growth){
		.slope = (to - from) * 1e6 / (double)length,
		.confidence = confidence(steps.n),
		.since = since,
		.until = end,
		.steps = n_blocks,
		.from_bytes = from,
		.to_bytes = to,
	};
	return true;
}
