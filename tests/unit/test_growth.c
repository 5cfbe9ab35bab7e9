// SPDX-License-Identifier: GPL-3.0-or-later
// Steady growth is seen through churn and across the end of a program; what levels off, or goes up and down, is no growth.
#include "growth.h"

#include <stdlib.h>

#include "check.h"
#include "timeline.h"

enum { N_STATES = 100, STEP = 10000 }; // microseconds

// Live bytes of the one charge at a state, and the blocks allocated so far.
typedef uint64_t shape(unsigned k);

static struct growth *judge(shape *live, shape *blocks, struct growth *growth)
{
	struct timeline timeline = { .n_states = N_STATES };
	struct timeline_state states[N_STATES];
	for (unsigned k = 0; k < N_STATES; k++) {
		struct timeline_entry entry = { .charge = 1,
						.live_bytes = live(k),
						.total_blocks = blocks(k) };
		entry_list_add(&timeline.entries, &entry);
		states[k] = (struct timeline_state){ (uint64_t)k * STEP,
						     entry_list_end(&timeline.entries) };
	}
	timeline.states = states;
	size_t n;
	struct growth *found = growth_find(&timeline, 3, &n);
	entry_list_free(&timeline.entries);
	CHECK(n <= 1);
	if (n == 0) {
		CHECK(found == NULL);
		return NULL;
	}
	*growth = found[0];
	free(found);
	CHECK_EQ(growth->charge, 1);
	return growth;
}

static uint64_t always(unsigned k)
{
	return k + 1;
}

static uint64_t line(unsigned k)
{
	return 100u * k;
}

static uint64_t line_below_saw(unsigned k)
{
	return 100u * k + k % 5 * 5000;
}

static uint64_t line_until_exit(unsigned k)
{
	return k < 96 ? 100u * k : 0;
}

static uint64_t allocations_until_exit(unsigned k)
{
	return k < 96 ? k : 96;
}

static uint64_t late_line(unsigned k)
{
	return k < 30 ? 0 : 100u * (k - 30);
}

static uint64_t root(unsigned k)
{
	uint64_t n = 0;
	while (n * n < k * 10000u) {
		n++;
	}
	return n;
}

static uint64_t slowing(unsigned k)
{
	return k < 60 ? 400u * k : 24000 + 100u * (k - 60);
}

static uint64_t start_up(unsigned k)
{
	return k < 10 ? 100u * k : 1000;
}

static uint64_t full_at_70(unsigned k)
{
	return k < 70 ? 100u * k : 7000;
}

static uint64_t full_at_75(unsigned k)
{
	return k < 75 ? 100u * k : 7500;
}

static uint64_t full_at_70_below_churn(unsigned k)
{
	return full_at_70(k) + k % 3 * 100;
}

// A cache of keys that come at random: what is missing from it shrinks by a share at each step.
static uint64_t filled(unsigned k, double share)
{
	double missing = 20000;
	for (unsigned i = 0; i < k; i++) {
		missing *= 1 - share;
	}
	return 20000 - (uint64_t)missing;
}

static uint64_t filled_to_95(unsigned k)
{
	return filled(k, 0.031);
}

static uint64_t filled_to_98(unsigned k)
{
	return filled(k, 0.04);
}

// A leak at a tenth of the pace at which the start-up before it allocates, at the same place.
static uint64_t after_start_up(unsigned k)
{
	return k < 25 ? 400u * k : 10000 + 40u * (k - 25);
}

static uint64_t saw(unsigned k)
{
	return k % 12 * 1000;
}

static uint64_t long_saw(unsigned k)
{
	return k % 60 * 1000;
}

static uint64_t falling(unsigned k)
{
	return 100000 - 100u * k;
}

static uint64_t one_step(unsigned k)
{
	return k < 60 ? 1000 : 2000;
}

static uint64_t doubled(unsigned k)
{
	uint64_t room = 1;
	while (room < k) {
		room *= 2;
	}
	return room;
}

static uint64_t level_by_chance(unsigned k)
{
	static uint64_t state;
	state = k == 0 ? 12345 : state * 6364136223846793005u + 1442695040888963407u;
	return 100000 + (state >> 50);
}

// Sessions that come by chance and stay by chance, a fifth of the run in the mean.
static unsigned population_seed;

static uint64_t population(unsigned k)
{
	enum { COMING_MOST = 60, STAY = 20 }; // states
	static uint64_t state, n;
	if (k == 0) {
		state = population_seed * 2654435761u + 1;
		n = 0;
	}
	uint64_t n_before = n;
	for (unsigned i = 0; i < n_before + 1; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		if (i == n_before) {
			n += (state >> 33) % (COMING_MOST + 1);
		} else if ((state >> 33) % STAY == 0) {
			n--;
		}
	}
	return n * 100;
}

static void chance_seldom_looks_like_growth(void)
{
	enum { N_SEEDS = 500 };
	struct growth growth;
	unsigned n = 0;
	for (population_seed = 0; population_seed < N_SEEDS; population_seed++) {
		n += judge(population, always, &growth) != NULL;
	}
	CHECK(n <= N_SEEDS / 50);
	if (n > N_SEEDS / 50) {
		fprintf(stderr, "%u of %u\n", n, (unsigned)N_SEEDS);
	}
}

static uint64_t phase(unsigned k)
{
	return k < 40 ? 100u * k : 4000;
}

static uint64_t allocations_of_phase(unsigned k)
{
	return k < 40 ? k : 40;
}

int main(void)
{
	static const struct {
		shape *live, *blocks;
	} growing[] = {
		{ line, always },
		{ line_below_saw, always },
		{ line_until_exit, allocations_until_exit },
		{ late_line, always },
		{ root, always },
		{ slowing, always },
		{ after_start_up, always },
	};
	static shape *const others[] = {
		start_up,     full_at_70,   full_at_75, full_at_70_below_churn,
		filled_to_95, filled_to_98, saw,        long_saw,
		falling,      one_step,     doubled,    level_by_chance
	};
	struct growth growth;
	for (size_t i = 0; i < sizeof(growing) / sizeof(growing[0]); i++) {
		bool grows = judge(growing[i].live, growing[i].blocks, &growth) != NULL;
		CHECK(grows);
		if (!grows) {
			fprintf(stderr, "growing[%zu]\n", i);
			continue;
		}
		CHECK(growth.confidence >= GROWTH_CONFIDENCE_LEAST && growth.confidence <= 1);
		if (growing[i].live == line || growing[i].live == line_until_exit) {
			// 100 bytes in 10 ms, but for the rounding of windows to states.
			CHECK(growth.slope > 9500 && growth.slope < 10500);
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool grows = judge(others[i], always, &growth) != NULL;
		CHECK(!grows);
		if (grows) {
			fprintf(stderr, "others[%zu]\n", i);
		}
	}
	CHECK(!judge(phase, allocations_of_phase, &growth));
	chance_seldom_looks_like_growth();
	return check_result();
}
