// SPDX-License-Identifier: LGPL-2.1-or-later
// The life of this process image's stream: opened at the first event, started by the constructor, or before if need be.
#define _GNU_SOURCE
#include "libdumpalloc/session.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/asks.h"
#include "libdumpalloc/channel.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/confine.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/family.h"
#include "libdumpalloc/fork_gate.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/preamble.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sample.h"
#include "libdumpalloc/sample_table.h"
#include "libdumpalloc/thread.h"
#include "libdumpalloc/tracer_aside.h"
#include "libdumpalloc/tracer_enter.h"
#include "libdumpalloc/tracer_map.h"
#include "libdumpalloc/usage.h"
#include "unwind/minimal.h"
#include "unwind/unwind_gcc.h"

enum { EXIT_DRAIN_MS = 2000 };

atomic_int session_state = SESSION_UNOPENED;

static bool is_constructed;          // the libc is ready: streams start as soon as they are opened
static bool is_started;              // channel_start has succeeded
static _Atomic uint32_t is_starting; // a word: MIPS has no exchange of less
static bool is_hopeless;             // no stream can be had, nor by fork children

static struct preamble_origin origin;
static uint64_t clock_start; // microseconds of the monotonic clock
static pid_t stream_pid;     // the process the stream belongs to
static uint64_t fork_position;
static bool has_entered_child; // since the fork under way
static bool is_confined;       // this process, or one it was forked from
static bool is_fork_hidden;    // a fork is under way whose child cannot be told by its memory

uint64_t session_now(void)
{
	return clock_read(CLOCK_MONOTONIC_COARSE, 1000000) - clock_start;
}

void session_stop(void)
{
	atomic_store(&session_state, SESSION_OFF);
	if (region_current != NULL)
		channel_disturb();
}

static void give_up(void)
{
	is_hopeless = true;
	session_stop();
}

// The mode that needs a library of its own: until it is there, stacks are found in the default way.
static void prepare_walker(const struct config *config)
{
	bool is_wanted = !IS_MINIMAL && (config->walker == UNWIND_GCC ||
					 unwind_resolve(config->walker) == UNWIND_GCC);

	if (is_wanted && !unwind_find_gcc(real_find_gcc))
		log_say(LOG_NO_GCC, "DUMPALLOC_UNWIND=gcc", "libgcc_s.so.1 is not found",
			"stacks are found as by auto");
}

// Opens the sink. The process may already have recorded events.
static bool open_sink(void)
{
	const struct config *config = config_get();
	uint8_t *preamble = pages_map(PREAMBLE_SIZE_MAX);
	size_t size;

	if (preamble == NULL)
		return false;
	prepare_walker(config);
	size = preamble_build(config, &origin, preamble);
	bool is_open = channel_start(config, preamble, size, session_stop);
	debug_say(DEBUG_SESSION, 1,
		  is_open ? "started, bytes of preamble:" : "no start, bytes of preamble:", size);
	// Where it stays, one page of it has been touched.
	if (!channel_is_deferred())
		munmap(preamble, PREAMBLE_SIZE_MAX);
	return is_open;
}

// Once, whichever thread comes first.
void session_start(void)
{
	if (atomic_exchange_explicit(&is_starting, 1, memory_order_acquire))
		return;
	if (!is_started) {
		is_started = open_sink();
		if (!is_started)
			give_up();
		else if (is_confined)
			channel_confine();
	}
	atomic_store_explicit(&is_starting, 0, memory_order_release);
}

// False: no memory.
static bool start_sample(const struct config *config)
{
	sample_start(config->sample_interval, config->sample_seed);
	return !sample_is_on() || sample_table_start();
}

static void open_stream(void)
{
	const struct config *config = config_get();

	bool is_left_out = !IS_MINIMAL && config->ignores_execs && !config->has_programs &&
			   !origin.is_fork_child && family_began_by_exec();
	if (config->sink == CONFIG_SINK_NONE || is_left_out || !channel_open(config) ||
	    !start_sample(config)) {
		debug_say(DEBUG_SESSION, 1, "not traced: process", (uint64_t)getpid());
		give_up();
		return;
	}
	thread_prepare();
	pause_start(config->starts_paused);
	if (!IS_MINIMAL && config->counts_usage)
		usage_start();
	tracer_map_is_on = !IS_MINIMAL && config->has_mappings;
	encoder_is_lossy = !IS_MINIMAL && config->sink == CONFIG_SINK_UDP;
	clock_start = clock_read(CLOCK_MONOTONIC_COARSE, 1000000);
	region_current->clock_start = clock_start;
	origin.start_time = clock_read(CLOCK_REALTIME, 1000000000);
	stream_pid = getpid();
	debug_say(DEBUG_SESSION, 1, "opened for process", (uint64_t)stream_pid);
	if (is_constructed)
		session_start();
	if (!is_hopeless)
		atomic_store(&session_state, SESSION_ON);
}

