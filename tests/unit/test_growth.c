// SPDX-License-Identifier: GPL-3.0-or-later
// Steady growth is seen through churn and across the end of a program; what levels off, or goes up and down, is no growth.
#include "growth.h"

#include <stdlib.h>

#include "check.h"
#include "timeline.h"

enum { N_STATES = 100, STEP = 10000 }; // microseconds

// Live bytes of the one charge at a state, and the blocks allocated so far.
typedef uint64_t shape(unsigned k);

// What the charge has at each state.
static struct growth *judge_entries(const struct timeline_entry entries[N_STATES],
				    struct growth *growth)
{
	struct timeline timeline = { .n_states = N_STATES };
	struct timeline_state states[N_STATES];
	for (unsigned k = 0; k < N_STATES; k++) {
		entry_list_add(&timeline.entries, &entries[k]);
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

static struct growth *judge(shape *live, shape *blocks, struct growth *growth)
{
	struct timeline_entry entries[N_STATES] = { 0 };
	for (unsigned k = 0; k < N_STATES; k++) {
		entries[k].charge = 1;
		entries[k].live_bytes = live(k);
		entries[k].total_blocks = blocks(k);
	}
	return judge_entries(entries, growth);
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

static uint64_t filled_to_86(unsigned k)
{
	return filled(k, 0.02);
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

// Blocks that come by chance and stay by chance, `stay` states in the mean, from when there is none.
struct sessions {
	unsigned come, stay; // at each state so many come in the mean
	unsigned leak;       // at each state so many more come, and stay
	bool is_uneven;      // from none to twice as many come, each number as often
};

static uint64_t chance(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (*seed >> 33) % n;
}

static uint64_t come_by_chance(uint64_t *seed, const struct sessions *sessions)
{
	uint64_t n = 0;
	if (sessions->is_uneven) {
		return chance(seed, 2 * sessions->come + 1);
	}
	for (unsigned i = 0; i < 4 * sessions->come; i++) {
		n += chance(seed, 4) == 0;
	}
	return n;
}

static bool sessions_grow(const struct sessions *sessions, unsigned number)
{
	struct timeline_entry entries[N_STATES] = { 0 };
	uint64_t seed = number * 2654435761u + 1, n = 0, n_leaked = 0, n_all = 0;
	for (unsigned k = 0; k < N_STATES; k++) {
		uint64_t n_before = n, come = come_by_chance(&seed, sessions);
		for (uint64_t i = 0; i < n_before; i++) {
			n -= chance(&seed, sessions->stay) == 0;
		}
		n += come;
		n_leaked += sessions->leak;
		n_all += come + sessions->leak;
		entries[k] = (struct timeline_entry){ .charge = 1,
						      .live_bytes = (n + n_leaked) * 100,
						      .live_blocks = n + n_leaked,
						      .total_bytes = n_all * 100,
						      .total_blocks = n_all };
	}
	struct growth growth;
	return judge_entries(entries, &growth) != NULL;
}

static void chance_seldom_looks_like_growth(void)
{
	enum { N_SEEDS = 200 };
	static const struct {
		struct sessions sessions;
		unsigned least, most; // of the seeds
	} rows[] = {
		{ { 30, 5, 0, false }, 0, 4 },
		{ { 30, 20, 0, true }, 0, 4 },
		{ { 30, 33, 0, false }, 0, 4 },
		{ { 30, 50, 0, false }, 0, 4 },
		{ { 200, 33, 0, false }, 0, 4 },
		{ { 200, 50, 0, false }, 0, 4 },
		{ { 30, 5, 5, false }, 196, N_SEEDS },
		{ { 30, 33, 40, false }, 196, N_SEEDS },
		{ { 200, 33, 100, false }, 196, N_SEEDS },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n = 0;
		for (unsigned number = 0; number < N_SEEDS; number++) {
			n += sessions_grow(&rows[i].sessions, number);
		}
		CHECK(n >= rows[i].least && n <= rows[i].most);
		if (n < rows[i].least || n > rows[i].most) {
			fprintf(stderr, "row %zu: %u of %u\n", i, n, (unsigned)N_SEEDS);
		}
	}
}

// A buffer that is freed and made again, ever larger, is no growth: nothing is kept. It is there at the end of each state.
static void what_is_not_kept_does_not_grow(void)
{
	struct timeline_entry entries[N_STATES] = { 0 };
	struct growth growth;
	for (unsigned is_kept = 0; is_kept < 2; is_kept++) {
		for (unsigned k = 0; k < N_STATES; k++) {
			entries[k] = (struct timeline_entry){ .charge = 1,
							      .live_bytes = line(k),
							      .live_blocks = 1,
							      .total_blocks = k + 1,
							      .dip_bytes = is_kept ? 0 : line(k) };
		}
		CHECK_EQ(judge_entries(entries, &growth) != NULL, is_kept);
	}
}

// A container in a run of N_LONG states, with elements of a byte: how many it has at state k.
enum { N_LONG = 120 };

static double steadily(double k)
{
	return k * 1000;
}

static double faster(double k)
{
	return k * k * 10;
}

static double filled_at_start(double k)
{
	return k < 40 ? k * 1000 : 40000;
}

static double filled_at_once_late(double k)
{
	return k < 100 ? 10 : 100000;
}

static double bounded_cache(double k)
{
	double missing = 1;
	for (unsigned i = 0; i < (unsigned)k; i++) {
		missing *= 0.97;
	}
	return 66000 * (1 - missing);
}

// What the largest of so many messages needs.
static double largest_so_far(double k)
{
	double largest = 4000;
	for (unsigned n = 1; n < (unsigned)k; n *= 2) {
		largest *= 1.1;
	}
	return largest;
}

// Its block is replaced by one `ratio` times as large while it is too small. With `is_emptied` it is made anew at each tenth
// state; in state `copied` the old block is still there in the end.
struct container {
	double (*elements)(double k);
	double ratio;
	bool is_emptied;
	unsigned copied;
	bool is_freed;    // in the last state
	unsigned n_short; // blocks of the same stack that come and go in each state
};

static bool container_grows(const struct container *container, struct growth *growth)
{
	struct timeline timeline = { .n_states = 0 };
	struct timeline_state states[N_LONG];
	double room = 16;
	uint64_t n_blocks = 1, before = 0;
	for (unsigned k = 0; k < N_LONG; k++) {
		uint64_t n_before = n_blocks, old = (uint64_t)room;
		while (room < container->elements(k)) {
			room *= container->ratio;
			n_blocks++;
		}
		bool is_emptied = container->is_emptied && k % 10 == 9;
		struct timeline_entry entry = { .charge = 1,
						.live_bytes = (uint64_t)room,
						.live_blocks = 1,
						.total_blocks =
							n_blocks + (uint64_t)k * container->n_short,
						.dip_bytes = is_emptied ? (uint64_t)room : 0 };
		// Something else happens in every state.
		struct timeline_entry other = { .charge = 2, .live_blocks = 1, .total_blocks = 1 };
		if (container->copied != 0 && k == container->copied) {
			entry.live_bytes += old;
			entry.live_blocks++;
			before = UINT64_MAX;
		}
		bool is_freed = container->is_freed && k == N_LONG - 1;
		if (is_freed) {
			entry.live_bytes = entry.live_blocks = 0;
		}
		if (k == 0 || n_blocks != n_before || is_emptied || is_freed ||
		    before == UINT64_MAX) {
			entry_list_add(&timeline.entries, &entry);
			before = k == container->copied ? before : 0;
		}
		entry_list_add(&timeline.entries, &other);
		states[timeline.n_states++] =
			(struct timeline_state){ (uint64_t)k * STEP,
						 entry_list_end(&timeline.entries) };
	}
	timeline.states = states;
	size_t n;
	struct growth *found = growth_find(&timeline, 3, &n);
	entry_list_free(&timeline.entries);
	CHECK(n <= 1);
	*growth = n == 0 ? (struct growth){ 0 } : found[0];
	free(found);
	return n == 1;
}

static void containers_grow_in_steps(void)
{
	static const struct {
		struct container container;
		bool grows;
	} rows[] = {
		{ { steadily, 2, false, 0, false, 0 }, true },
		{ { steadily, 2, false, 66, false, 0 }, true }, // where it steps to 131072
		{ { steadily, 2, false, 0, true, 0 }, true },
		{ { steadily, 1.5, false, 0, false, 0 }, true },
		{ { steadily, 1.125, false, 0, false, 0 }, true },
		{ { faster, 2, false, 0, false, 0 }, true },
		{ { steadily, 2, true, 0, false, 0 }, false },
		{ { filled_at_start, 2, false, 0, false, 0 }, false },
		{ { filled_at_start, 1.125, false, 0, false, 0 }, false },
		{ { filled_at_once_late, 2, false, 0, false, 0 }, false },
		{ { bounded_cache, 2, false, 0, false, 0 }, false },
		{ { bounded_cache, 1.5, false, 0, false, 0 }, false },
		{ { largest_so_far, 1.02, false, 0, false, 0 }, false },
		{ { steadily, 2, false, 0, false, 5 }, true },
		{ { steadily, 2, false, 0, false, 50 }, false },
	};
	struct growth growth;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool grows = container_grows(&rows[i].container, &growth);
		CHECK_EQ(grows, rows[i].grows);
		if (grows != rows[i].grows) {
			fprintf(stderr, "container %zu\n", i);
		}
	}
	if (container_grows(&rows[0].container, &growth)) {
		CHECK(growth.steps == 13 && growth.from_bytes == 16 && growth.to_bytes == 131072);
		CHECK(growth.confidence >= GROWTH_CONFIDENCE_LEAST);
		CHECK(growth_bytes(&growth) > 131000 && growth_bytes(&growth) < 131073);
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
		start_up,       full_at_70,   full_at_75,   full_at_70_below_churn,
		filled_to_86,   filled_to_95, filled_to_98, saw,
		long_saw,       falling,      one_step,     doubled,
		level_by_chance
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
	what_is_not_kept_does_not_grow();
	containers_grow_in_steps();
	return check_result();
}
