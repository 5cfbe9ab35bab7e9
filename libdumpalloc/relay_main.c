// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay's own side: what runs in its process.
#define _GNU_SOURCE
#include "libdumpalloc/relay_main.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libdumpalloc/control_socket.h"
#include "libdumpalloc/descriptors.h"
#include "libdumpalloc/drain.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/memory.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/preamble.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay_process.h"
#include "libdumpalloc/shrink.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_find.h"
#include "libdumpalloc/sink_link.h"
#include "libdumpalloc/sink_loss.h"
#include "libdumpalloc/sink_refusal.h"
#include "libdumpalloc/watch.h"
#include "unwind/minimal.h"

enum {
	SINK_PATIENCE_MS = 4500, // less than the starter waits, so that it hears the reason
	SLEEP_LEAST_MS = REGION_TICK_MS,
	SLEEP_MOST_MS = 250,
	SLEEP_ENDING_MS = 1,
	ENDING_MS = 1000, // how long the end of the program is awaited eagerly
	KEEP_MS = 1000,
	SEEK_MS = 30000,
	PEER_MS = 30000, // how long a peer that takes nothing is borne after the program's end
	DEATH_SIGNAL =
		SIGURG, // ignored by default, so nobody is hurt should it come from elsewhere
};

static struct watch watch;

void relay_report_words(const char *what, const char *reason)
{
	text_copy(region_current->report_what, REGION_REPORT_MAX, what);
	text_copy(region_current->report_reason, REGION_REPORT_MAX, reason);
}

void relay_report(const char *what, int error)
{
	char reason[64];
	struct text text = text_start(reason, sizeof reason);

	text_error(&text, error);
	relay_report_words(what, reason);
}

// A block is what a ring holds, at most; there must be room for four.
static size_t keep_size(const struct config *config)
{
	size_t least = (size_t)4 * region_current->ring_size;

	return config->keep_size > least ? config->keep_size : least;
}

bool relay_open_sink(const struct relay_orders *orders, struct sink *sink,
		     bool (*may_wait)(unsigned waited_ms), bool is_relay)
{
	static char name[CONFIG_PATH_MAX];
	static char reason[REGION_REPORT_MAX];
	static char note_name[REGION_REPORT_MAX];
	static char note[REGION_REPORT_MAX];
	struct region *region = region_current;

	*sink = (struct sink){
		.fd = -1,
		.pid = orders->pid,
		.is_fork_child = orders->is_fork_child,
		.is_packed = orders->config->compresses,
		.patience_ms = SINK_PATIENCE_MS,
		.may_wait = may_wait,
		.progress = &region->progress,
		.id = preamble_id(orders->preamble, orders->preamble_size),
		.keep_size = keep_size(orders->config),
		.is_relay = is_relay,
		.name = text_start(name, sizeof name),
		.reason = text_start(reason, sizeof reason),
		.note_name = text_start(note_name, sizeof note_name),
		.note = text_start(note, sizeof note),
	};
	if (!sink_open(sink, orders->config)) {
		int error = errno;
		relay_report_words(sink->name.at, sink->reason.at);
		errno = error;
		return false;
	}
	if (!IS_MINIMAL && is_relay && !sink_opens_here(orders->config) && sink->ops->write == NULL)
		sink_link_open(sink, sink->keep_size);
	errno = EOPNOTSUPP;
	if (!IS_MINIMAL && sink->link == NULL &&
	    (orders->config->sink == CONFIG_SINK_LISTEN || sink->peer_size != 0)) {
		relay_report_words(sink->name.at,
				   is_relay ? "out of memory" : "needs a relay process");
		errno = EIO;
		return false;
	}
	if (!drain_begin(sink, orders->preamble, orders->preamble_size)) {
		relay_report(sink->name.at, errno);
		errno = EIO; // the sink's own affair, whatever it is
		return false;
	}
	if (sink_has_link(sink) && sink->link->listener < 0) {
		_Static_assert(sizeof region->peer == sizeof sink->link->address, "any address");
		memcpy(region->peer, &sink->link->address, sizeof region->peer);
		region->peer_size = sink->link->address_size;
		// Without a report: whose connection it was says so.
		atomic_store(&region->is_lost, !sink->link->is_up);
	}
	if (sink->note.length > 0) {
		text_copy(region->note_what, REGION_REPORT_MAX, sink->note_name.at);
		text_copy(region->note_reason, REGION_REPORT_MAX, sink->note.at);
		atomic_store(&region->has_note, 1);
	}
	return true;
}

// A peer that takes nothing may do so as long as the program runs (producers stop waiting for it by
// themselves), and not for ever after that.
static bool may_wait(unsigned waited_ms)
{
	return waited_ms < PEER_MS || watch_look(&watch, true) == WATCH_RUNS;
}

// The kernel raises the signal when the thread that started the relay ends. It only cuts the sleep
// short; whether the process has ended is looked up.
static void on_death(int number)
{
	(void)number;
	atomic_fetch_add(&region_current->wake, 1);
}

