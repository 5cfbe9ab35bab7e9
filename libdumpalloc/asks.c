// SPDX-License-Identifier: LGPL-2.1-or-later
// What the user asks of a running program, by signals and by way of the relay.
#define _GNU_SOURCE
#include "libdumpalloc/asks.h"

#include <errno.h>
#include <signal.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/record.h"
#include "libdumpalloc/relay.h"
#include "libdumpalloc/session.h"

static const struct config *asked;
static _Atomic uint32_t n_snapshots; // asked for, not yet recorded

static void tell_one(const struct ask *ask, void *context)
{
	struct encoder *encoder = context;

	encoder_text(encoder, channel_sequence_next(), (enum wire_extended)ask->type, ask->text);
}

void asks_tell(struct encoder *encoder)
{
	struct asks_box *box = &region_current->asks;

	if (atomic_load_explicit(&n_snapshots, memory_order_relaxed) == 0 && asks_box_is_empty(box))
		return;
	encoder_shut(encoder);
	asks_box_take(box, tell_one, encoder);
	for (uint32_t n = atomic_exchange(&n_snapshots, 0); n > 0; n--)
		encoder_text(encoder, channel_sequence_next(), WIRE_SNAPSHOT, "signal");
}

// At once where that can be, else with the next event: a handler may have interrupted anything. A thread without an area is
// not given one here.
static void tell(void)
{
	struct thread *thread = thread_self.thread != NULL ? record_begin_aside() : NULL;

	if (thread != NULL)
		record_end(thread);
	else
		channel_disturb();
}

static void on_signal(int number)
{
	int error = errno;

	debug_say(DEBUG_CONTROL, 1, "signal", (uint64_t)number);
	if (!session_has_stream()) {
		if (number == asked->signals[CONFIG_SIGNAL_TOGGLE])
			pause_toggle_kept();
		return;
	}
	if (number == asked->signals[CONFIG_SIGNAL_TOGGLE])
		pause_toggle();
	if (number == asked->signals[CONFIG_SIGNAL_SNAPSHOT])
		atomic_fetch_add(&n_snapshots, 1);
	tell();
	if (number == asked->signals[CONFIG_SIGNAL_FLUSH])
		relay_wake();
	errno = error;
}

void asks_start(const struct config *config)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK };

	asked = config;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < CONFIG_N_SIGNALS; i++) {
		struct sigaction before;
		int number = config->signals[i];
		if (number == 0 || sigaction(number, NULL, &before) != 0)
			continue;
		bool is_free = (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
		if (!is_free)
			log_say(LOG_SIGNAL_TAKEN, config_signal_variable(i),
				"the program ignores or handles the signal already", "not used");
		else
			(void)sigaction(number, &action, NULL);
	}
}
