// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay: a process that carries records from the rings to the sink, seen from the traced side.
#define _GNU_SOURCE
#include "libdumpalloc/relay.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/confine.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/drain.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/quiet.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay_direct.h"
#include "libdumpalloc/relay_main.h"
#include "libdumpalloc/relay_process.h"
#include "libdumpalloc/sink.h"
#include "unwind/minimal.h"

enum {
	START_MS = 5000,
	LOOK_MS = 100,
	RELAYS_MAX = 8, // who kills every relay has a reason
};

static struct relay_orders orders;
static unsigned n_relays;

static void say_broken(struct region *region, const char *what_follows)
{
	if (region->report_reason[0] != '\0')
		log_say(LOG_BROKEN, region->report_what, region->report_reason, what_follows);
}

static bool relay_lives(const struct region *region)
{
	pid_t pid = atomic_load_explicit(&region->relay_pid, memory_order_relaxed);
	siginfo_t info = { 0 };

	// Of a child the kernel tells at once.
	if (pid != 0 && orders.is_child &&
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
		return info.si_pid == 0;
	return pid == 0 || process_is_alive(pid, 0);
}

// Waits until the relay has opened the sink, or has failed to; the answer is its last state.
static enum relay_state await_start(struct region *region)
{
	uint32_t since = clock_ms();
	uint32_t state;

	while ((state = atomic_load(&region->relay)) == RELAY_STARTING) {
		bool is_late = clock_ms() - since >= START_MS;
		bool is_dead = !is_late && clock_ms() - since >= LOOK_MS && !relay_lives(region);
		if (!is_late && !is_dead) {
			futex_wait(&region->relay, RELAY_STARTING, LOOK_MS);
			continue;
		}
		if (!atomic_compare_exchange_strong(&region->relay, &state, RELAY_CANCELLED))
			continue;
		const char *what = orders.config->sink == CONFIG_SINK_FILE ? orders.config->file
									   : orders.config->host;
		if (is_late)
			relay_report(what, ETIMEDOUT);
		else
			relay_report_words(what, "the relay process was killed");
		return RELAY_CANCELLED;
	}
	return (enum relay_state)state;
}

static enum relay_process start_process(const struct quiet *quiet)
{
	region_hide_from_children(false);
	enum relay_process process = relay_process_start(&orders, quiet);
	if (process != RELAY_PROCESS_REFUSED)
		region_hide_from_children(true);
	return process;
}

// The first process of a PID namespace that its program has made by a fork, as sandboxes do, may wait until all
// others there have ended: a relay of its own would be one of them.
static bool wants_no_process(void)
{
	return (!IS_MINIMAL && orders.config->relay == CONFIG_RELAY_NEVER) ||
	       (orders.is_fork_child && orders.pid == 1);
}

// Leaves the opened sink to a relay, or keeps it where none can be had. What is sent to the program's
// process group must not reach the relay, so it is awaited until it has left that.
static enum relay_state hand_over(struct region *region, const struct quiet *quiet)
{
	uint32_t since = clock_ms();

	// The state comes after these for everybody.
	atomic_store_explicit(&region->is_detached, 0, memory_order_relaxed);
	atomic_store_explicit(&region->relay_pid, 0, memory_order_relaxed);
	atomic_store(&region->relay, RELAY_RUNNING);
	if (wants_no_process() || n_relays++ >= RELAYS_MAX ||
	    start_process(quiet) == RELAY_PROCESS_REFUSED) {
		atomic_store(&region->relay, RELAY_DIRECT);
		region_is_still(region);
		return RELAY_DIRECT;
	}
	relay_direct_hand_over();
	while (atomic_load(&region->is_detached) == 0 && clock_ms() - since < START_MS &&
	       (clock_ms() - since < LOOK_MS || relay_lives(region)))
		futex_wait(&region->is_detached, 0, LOOK_MS);
	return RELAY_RUNNING;
}

static enum relay_state open_and_hand_over(struct region *region, const struct quiet *quiet)
{
	return relay_direct_open(&orders) ? hand_over(region, quiet) : RELAY_REFUSED;
}

// The relay itself opens the sink: it may look up names, and has no descriptors of the program.
static enum relay_state start_and_await(struct region *region, const struct quiet *quiet)
{
	orders.sink = NULL;
	enum relay_process process = start_process(quiet);

	if (process == RELAY_PROCESS_REFUSED)
		return open_and_hand_over(region, quiet);
	enum relay_state state = await_start(region);
	if (state == RELAY_REFUSED && process == RELAY_PROCESS_CHILD &&
	    (IS_MINIMAL || !atomic_load(&region->is_kept)))
		waitpid(atomic_load_explicit(&region->relay_pid, memory_order_relaxed), NULL,
			__WALL);
	return state;
}

// A file is opened by this process, which so knows at once whether it can be: a program of two
// milliseconds would otherwise wait for its relay twice. Later on other threads may be about to open
// something, and count on the number it gets.
static enum relay_state start(struct region *region, bool is_late)
{
	enum relay_state state = RELAY_REFUSED;
	bool is_alone = wants_no_process();
	bool opens_here = is_alone || (sink_opens_here(orders.config) && !is_late);
	struct quiet quiet;

	quiet_begin(&quiet);
	if (opens_here)
		state = open_and_hand_over(region, &quiet);
	bool lacks_descriptor = state == RELAY_REFUSED && (errno == EMFILE || errno == ENFILE);
	if (!opens_here || (lacks_descriptor && !is_alone))
		state = start_and_await(region, &quiet);
	if (state == RELAY_REFUSED)
		atomic_store(&region->relay, state);
	quiet_end(&quiet);
	return state;
}

static void say_control(const struct region *region, enum relay_state state)
{
	const char *reason =
		state == RELAY_DIRECT ? "needs a relay process" : region->control_reason;

	if (*reason != '\0')
		log_say(LOG_NO_CONTROL, orders.config->control, reason,
			"the program is traced without a control socket");
}

static bool say_start(struct region *region, enum relay_state state)
{
	if (!IS_MINIMAL && atomic_load(&region->has_note))
		log_say(LOG_NAME_TAKEN, region->note_what, region->note_reason, NULL);
	bool is_started = state == RELAY_RUNNING || state == RELAY_DIRECT;
	if (!IS_MINIMAL && is_started && orders.config->control[0] != '\0')
		say_control(region, state);
	if (!IS_MINIMAL && state == RELAY_DIRECT && orders.config->memory_ms != 0)
		log_say(LOG_NO_SAMPLES, "DUMPALLOC_MEMORY", "needs a relay process",
			"the process's memory is not shown");
	if (!IS_MINIMAL && state == RELAY_DIRECT && orders.config->elide_limit != 0)
		log_say(LOG_NOT_ELIDED, "DUMPALLOC_ELIDE", "needs a relay process",
			"no event is left out");
	debug_say(DEBUG_RELAY, 1, state == RELAY_DIRECT ? "none, written by process" : "process",
		  (uint64_t)(state == RELAY_DIRECT
				     ? getpid()
				     : (pid_t)atomic_load_explicit(&region->relay_pid,
								   memory_order_relaxed)));
	// Without a reason it has been said for this peer, by another process.
	if (!is_started && region->report_reason[0] != '\0')
		log_say(LOG_NO_START, region->report_what, region->report_reason,
			"the program runs untraced");
	return is_started;
}

bool relay_start(const struct config *config, bool is_fork_child, const uint8_t *preamble,
		 size_t preamble_size, void (*in_relay)(void))
{
	struct region *region = region_current;
	int error = errno;
	bool is_started = true;

	orders = (struct relay_orders){
		.config = config,
		.preamble = preamble,
		.preamble_size = preamble_size,
		.in_relay = in_relay,
		.pid = getpid(),
		.is_fork_child = is_fork_child,
	};
	n_relays = 0;
	// What a relay started in the midst of the program may have to look up needs locks that other
	// threads may hold then.
	if (!IS_MINIMAL && config->relay == CONFIG_RELAY_LAZY && !sink_needs_lookup(config) &&
	    config->control[0] == '\0') {
		region_hide_from_children(true);
		atomic_store(&region->relay, RELAY_DEFERRED);
	} else {
		atomic_store(&region->relay, RELAY_STARTING);
		is_started = say_start(region, start(region, false));
	}
	errno = error;
	return is_started;
}

// To be called by the one that has made RELAY_STARTING of another state.
static void end_late_start(struct region *region, enum relay_state state)
{
	if (!say_start(region, state)) {
		region->report_reason[0] = '\0';
		atomic_store(&region->relay, RELAY_BROKEN);
	}
	atomic_store(&region->is_late_start, 0);
	futex_wake(&region->relay);
}

static bool begin_late_start(struct region *region, uint32_t from)
{
	// Before the state changes: who sees that must know that it is worth waiting.
	atomic_store(&region->is_late_start, 1);
	region_is_still(region);
	return atomic_compare_exchange_strong(&region->relay, &from, RELAY_STARTING);
}

void relay_start_deferred(void)
{
	struct region *region = region_current;
	int error = errno;

	if (begin_late_start(region, RELAY_DEFERRED))
		end_late_start(region, start(region, true));
	errno = error;
}

void relay_open_deferred(void)
{
	struct region *region = region_current;
	int error = errno;
	struct quiet quiet;

	if (begin_late_start(region, RELAY_DEFERRED)) {
		quiet_begin(&quiet);
		bool is_open = relay_direct_open(&orders);
		atomic_store(&region->relay, is_open ? RELAY_DIRECT : RELAY_REFUSED);
		quiet_end(&quiet);
		end_late_start(region, is_open ? RELAY_DIRECT : RELAY_REFUSED);
	}
	errno = error;
}

void relay_wake(void)
{
	struct region *region = region_current;

	if (atomic_load_explicit(&region->is_relay_asleep, memory_order_relaxed) == 0 ||
	    atomic_exchange(&region->is_relay_asleep, 0) == 0)
		return;
	atomic_fetch_add(&region->wake, 1);
	futex_wake(&region->wake);
}

// Another relay goes on where the killed one was with its file.
static void restart(struct region *region)
{
	int error = errno;
	struct quiet quiet;

	if (!begin_late_start(region, RELAY_RUNNING))
		return;
	debug_say(DEBUG_RELAY, 1, "killed: process",
		  (uint64_t)atomic_load_explicit(&region->relay_pid, memory_order_relaxed));
	quiet_begin(&quiet);
	(void)waitpid(atomic_load_explicit(&region->relay_pid, memory_order_relaxed), NULL,
		      __WALL | WNOHANG);
	// What the killed one had left out cannot be known.
	if (!IS_MINIMAL && orders.config->elide_limit == 0 && relay_direct_reopen(&orders)) {
		drain_recover();
		(void)hand_over(region, &quiet);
	} else {
		relay_report_words("the relay process", "was killed");
		atomic_store(&region->relay, RELAY_BROKEN);
	}
	quiet_end(&quiet);
	atomic_store(&region->is_late_start, 0);
	errno = error;
}

void relay_check(void)
{
	struct region *region = region_current;

	if (confine_holds())
		return;
	// A relay that ends in good order has said so in `relay` before.
	if (atomic_load(&region->relay) == RELAY_RUNNING && !relay_lives(region) &&
	    atomic_load(&region->relay) == RELAY_RUNNING)
		restart(region);
	if (!IS_MINIMAL && atomic_load(&region->is_lost))
		say_broken(region, "trying again");
	if (atomic_load(&region->relay) == RELAY_BROKEN)
		say_broken(region, "the rest is not traced");
}

void relay_forget(void)
{
	relay_direct_forget();
}
