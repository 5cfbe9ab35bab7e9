// SPDX-License-Identifier: GPL-3.0-or-later
// Allocates at known moments: `times` prints the size of each block it marks, the milliseconds before and after,
// and `idle` where nothing had come for a while.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	BUSY_MS = 60,
	IDLE_MS = 600, // the relay then sleeps longer than the pause
	PAUSE_MS = 130,
	ROUNDS = 6,
	SIZE = 10000, // of the first marked block
};

static const double gap_ms = 0.05; // between two events of a busy time

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void take(size_t bytes)
{
	char *volatile block = malloc(bytes);

	free(block);
}

static void mark(const char *when)
{
	static size_t size = SIZE;
	double before = now();

	take(++size);
	printf("%zu %.3f %.3f %s\n", size, before, now(), when);
}

static void idle(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
	mark("idle");
}

static void work(void)
{
	double start = now();

	for (double next = start; next - start < BUSY_MS; next += gap_ms) {
		take(1);
		while (now() < next)
			continue;
	}
	mark("busy");
}

int main(void)
{
	// Standard output has its buffer then.
	puts("times");
	idle(IDLE_MS);
	for (int round = 0; round < ROUNDS; round++) {
		work();
		idle(IDLE_MS);
		idle(PAUSE_MS);
	}
	return 0;
}
