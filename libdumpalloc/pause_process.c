// SPDX-License-Identifier: LGPL-2.1-or-later
// The pauses of the process: what the program, its user and the relay say of all threads.
#include "libdumpalloc/pause_process.h"

#include "libdumpalloc/channel.h"
#include "libdumpalloc/region.h"

static bool is_started;
static _Atomic uint32_t kept; // region's n_pauses

void pause_start(bool is_paused)
{
	if (!is_started && is_paused)
		atomic_store_explicit(&kept, 1, memory_order_relaxed);
	is_started = true;
	atomic_store(&region_current->n_pauses, atomic_load_explicit(&kept, memory_order_relaxed));
}

void pause_keep(void)
{
	atomic_store_explicit(&kept, atomic_load(&region_current->n_pauses), memory_order_relaxed);
}

void pause_toggle_kept(void)
{
	atomic_store_explicit(&kept, atomic_load_explicit(&kept, memory_order_relaxed) == 0,
			      memory_order_relaxed);
}

void pause_add(void)
{
	atomic_fetch_add(&region_current->n_pauses, 1);
	channel_disturb();
}

void pause_remove(void)
{
	uint32_t n = atomic_load(&region_current->n_pauses);

	while (n > 0 && !atomic_compare_exchange_weak(&region_current->n_pauses, &n, n - 1))
		continue;
	channel_disturb();
}

void pause_end_all(void)
{
	atomic_store_explicit(&region_current->n_pauses, 0, memory_order_relaxed);
	channel_disturb();
}

void pause_begin_any(void)
{
	uint32_t none = 0;

	atomic_compare_exchange_strong(&region_current->n_pauses, &none, 1);
	channel_disturb();
}

void pause_toggle(void)
{
	uint32_t n = atomic_load(&region_current->n_pauses);

	while (!atomic_compare_exchange_weak(&region_current->n_pauses, &n, n == 0))
		continue;
	channel_disturb();
}

bool pause_take(bool *is_paused)
{
	uint32_t is = atomic_load(&region_current->n_pauses) != 0, told = !is;

	*is_paused = is != 0;
	return atomic_load_explicit(&region_current->is_pause_told, memory_order_relaxed) != is &&
	       atomic_compare_exchange_strong(&region_current->is_pause_told, &told, is);
}