// LeakSanitizer's allocator, whose malloc_usable_size reads what is before its argument, even before NULL.
void __lsan_do_leak_check(void) __attribute__((weak));

// An allocator's first answer may cost it an allocation, which is ours.
static void prepare_sizes(void)
{
	if (__lsan_do_leak_check == NULL)
		(void)real.malloc_usable_size(NULL);
}

bool session_open(void)
{
	int is = SESSION_UNOPENED;
	int error = errno;

	if (environ == NULL)
		return false;
	if (atomic_compare_exchange_strong(&session_state, &is, SESSION_OPENING)) {
		real_prepare();
		enum thread_work before = tracer_silence_begin();

		prepare_sizes();
		open_stream();
		tracer_silence_end(before);
		is = atomic_load(&session_state);
	}
	errno = error;
	return is == SESSION_ON;
}

bool session_is_child(void)
{
	return !(is_fork_hidden || channel_is_emulated()) || getpid() != stream_pid;
}

void session_enter_child(void)
{
	is_fork_hidden = false;
	has_entered_child = true;
	debug_say(DEBUG_SESSION, 1, "forked from process", (uint64_t)stream_pid);
	if (is_hopeless)
		return;
	origin.is_fork_child = true;
	// A child that has no stream yet, and comes here again or forks, says the same as before.
	if (fork_position != 0 || origin.parent_stream != stream_pid)
		origin.parent_position = fork_position;
	origin.parent_stream = stream_pid;
	fork_position = 0;
	channel_forget();
	modules_forget();
	thread_forget_all();
	is_started = false;
	if (!IS_MINIMAL && config_get()->ignores_forks)
		give_up();
	else
		atomic_store(&session_state, SESSION_UNOPENED);
}

// Handlers of the program may run in the child before ours, and allocate.
static void before_fork(void)
{
	fork_gate_close();
	has_entered_child = false;
	if (atomic_load_explicit(&session_state, memory_order_relaxed) != SESSION_ON)
		return;
	fork_position = channel_sequence_last();
	channel_before_fork();
	pause_keep();
	if (!channel_wipes_on_fork() && !channel_is_emulated() &&
	    !atomic_load_explicit(&is_starting, memory_order_relaxed)) {
		is_fork_hidden = true;
		thread_doubt(true);
	}
}

static void after_fork(void)
{
	if (is_fork_hidden)
		thread_doubt(false);
	is_fork_hidden = false;
	fork_gate_open();
}

static void after_fork_in_child(void)
{
	fork_gate_open_in_child();
	// The relay is a child too, and wants the channel as it is.
	if (!atomic_load_explicit(&is_starting, memory_order_relaxed) && !has_entered_child)
		session_enter_child();
}

static __attribute__((constructor)) void session_construct(void)
{
	enum thread_work before = tracer_silence_begin();

	is_constructed = true;
	origin.first_malloc = real_forestalled_by();
	if (atomic_load_explicit(&session_state, memory_order_relaxed) == SESSION_ON)
		session_start();
	else
		session_open();
	if (!is_hopeless)
		asks_start(config_get());
	if (!is_hopeless)
		(void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
	tracer_silence_end(before);
	if (!is_hopeless && channel_is_direct() &&
	    (IS_MINIMAL || config_get()->relay != CONFIG_RELAY_NEVER))
		tracer_say("no relay process could be started: this process writes the stream");
}

bool session_has_stream(void)
{
	return atomic_load_explicit(&session_state, memory_order_relaxed) == SESSION_ON &&
	       is_started && !(thread_is_in_unknown_child() && session_is_child());
}

void session_confine(void)
{
	is_confined = true;
	if (session_has_stream() && !confine_holds())
		channel_confine();
}

void session_leave_root(void)
{
	if (session_open() && channel_is_deferred())
		channel_flush(0);
}

// A relay sees the end by itself: no system call then, if the process may have forbidden itself those. Nothing outlives
// the first process of a PID namespace, though.
static bool is_to_drain(void)
{
	return channel_is_deferred() || channel_is_direct() || stream_pid == 1;
}

void session_end_abruptly(void)
{
	// The child of a vfork has all memory of its parent's, and its stream too.
	if (session_has_stream() && is_to_drain() && getpid() == stream_pid)
		channel_drain(EXIT_DRAIN_MS);
}

static __attribute__((destructor)) void session_destruct(void)
{
	if (!session_has_stream())
		return;
	debug_say(DEBUG_SESSION, 1, "ends after event", channel_sequence_last());
	tracer_exit();
	if (confine_holds() && !is_to_drain())
		return;
	channel_drain(EXIT_DRAIN_MS);
}
