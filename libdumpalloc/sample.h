// SPDX-License-Identifier: LGPL-2.1-or-later
// Which allocations are recorded where not all are: those that hold one of the bytes drawn.
#ifndef LIBDUMPALLOC_SAMPLE_H
#define LIBDUMPALLOC_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/minimal.h"

// The bytes that a thread asks for, one allocation after the other, are a line with points on it, whose distances are
// exponentially distributed: an allocation of `size` bytes is recorded if a point lies in it, with the
// probability 1 - exp(-size / interval), whatever came before (FORMAT.md, section 3). One of 0 bytes counts
// as 1 byte.

enum {
	// So many bytes later a thread that has had no point looks around all the same.
	SAMPLE_STRETCH = 256 << 10,
	// Allocations from this size on are not passed over at once: their failures are recorded (FORMAT.md, section 3).
	SAMPLE_LARGE = 32 << 10,
};

// What a thread keeps; all 0: nothing was drawn yet, nor is where no sampling is.
struct sample {
	size_t left;   // bytes before the next point, or the next look around
	size_t behind; // bytes from there to the point
	uint64_t random;
};

// Mean bytes between two points; 0: every allocation is recorded.
extern uint32_t sample_interval;

static inline bool sample_is_on(void)
{
	return !IS_MINIMAL && sample_interval != 0;
}

// The process, or a fork child, begins. `seed` 0: each process draws other points, else the same again; two threads
// never draw the same.
void sample_start(uint32_t interval, uint64_t seed);

// Whether sample_pass is going to be true.
static inline bool sample_has(const struct sample *sample, size_t size)
{
	return size - 1 < SAMPLE_LARGE - 1 && sample->left >= size;
}

// True: the thread's next allocation, of `size` bytes, is not to be recorded, and no look around is due. False of sizes
// that are seldom, 0 and large ones: sample_pass_on knows of those.
static inline bool sample_pass(struct sample *sample, size_t size)
{
	if (!sample_has(sample, size))
		return false;
	sample->left -= size;
	return true;
}

static inline void sample_set_left(struct sample *sample, size_t bytes)
{
	sample->left = bytes < SAMPLE_STRETCH ? bytes : SAMPLE_STRETCH;
	sample->behind = bytes - sample->left;
}

// The same, for a thread that has looked around as far as that is necessary.
static inline bool sample_pass_on(struct sample *sample, size_t size)
{
	size_t n = size + (size == 0), left = sample->left + sample->behind;

	if (left < n)
		return false;
	sample_set_left(sample, left - n);
	return true;
}

// Whether the next allocation is to be recorded, where sample_pass has not answered that. Sampling is on.
bool sample_take(struct sample *sample, size_t size);

#endif
