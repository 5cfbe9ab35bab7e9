// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether allocations are recorded: the program and its user switch that off and on.
#include "libdumpalloc/pause.h"

#include "libdumpalloc/channel.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/encoder.h"

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
