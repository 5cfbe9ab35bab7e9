// SPDX-License-Identifier: LGPL-2.1-or-later
// Which allocations are recorded where not all are: those that hold one of the bytes drawn.
#define _GNU_SOURCE
#include "libdumpalloc/sample.h"

#include <time.h>
#include <unistd.h>

#include "libdumpalloc/atomics.h"

enum {
	LOG_BITS = 24,             // behind the point of a logarithm
	LN_2 = 11629080,           // the natural logarithm of 2, in 2^-24
	INTERVAL_BITS_SPARED = 20, // so that products of 26 bits, 30 bits and LN_2 fit 64
	MANTISSA_BITS = 31,
};

uint32_t sample_interval;

static uint64_t process_seed;
static _Atomic uint32_t n_threads; // that have drawn

// The finishing steps of MurmurHash3: a change of any bit changes each bit of the result half of the time.
static uint64_t mix(uint64_t word)
{
	word = (word ^ (word >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	word = (word ^ (word >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return word ^ (word >> 33);
}

static uint64_t draw_seed(void)
{
	struct timespec now = { 0, 0 }, clock = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_MONOTONIC, &clock);
	// The address of a variable on the stack is random where the system makes it so.
	return mix((uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec) ^
	       mix((uint64_t)clock.tv_nsec << 32 ^ (uint64_t)getpid()) ^ mix((uintptr_t)&now);
}

void sample_start(uint32_t interval, uint64_t seed)
{
	sample_interval = interval;
	if (interval == 0)
		return;
	process_seed = seed != 0 ? mix(seed) : draw_seed();
	atomic_store(&n_threads, 0);
}

static uint64_t next_random(struct sample *sample)
{
	sample->random += UINT64_C(0x9e3779b97f4a7c15); // odd: 2^64 steps until it comes again
	return mix(sample->random);
}

// Minus the logarithm to base 2 of `random`, not 0, taken for a number below 1: in 2^-24, at most 1 too much. Bit after
// bit: where the square of a number from 1 up to 2 is 2 or more, its logarithm has half a one.
static uint32_t log_2(uint64_t random)
{
	unsigned zeros = (unsigned)__builtin_clzll(random);
	uint64_t mantissa = (random << zeros) >> (64 - MANTISSA_BITS - 1); // 1 is 2^31
	uint32_t fraction = 0;

	for (int i = 0; i < LOG_BITS; i++) {
		mantissa = mantissa * mantissa >> MANTISSA_BITS;
		fraction <<= 1;
		if (mantissa >> (MANTISSA_BITS + 1) != 0) {
			mantissa >>= 1;
			fraction |= 1;
		}
	}
	return ((zeros + 1) << LOG_BITS) - fraction;
}

// Bytes before the next point: the whole part of an exponentially distributed number.
static void draw(struct sample *sample)
{
	uint64_t random = next_random(sample) | 1;
	uint64_t product = (uint64_t)log_2(random) * sample_interval >> INTERVAL_BITS_SPARED;
	uint64_t bytes = product * LN_2 >> (2 * LOG_BITS - INTERVAL_BITS_SPARED);

	sample_set_left(sample, bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX);
}

bool sample_take(struct sample *sample, size_t size)
{
	if (sample->random == 0) {
		sample->random = mix(process_seed + atomic_fetch_add(&n_threads, 1) + 1);
		draw(sample);
	}
	if (sample_pass_on(sample, size))
		return false;
	draw(sample);
	return true;
}
