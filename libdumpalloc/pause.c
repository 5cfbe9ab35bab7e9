// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether allocations are recorded: the program and its user switch that off and on.
#include "libdumpalloc/pause.h"

#include "libdumpalloc/channel.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/encoder.h"

static bool is_started;
static _Atomic uint32_t kept; // region's n_pauses

void pause_start(bool is_paused)
{
	if (!is_started && is_paused)
		atomic_store(&kept, 1);
	is_started = true;
	atomic_store(&region_current->n_pauses, atomic_load(&kept));
}

void pause_keep(void)
{
	atomic_store(&kept, atomic_load(&region_current->n_pauses));
}

void pause_toggle_kept(void)
{
	atomic_store(&kept, atomic_load(&kept) == 0);
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
	atomic_store(&region_current->n_pauses, 0);
	channel_disturb();
}

void pause_toggle(void)
{
	uint32_t n = atomic_load(&region_current->n_pauses);

	while (!atomic_compare_exchange_weak(&region_current->n_pauses, &n, n == 0))
		continue;
	channel_disturb();
}

// The thread's next event is to look around.
static void shut(void)
{
	if (thread_self.thread != NULL)
		encoder_shut(&thread_self.thread->encoder);
}

void pause_add_thread(void)
{
	thread_self.n_pauses++;
	shut();
}

void pause_remove_thread(void)
{
	if (thread_self.n_pauses > 0)
		thread_self.n_pauses--;
	shut();
}

bool pause_take(bool *is_paused)
{
	uint32_t is = atomic_load(&region_current->n_pauses) != 0, told = !is;

	*is_paused = is != 0;
	return atomic_load_explicit(&region_current->is_pause_told, memory_order_relaxed) != is &&
	       atomic_compare_exchange_strong(&region_current->is_pause_told, &told, is);
}

static void put(struct encoder *encoder, bool is_paused, enum wire_scope scope)
{
	debug_say(DEBUG_CONTROL, 1, is_paused ? "pause of scope" : "resume of scope", scope);
	encoder_shut(encoder);
	encoder_number(encoder, channel_sequence_next(), is_paused ? WIRE_PAUSE : WIRE_RESUME,
		       scope);
}

static void tell_thread(struct encoder *encoder, bool is_paused)
{
	if (thread_self.is_pause_told == is_paused)
		return;
	thread_self.is_pause_told = is_paused;
	put(encoder, is_paused, WIRE_SCOPE_THREAD);
}

void pause_tell(struct encoder *encoder)
{
	bool is_paused;

	if (pause_take(&is_paused))
		put(encoder, is_paused, WIRE_SCOPE_PROCESS);
	tell_thread(encoder, thread_self.n_pauses != 0);
}

void pause_end_thread(struct encoder *encoder)
{
	thread_self.n_pauses = 0;
	tell_thread(encoder, false);
}
