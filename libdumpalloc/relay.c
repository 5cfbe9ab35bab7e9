// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay: a process that carries records from the rings to the sink, seen from the traced side.
#define _GNU_SOURCE
#include "libdumpalloc/relay.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/drain.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/quiet.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay_main.h"
#include "libdumpalloc/sink.h"

enum {
	STACK_SIZE = 256 << 10,       // the resolver of some C libraries needs a good part of it
	HELPER_STACK_SIZE = 16 << 10, // the process between us and the relay, where there is one
	START_MS = 5000,
	LOOK_MS = 100,
	DIRECT_STALL_MS = 10000,
};

// What start_process answers.
enum start {
	START_CHILD,    // the relay is a child without exit signal
	START_DETACHED, // it is nobody's child
	START_REFUSED,
};

static struct relay_orders orders;
static struct sink direct_sink;
static _Atomic uint32_t direct_lock; // 0 free, 1 held, 2 held and awaited; a futex

static void say_broken(struct region *region)
{
	if (region->report_reason[0] != '\0')
		log_say(LOG_BROKEN, region->report_what, region->report_reason,
			"the rest is not traced");
}

// Runs in the helper process, whose only work is to be the relay's parent and to end.
static int helper_main(void *stack)
{
	pid_t pid = clone(relay_main, (char *)stack + STACK_SIZE, SIGCHLD, &orders);

	if (pid > 0)
		atomic_store(&region_current->relay_pid, (int32_t)pid);
	_exit(pid > 0 ? 0 : 1);
}

// The helper's end is ours to see; a SIGCHLD of it is none of the program's business. That of a
// real child, should it come at this very moment, is raised again.
static void swallow_sigchld(const struct quiet *quiet, pid_t helper)
{
	sigset_t set;
	siginfo_t info;

	if (sigismember(&quiet->pending, SIGCHLD) == 1)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigtimedwait(&set, &info, &(struct timespec){ 0 }) == SIGCHLD && info.si_pid != helper)
		kill(getpid(), SIGCHLD);
}

// Two forks, for emulators that know no process without an exit signal.
static enum start start_detached(char *stack, const struct quiet *quiet)
{
	char *helper_stack = stack + STACK_SIZE + HELPER_STACK_SIZE;
	int status = 0;

	orders.is_child = false;
	pid_t helper = clone(helper_main, helper_stack, SIGCHLD, stack);
	if (helper < 0)
		return START_REFUSED;
	pid_t waited;
	do {
		waited = waitpid(helper, &status, 0);
	} while (waited < 0 && errno == EINTR);
	swallow_sigchld(quiet, helper);
	// Where the program ignores SIGCHLD there is no status; the relay then speaks for itself.
	bool has_failed = waited == helper && (!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	return has_failed ? START_REFUSED : START_DETACHED;
}

static enum start start_process(const struct quiet *quiet)
{
	const size_t size = STACK_SIZE + HELPER_STACK_SIZE;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack == MAP_FAILED)
		return START_REFUSED;

	enum start start = START_CHILD;
	orders.is_child = true;
	// Its own memory, and no exit signal, so neither SIGCHLD nor a plain wait shows it. A debugger
	// would take a process without exit signal for a thread, so it is not shown to one either.
	pid_t pid = clone(relay_main, stack + STACK_SIZE, CLONE_UNTRACED, &orders);
	if (pid > 0)
		atomic_store(&region_current->relay_pid, (int32_t)pid);
	else
		start = start_detached(stack, quiet);
	munmap(stack, size);
	return start;
}

static bool relay_lives(const struct region *region)
{
	pid_t pid = atomic_load(&region->relay_pid);

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
		struct text what = text_start(region->report_what, REGION_REPORT_MAX);
		text_put(&what, orders.config->sink == CONFIG_SINK_FILE ? orders.config->file
									: orders.config->host);
		if (is_late) {
			relay_report(region->report_what, ETIMEDOUT);
		} else {
			struct text reason = text_start(region->report_reason, REGION_REPORT_MAX);
			text_put(&reason, "the relay process was killed");
		}
		return RELAY_CANCELLED;
	}
	return (enum relay_state)state;
}

static bool direct_may_wait(unsigned waited_ms)
{
	return waited_ms < DIRECT_STALL_MS;
}

static enum relay_state start_directly(struct region *region)
{
	enum relay_state state = RELAY_REFUSED;

