// SPDX-License-Identifier: GPL-3.0-or-later
// Estimates of a sample against what there was: what libdumpalloc/sample.c takes, weighed by readalloc/sampling.c.
#include "sampling.h"

#include <math.h>
#include <stdbool.h>

#include "check.h"
#include "libdumpalloc/sample.h"

enum { RUNS = 200, INTERVAL = 512 << 10, SIZES = 5 };

// What a run allocates: `n` rounds of these, the blocks of the first third of them live on. Small ones by the thousand stand
// beside some about as large as the interval, and larger ones.
static const struct {
	size_t size, times;
} mix[SIZES] = { { 0, 20 }, { 24, 3000 }, { 4000, 40 }, { 400 << 10, 2 }, { 1 << 20, 1 } };

struct sums {
	double bytes, blocks, variance;
};

struct run {
	struct sums live[SIZES], total[SIZES];
};

static void add(struct sums *sums, const struct weight *weight)
{
	sums->bytes += (double)weight->bytes;
	sums->blocks += (double)weight->blocks;
	sums->variance += weight->variance;
}

// One run of a thread that draws by itself.
static struct run run(uint64_t seed, size_t n)
{
	struct run run = { 0 };
	struct sample sample = { 0 };
	uint32_t seq = 0;

	sample_start(INTERVAL, seed);
	for (size_t round = 0; round < n; round++) {
		for (size_t i = 0; i < SIZES; i++) {
			for (size_t k = 0; k < mix[i].times; k++) {
				if (sample_pass(&sample, mix[i].size) ||
				    !sample_take(&sample, mix[i].size))
					continue;
				struct weight weight =
					sampling_weigh(INTERVAL, mix[i].size, seed << 12, ++seq);
				add(&run.total[i], &weight);
				if (round < n / 3)
					add(&run.live[i], &weight);
			}
		}
	}
	return run;
}

struct spread {
	double mean, deviation,
		stated; // of the estimates' bytes; the error that the runs state, in the mean
	double mean_blocks;
};

static struct spread spread_of(const struct sums *sums)
{
	struct spread spread = { 0 };
	double squares = 0, variance = 0;

	for (size_t i = 0; i < RUNS; i++) {
		spread.mean += sums[i].bytes / RUNS;
		spread.mean_blocks += sums[i].blocks / RUNS;
		variance += sums[i].variance / RUNS;
	}
	for (size_t i = 0; i < RUNS; i++)
		squares += (sums[i].bytes - spread.mean) * (sums[i].bytes - spread.mean);
	spread.deviation = sqrt(squares / (RUNS - 1));
	spread.stated = sqrt(variance);
	return spread;
}

// Each size by itself, as a call stack would be: the mean of many runs is what there was, no further off than the mean
// of as many estimates with that error may be; and they are off by as much as they say.
static void check_estimates(const struct sums *sums, size_t i, double n)
{
	struct spread spread = spread_of(sums);
	double bytes = n * (double)(mix[i].size * mix[i].times), blocks = n * (double)mix[i].times;
	double off = 3.5 * spread.stated / sqrt(RUNS);

	CHECK(fabs(spread.mean - bytes) <= off + 1e-6 * bytes);
	// Of one size the blocks are off in the same ratio as the bytes; rounding adds at most a quarter to the variance of each.
	if (mix[i].size != 0)
		CHECK(fabs(spread.mean_blocks - blocks) <=
		      off / (double)mix[i].size + 3.5 * sqrt(0.25 * blocks / RUNS));
	// The deviation of 200 runs is itself within a fifth of the true one, nearly always.
	CHECK(spread.deviation <= 1.25 * spread.stated + 1 &&
	      spread.deviation >= 0.8 * spread.stated - 1);
}

static void estimates_are_unbiased_and_state_their_error(void)
{
	static struct sums live[SIZES][RUNS], total[SIZES][RUNS];
	const size_t n = 60;

	for (size_t i = 0; i < RUNS; i++) {
		struct run one = run(1000 + i, n);
		for (size_t k = 0; k < SIZES; k++) {
			live[k][i] = one.live[k];
			total[k][i] = one.total[k];
		}
	}
	for (size_t k = 0; k < SIZES; k++) {
		check_estimates(live[k], k, (double)(n / 3));
		check_estimates(total[k], k, (double)n);
	}
}

static double relative_error(size_t n, size_t i)
{
	static struct sums sums[RUNS];

	for (size_t k = 0; k < RUNS; k++)
		sums[k] = run(5000 + k, n).total[i];
	struct spread spread = spread_of(sums);
	return spread.deviation / spread.mean;
}

