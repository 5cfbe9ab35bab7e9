// SPDX-License-Identifier: LGPL-2.1-or-later
// Sleeping on a word of shared memory, and the clock that bounds every sleep.
#define _GNU_SOURCE
#include "libdumpalloc/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/confine.h"

// Of a lock.
enum { FREE, HELD, HELD_AND_AWAITED };

enum { LOOK_MS = 100 }; // a wake that went astray costs no more

void futex_wait(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_ms)
{
	// The kernel's own layout: struct timespec has 64-bit seconds in some 32-bit C libraries,
	// which this system call does not take.
	struct {
		long seconds;
		long nanoseconds;
	} timeout = {
		.seconds = (long)(timeout_ms / 1000),
		.nanoseconds = (long)(timeout_ms % 1000) * 1000000,
	};
	int error = errno;

	if (confine_holds()) {
		confine_pause();
		return;
	}
	syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, NULL, 0);
	errno = error;
}

void futex_wake(_Atomic uint32_t *word)
{
	int error = errno;

	if (confine_holds())
		return; // a sleeper looks by itself before long
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	errno = error;
}

void futex_lock(_Atomic uint32_t *lock)
{
	uint32_t is = FREE;

	if (atomic_compare_exchange_strong(lock, &is, HELD))
		return;
	while (atomic_exchange(lock, HELD_AND_AWAITED) != FREE)
		futex_wait(lock, HELD_AND_AWAITED, LOOK_MS);
}

void futex_unlock(_Atomic uint32_t *lock)
{
	if (atomic_exchange(lock, FREE) == HELD_AND_AWAITED)
		futex_wake(lock);
}

uint64_t clock_read(clockid_t clock, uint32_t units_per_second)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * units_per_second +
	       (uint32_t)now.tv_nsec / (1000000000u / units_per_second);
}

uint32_t clock_ms(void)
{
	struct timespec now = { 0 };

	// The coarse clock needs no counter, so it is in the process's memory on every kernel that has it there.
	clock_gettime(confine_holds() ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}