static void await_death(void)
{
	struct sigaction action = { .sa_handler = on_death };
	sigset_t set;

	sigemptyset(&action.sa_mask);
	if (sigaction(DEATH_SIGNAL, &action, NULL) != 0 ||
	    prctl(PR_SET_PDEATHSIG, DEATH_SIGNAL, 0, 0, 0) != 0)
		return;
	sigemptyset(&set);
	sigaddset(&set, DEATH_SIGNAL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static bool any_ring_is_half_full(const struct region *region)
{
	uint32_t n = atomic_load(&region->n_rings_used);

	for (uint32_t i = 0; i < n; i++) {
		const struct ring *ring = &region->rings[i];
		if (atomic_load(&ring->head) -
			    atomic_load_explicit(&ring->tail, memory_order_relaxed) >=
		    region->ring_size / 2)
			return true;
	}
	return false;
}

// Before a sleep of `ms`: threads are told that time has passed, or that for a longer time nobody
// will tell them unless they ask for it.
static void beat(struct region *region, unsigned ms)
{
	if (ms <= REGION_TICK_MS) {
		atomic_fetch_and(&region->pulse, ~(uint32_t)REGION_STILL);
		atomic_fetch_add(&region->pulse, 2);
	} else {
		region_is_still(region);
	}
}

// `wake` was read before the last pass, so nothing that came since is slept over.
static void sleep_until_woken(struct region *region, uint32_t wake, unsigned ms, bool is_lost)
{
	if (ms > REGION_TICK_MS && atomic_load(&region->is_confined))
		ms = REGION_TICK_MS;
	// In this order: who learns that nobody will tell can wake it.
	atomic_store(&region->is_relay_asleep, 1);
	beat(region, ms);
	if (is_lost || !any_ring_is_half_full(region))
		futex_wait(&region->wake, wake, ms);
	atomic_store(&region->is_relay_asleep, 0);
}

static void break_off(int error, struct sink *sink)
{
	struct region *region = region_current;

	relay_report(sink->name.at, error);
	atomic_store(&region->relay, RELAY_BROKEN);
	region_is_still(region);
	// The failed block has been taken back, or the peer is gone and this fails as well.
	drain_end(sink, WIRE_END_SINK_FULL);
	for (uint32_t i = 0; i < atomic_load(&region->n_rings_used); i++)
		futex_wake(&region->rings[i].tail);
	futex_wake(&region->n_passes);
}

// Nothing is written any more, and there is no fault to report.
static void end_now(struct sink *sink)
{
	struct region *region = region_current;

	drain_end(sink, WIRE_END_PROCESS);
	atomic_store(&region->relay, RELAY_BROKEN);
	futex_wake(&region->n_passes);
}

// The peer of datagrams: what is kept for it stays the same, whether it is there or not.
static void tend_peer(struct sink *sink)
{
	struct region *region = region_current;
	int error = sink->ops->tend(sink);

	if (error != 0 && !atomic_load(&region->is_lost))
		relay_report(sink->name.at, error);
	atomic_store(&region->is_lost, error != 0);
}

static bool has_just_returned(const struct region *region)
{
	uint32_t at = atomic_load_explicit(&region->returned_at, memory_order_relaxed);

	return at != 0 && clock_ms() - at < SINK_LOSS_LATE_MS;
}

// Looks after the connection. True: it is lost at this moment.
static bool tend(struct sink *sink)
{
	static unsigned n_returns;
	struct region *region = region_current;

	if (IS_MINIMAL)
		return false;
	if (sink->ops->tend != NULL)
		tend_peer(sink);
	if (sink->link == NULL)
		return false;
	sink_link_tend(sink);
	if (sink->link->n_returns != n_returns) {
		n_returns = sink->link->n_returns;
		atomic_store(&region->returned_at, clock_ms() | 1);
		sink_refusal_forget();
		sink_loss_end_wait();
	}
	bool is_lost = !sink->link->is_up;
	// Whom nobody has to call has lost nothing.
	if (sink->link->listener < 0) {
		sink_loss_keep(sink->config, sink->pid,
			       sink_link_is_doubtful(sink) || has_just_returned(region));
		if (is_lost && !atomic_load(&region->is_lost))
			relay_report(sink->name.at, sink->link->error);
		atomic_store(&region->is_lost, is_lost);
	}
	return is_lost;
}

static void give_back(const struct sink *sink)
{
	shrink(sink_has_link(sink) ? sink->link->bytes : sink_udp_memory(), pack_memory());
}

static void carry(struct sink *sink, unsigned limit)
{
	struct region *region = region_current;
	unsigned sleep_ms = SLEEP_LEAST_MS;
	uint32_t ending_since = 0;
	bool is_idle = false;
	bool has_shrunk = false; // not at once: most programs end within milliseconds

	// Memory of this process's own must not be there yet.
	if (DUMPALLOC_ELISION && limit != 0) {
		give_back(sink);
		has_shrunk = true;
		(void)elide_start(limit);
	}
	for (;;) {
		uint32_t wake = atomic_load(&region->wake);
		uint32_t ending = atomic_load(&region->ending);
		bool is_ending = ending != REGION_GOES_ON;
		// First the look, then the pass: what was published before the end is in it.
		enum watch_answer answer = watch_look(&watch, is_idle);
		bool has_moved = control_look(sink);
		bool is_lost = tend(sink);
		sink->must_wait = answer != WATCH_RUNS || ending == REGION_ENDS_NOW;
		if (!drain_rings(sink, &has_moved) || !memory_look(sink)) {
			break_off(errno, sink);
			return;
		}
		control_drained();
		if (ending == REGION_ENDS_NOW) {
			end_now(sink);
			return;
		}
		bool is_asked = sink_refusal_look(sink);
		if (is_ending || atomic_load(&region->n_flushes) != 0)
			futex_wake(&region->n_passes);
		if (answer != WATCH_RUNS) {
			drain_end(sink, answer == WATCH_ENDED ? WIRE_END_PROCESS : WIRE_END_EXEC);
			return;
		}

		is_idle = !has_moved && !is_asked;
		if (!is_idle)
			sleep_ms = SLEEP_LEAST_MS;
		else if (sleep_ms < SLEEP_MOST_MS)
			sleep_ms = sleep_ms * 2 < SLEEP_MOST_MS ? sleep_ms * 2 : SLEEP_MOST_MS;
		if (is_ending && ending_since == 0)
			ending_since = clock_ms() | 1;
		bool is_eager = is_ending && clock_ms() - ending_since < ENDING_MS;
		sleep_until_woken(region, wake, memory_wait(is_eager ? SLEEP_ENDING_MS : sleep_ms),
				  is_lost);
		if (!has_shrunk)
			give_back(sink);
		has_shrunk = true;
	}
}

static bool open_or_take_sink(const struct relay_orders *orders, struct sink *sink)
{
	struct region *region = region_current;
	uint32_t expected = RELAY_STARTING;

	if (orders->sink != NULL) {
		*sink = *orders->sink;
		sink->may_wait = may_wait;
		return true;
	}
	bool is_open = relay_open_sink(orders, sink, may_wait, true);
	// Without a reason another has found nobody, and keeps that known.
	if (!IS_MINIMAL && !is_open && errno == ENOENT && sink_find_is_wanted(orders->config) &&
	    region->report_reason[0] != '\0' && sink_refusal_keep(orders->config, orders->pid))
		atomic_store(&region->is_kept, 1);
	bool is_wanted = atomic_compare_exchange_strong(&region->relay, &expected,
							is_open ? RELAY_RUNNING : RELAY_REFUSED);
	futex_wake(&region->relay);
	return is_open && is_wanted;
}

// What the program starts learns that nobody was found, and does not look as long itself: until somebody is there, or the
// program, whatever it executes meanwhile, is no more.
static void keep_refusal(void)
{
	uint32_t since = clock_ms();
	struct sockaddr_storage address;
	socklen_t size;

	while (watch_look(&watch, false) == WATCH_RUNS) {
		if (clock_ms() - since >= SEEK_MS) {
			if (sink_find(&address, &size))
				return;
			since = clock_ms();
		}
		(void)poll(NULL, 0, KEEP_MS);
	}
}

// Whoever has started the relay waits for that.
static void say_detached(struct region *region)
{
	atomic_store(&region->is_detached, 1);
	futex_wake(&region->is_detached);
}

int relay_main(void *argument)
{
	const struct relay_orders *orders = argument;
	struct region *region = region_current;
	static struct sink sink;

	if (orders->in_relay != NULL)
		orders->in_relay();
	bool has_control = !IS_MINIMAL && orders->config->control[0] != '\0';

	atomic_store(&region->relay_pid, (int32_t)getpid());
	setsid();
	if (!has_control)
		say_detached(region);
	prctl(PR_SET_NAME, RELAY_PROCESS_NAME, 0, 0, 0);
	descriptors_close_all(orders->sink != NULL ? orders->sink->fd : -1);
	if (has_control) {
		(void)control_open(orders->config, orders->pid, region->control_reason,
				   sizeof region->control_reason);
		say_detached(region);
	}
	if (orders->is_child)
		await_death();
	region_open_all_rings();
	watch_start(&watch, orders->pid, orders->is_child);
	memory_start(orders->config, orders->pid);
	if (open_or_take_sink(orders, &sink)) {
		// The folder must be free to be unmounted; the sink is open, nothing else is by name.
		int moved = chdir("/");
		(void)moved;
		if (orders->config->sink == CONFIG_SINK_SERVER)
			sink_refusal_offer(orders->config, orders->pid);
		carry(&sink, orders->config->elide_limit);
	} else if (!IS_MINIMAL && atomic_load(&region->is_kept)) {
		int moved = chdir("/");
		(void)moved;
		keep_refusal();
	}
	control_close();
	sink_close(&sink);
	_exit(0);
}