static void the_error_shrinks_with_the_root_of_what_there_is(void)
{
	double of_30 = relative_error(30, 1), of_120 = relative_error(120, 1);

	CHECK(of_30 / of_120 > 1.7 && of_30 / of_120 < 2.35);
}

static void blocks_of_0_bytes_are_blocks(void)
{
	struct weight weight = sampling_weigh(INTERVAL, 0, 0x1000, 7);

	CHECK_EQ(weight.bytes, 0);
	CHECK(weight.blocks >= INTERVAL && weight.blocks <= INTERVAL + 1);
}

static void large_blocks_weigh_what_they_are(void)
{
	for (uint32_t seq = 0; seq < 1000; seq++) {
		struct weight weight = sampling_weigh(INTERVAL, (size_t)INTERVAL * 40, 0x1000, seq);

		CHECK_EQ(weight.bytes, (uint64_t)INTERVAL * 40);
		CHECK_EQ(weight.blocks, 1);
	}
}

static void hostile_sizes_have_weights(void)
{
	CHECK(sampling_weigh(UINT32_MAX, UINT64_MAX, 0x1000, 1).bytes >= (uint64_t)1 << 63);
	CHECK(sampling_weigh(1, UINT64_MAX, 0x1000, 1).blocks <= 2);
}

static void threads_and_processes_draw_other_points(void)
{
	struct sample one = { 0 }, two = { 0 };

	sample_start(INTERVAL, 42);
	sample_take(&one, 1);
	sample_take(&two, 1);
	CHECK(one.random != two.random);
	struct sample again = { 0 };
	sample_start(INTERVAL, 42);
	sample_take(&again, 1);
	CHECK(one.random == again.random && one.left == again.left && one.behind == again.behind);
	struct sample drawn[2] = { { 0 }, { 0 } };
	for (size_t i = 0; i < 2; i++) {
		sample_start(INTERVAL, 0);
		sample_take(&drawn[i], 1);
	}
	CHECK(drawn[0].random != drawn[1].random);
}

// Between two points lies what an exponential distribution says, at each of its parts.
static void distances_are_exponential(void)
{
	enum { DRAWS = 20000, PARTS = 10 };
	const size_t least = 1 << 10;
	struct sample sample = { 0 };
	size_t counts[PARTS] = { 0 };
	double sum = 0;

	sample_start((uint32_t)least, 3);
	sample_take(&sample, SIZE_MAX);
	for (size_t i = 0; i < DRAWS; i++) {
		double distance = (double)(sample.left + sample.behind);
		counts[(size_t)(PARTS * exp(-(distance + 0.5) / (double)least))]++;
		sum += distance;
		CHECK(sample_take(&sample, SIZE_MAX));
	}
	CHECK(fabs(sum / DRAWS - (double)least + 0.5) < 4 * (double)least / sqrt(DRAWS));
	for (size_t i = 0; i < PARTS; i++)
		CHECK(fabs((double)counts[i] - DRAWS / PARTS) < 4 * sqrt(DRAWS / PARTS));
}

// A thread that passes on where a look around is due draws the same points as one that looks.
static void passing_on_changes_nothing(void)
{
	struct sample one = { 0 }, other = { 0 };
	size_t n_passed_on = 0;

	sample_start(1 << 20, 7);
	CHECK(!sample_pass_on(&one, 0) && !sample_pass_on(&one, 1));
	sample_take(&one, 1);
	other = one;
	for (size_t i = 0; i < 300000; i++) {
		size_t size = i * 7919 % 3001;
		bool is_taken = !sample_pass(&one, size) && sample_take(&one, size);
		bool is_passed = sample_pass(&other, size);
		bool is_passed_on = !is_passed && sample_pass_on(&other, size);

		CHECK_EQ(!is_passed && !is_passed_on && sample_take(&other, size), is_taken);
		CHECK_EQ(one.left, other.left);
		CHECK_EQ(one.behind, other.behind);
		n_passed_on += is_passed_on;
	}
	CHECK(n_passed_on > 1000);
}

int main(void)
{
	estimates_are_unbiased_and_state_their_error();
	the_error_shrinks_with_the_root_of_what_there_is();
	blocks_of_0_bytes_are_blocks();
	large_blocks_weigh_what_they_are();
	hostile_sizes_have_weights();
	threads_and_processes_draw_other_points();
	distances_are_exponential();
	passing_on_changes_nothing();
	return check_result();
}
