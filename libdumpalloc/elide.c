// SPDX-License-Identifier: LGPL-2.1-or-later
// Leaves out of the stream, on the way from the rings to the sink, blocks that lived for a few events only.
#include "libdumpalloc/elide.h"

#include <sched.h>

#include "libdumpalloc/elide_thread.h"
#include "libdumpalloc/elide_window.h"
#include "libdumpalloc/elide_write.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

enum {
	ROUNDS_MOST = 64,       // of a pass
	EVENTS_MOST = 16 << 10, // of a round
	HOLD_MS = 500,          // how long events stay here
	HOLE_MS = 1000,         // how long a number may be missing while memory gets full
};

static bool is_on;
static uint32_t held_since, stuck_since;
static sequence_word stuck_at;

bool elide_start(unsigned limit)
{
	is_on = elide_window_start(limit) && elide_threads_start(elide_window_size()) &&
		elide_write_start();
	return is_on;
}

sequence_word elide_count(void)
{
	return elide_window.n_elided;
}

bool elide_is_on(void)
{
	return is_on;
}

static uint32_t n_waiting(void)
{
	return elide_window.next - elide_window.base;
}

// All that is in the rings, and the slots of what has one. True: there was something new.
static bool look_ahead(void)
{
	bool has_new = false;

	for (uint32_t i = REGION_SHARED + 1; i < elide_threads_end(); i++) {
		struct elide_thread *thread = elide_thread_of(i);
		if (thread == NULL)
			continue;
		elide_thread_fetch(thread);
		struct elide_record *record = &thread->look.record;
		while (!elide_window.is_over && elide_read(&thread->look, thread->copy.head) &&
		       (sequence_word)(record->block.seq - elide_window.base) <
			       elide_window_size()) {
			elide_window_fill(record, i);
			thread->look.has_record = false;
			has_new = true;
		}
	}
	return has_new;
}

static bool is_pressed(void)
{
	for (const struct elide_thread *thread = elide_threads; thread != NULL;
	     thread = thread->next) {
		if (elide_thread_is_half_full(thread))
			return true;
	}
	return n_waiting() >= elide_window_size() / 4 * 3 || elide_threads_are_many();
}

// How many events are to go to the sink now.
static size_t count_due(bool is_all)
{
	size_t n = n_waiting();

	if (!is_all && !elide_window.is_at_barrier) {
		if (!is_pressed())
			return 0;
		// Those whose end is not in sight stay a while longer.
		if (n > elide_window.limit + elide_window.limit / 8)
			n -= elide_window.limit;
	}
	return elide_window_ready(n < EVENTS_MOST ? n : EVENTS_MOST);
}

// A number is missing that others wait for: it may be a while in coming, but not for ever.
static void look_for_holes(const struct sink *sink)
{
	uint32_t now = clock_ms();

	if (stuck_at != elide_window.next) {
		stuck_at = elide_window.next;
		stuck_since = now;
	}
	if (sink->must_wait)
		elide_window_end(WIRE_ELIDED_GOES_ON);
	else if (is_pressed() && now - stuck_since >= HOLE_MS)
		elide_window_end(WIRE_ELIDED_HOLE);
	else if (is_pressed())
		sched_yield();
}

static bool write_next(struct sink *sink, size_t n, bool with_sums)
{
	if (!elide_write_next(sink, n))
		return false;
	held_since = clock_ms();
	with_sums |=
		elide_slot_at(elide_window.base)->type == ELIDE_BARRIER || elide_write_is_due();
	return !with_sums || elide_write_sums(sink);
}

bool elide_rings(struct sink *sink, bool *has_moved)
{
	struct region *region = region_current;
	const size_t room = (size_t)2 * region->ring_size;
	bool is_all = *has_moved || sink->must_wait || atomic_load(&region->n_flushes) != 0 ||
		      atomic_load(&region->ending) != REGION_GOES_ON;
	bool is_old = clock_ms() - held_since >= HOLD_MS;

	*has_moved |= look_ahead();
	for (unsigned n_rounds = 0; n_rounds < ROUNDS_MOST || sink->must_wait; n_rounds++) {
		if (!sink_has_room(sink, room))
			return elide_write_staged(sink);
		elide_window_follow();
		size_t n = count_due(is_all || is_old || elide_window.is_over);
		if (n == 0)
			break;
		if (!write_next(sink, n, is_all))
			return false;
		*has_moved |= look_ahead();
	}
	if (n_waiting() == 0)
		look_for_holes(sink);
	if (elide_window.is_over && n_waiting() == 0 &&
	    !(elide_write_sums(sink) && elide_write_all(sink)))
		return false;
	if (!elide_write_staged(sink))
		return false;
	if (elide_threads_are_empty())
		atomic_store(&region->is_held, 0);
	return true;
}