	if (relay_open_sink(&orders, &direct_sink, direct_may_wait))
		state = RELAY_DIRECT;
	else
		sink_close(&direct_sink);
	atomic_store(&region->relay, state);
	return state;
}

bool relay_start(const struct config *config, bool is_fork_child, const uint8_t *preamble,
		 size_t preamble_size, void (*in_relay)(void))
{
	struct region *region = region_current;
	int error = errno;
	struct quiet quiet;

	orders = (struct relay_orders){
		.config = config,
		.preamble = preamble,
		.preamble_size = preamble_size,
		.in_relay = in_relay,
		.pid = getpid(),
		.is_fork_child = is_fork_child,
	};
	atomic_store(&region->relay, RELAY_STARTING);
	quiet_begin(&quiet);
	enum start start = start_process(&quiet);
	enum relay_state state =
		start == START_REFUSED ? start_directly(region) : await_start(region);
	if (state == RELAY_REFUSED && start == START_CHILD)
		waitpid(atomic_load(&region->relay_pid), NULL, __WALL);
	quiet_end(&quiet);

	if (atomic_load(&region->has_note))
		log_say(LOG_NAME_TAKEN, region->note_what, region->note_reason, NULL);
	bool is_started = state == RELAY_RUNNING || state == RELAY_DIRECT;
	if (!is_started)
		log_say(LOG_NO_START, region->report_what, region->report_reason,
			"the program runs untraced");
	if (state == RELAY_RUNNING)
		region_hide_from_children();
	errno = error;
	return is_started;
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

void relay_check(void)
{
	struct region *region = region_current;

	if (atomic_load(&region->relay) == RELAY_RUNNING && !relay_lives(region)) {
		// A relay that ends in good order has said so in `relay` before.
		uint32_t expected = RELAY_RUNNING;
		struct text what = text_start(region->report_what, REGION_REPORT_MAX);
		struct text reason = text_start(region->report_reason, REGION_REPORT_MAX);
		text_put(&what, "the relay process");
		text_put(&reason, "was killed");
		atomic_compare_exchange_strong(&region->relay, &expected, RELAY_BROKEN);
	}
	if (atomic_load(&region->relay) == RELAY_BROKEN)
		say_broken(region);
}

static void lock_direct(void)
{
	uint32_t is = 0;

	if (atomic_compare_exchange_strong(&direct_lock, &is, 1))
		return;
	while (atomic_exchange(&direct_lock, 2) != 0)
		futex_wait(&direct_lock, 2, LOOK_MS);
}

static void unlock_direct(void)
{
	if (atomic_exchange(&direct_lock, 0) == 2)
		futex_wake(&direct_lock);
}

// With the lock held and all signals blocked. A descriptor the program has closed, and perhaps
// opened anew for something of its own, must not be written to.
static void drain_locked(struct region *region)
{
	bool has_moved = false;

	if (atomic_load(&region->relay) != RELAY_DIRECT)
		return;
	bool is_intact = sink_is_intact(&direct_sink);
	if (is_intact && drain_rings(&direct_sink, &has_moved))
		return;
	relay_report(direct_sink.name.at, is_intact ? errno : EBADF);
	atomic_store(&region->relay, RELAY_BROKEN);
	if (is_intact) {
		drain_end(&direct_sink, WIRE_END_SINK_FULL);
		sink_close(&direct_sink);
	}
}

void relay_drain_directly(void)
{
	struct region *region = region_current;
	int error = errno;
	struct quiet quiet;

	quiet_begin(&quiet);
	lock_direct();
	drain_locked(region);
	unlock_direct();
	quiet_end(&quiet);
	if (atomic_load(&region->relay) == RELAY_BROKEN)
		say_broken(region);
	errno = error;
}

void relay_end_directly(void)
{
	struct region *region = region_current;
	struct quiet quiet;

	quiet_begin(&quiet);
	lock_direct();
	drain_locked(region);
	if (atomic_load(&region->relay) == RELAY_DIRECT) {
		drain_end(&direct_sink, WIRE_END_PROCESS);
		sink_close(&direct_sink);
		atomic_store(&region->relay, RELAY_BROKEN);
	}
	unlock_direct();
	quiet_end(&quiet);
	relay_check();
}

void relay_forget(void)
{
	struct region *region = region_current;

	// The child of a directly writing process has the parent's descriptor; the parent keeps its own.
	if (region != NULL && direct_sink.fd > 0 && sink_is_intact(&direct_sink))
		close(direct_sink.fd);
	direct_sink.fd = -1;
	atomic_store(&direct_lock, 0);
}
