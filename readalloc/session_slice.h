// SPDX-License-Identifier: GPL-3.0-or-later
// Of a session whose reports are of a slice of the run (has_slice): which events they get, and what is said of the slice.
#ifndef READALLOC_SESSION_SLICE_H
#define READALLOC_SESSION_SLICE_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct session;
struct snapshot;

// Where an event belongs to.
enum slice_part {
	PART_BEFORE, // the model is to know it, nobody else
	PART_WITHIN,
	PART_AFTER, // it is nobody's
};

// Takes the next event in order. With the first one of the slice all counting begins.
enum slice_part session_slice_pass(struct session *session, const struct event *event);

// Nothing that comes from now on belongs to it.
bool session_slice_is_over(const struct session *session);

// There is something to report of it.
bool session_slice_has_begun(const struct session *session);

// Events of the slice that did not come.
uint64_t session_slice_lost(const struct session *session);

// Makes a snapshot one of the slice of this moment; what it is lent lasts until the next call.
void session_slice_show(struct session *session, struct snapshot *snapshot);

// One of its bounds, other than a time that is not reached, is missing although the run was read to its end, or there is no
// slice at all.
bool session_slice_is_unbound(const struct session *session);

// Says of an input that the line calls `label` which bound did not come; nothing if they did. `is_ended`: nothing more
// will come.
void session_slice_say(const struct session *session, const char *label, bool is_ended);

#endif
