// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps the process from forking while a thread of it holds what a child could never get again.
#include "libdumpalloc/fork_gate.h"

#include <sched.h>
#include <stdbool.h>
#include <time.h>

#include "libdumpalloc/atomics.h"

// Long beyond what either side does; who waits longer goes on as if there were no gate.
enum { WAIT_MAX_MS = 2000, YIELDS = 100 };

static atomic_int n_inside;
static atomic_int n_closed; // forks under way

// A signal handler may fork while its thread is inside; allocations of fork handlers enter.
static _Thread_local int n_own __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_closer __attribute__((tls_model("initial-exec")));

// The `round`th wait for the other side, short at first.
static bool wait_once(int round)
{
	const struct timespec millisecond = { 0, 1000000 };

	if (round < YIELDS)
		sched_yield();
	else
		nanosleep(&millisecond, NULL);
	return round < YIELDS + WAIT_MAX_MS;
}

void fork_gate_enter(void)
{
	n_own++;
	atomic_fetch_add(&n_inside, 1);
	for (int round = 0; atomic_load(&n_closed) != 0 && !is_closer; round++) {
		atomic_fetch_sub(&n_inside, 1);
		bool goes_on = wait_once(round);

		atomic_fetch_add(&n_inside, 1);
		if (!goes_on)
			return;
	}
}

void fork_gate_leave(void)
{
	atomic_fetch_sub(&n_inside, 1);
	n_own--;
}

void fork_gate_close(void)
{
	is_closer = true;
	atomic_fetch_add(&n_closed, 1);
	for (int round = 0; atomic_load(&n_inside) > n_own && wait_once(round); round++) {
	}
}

void fork_gate_open(void)
{
	atomic_fetch_sub(&n_closed, 1);
	is_closer = false;
}

void fork_gate_open_in_child(void)
{
	atomic_store(&n_closed, 0);
	atomic_store(&n_inside, n_own);
	is_closer = false;
}
