// SPDX-License-Identifier: GPL-3.0-or-later
// The part of a run between two moments: which events belong to it.
#include "slice.h"

#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "util.h"

enum { TAG_SIZE_MAX = 60 };

bool slice_is_wanted(const struct slice_bounds *bounds)
{
	return bounds->from.type != MOMENT_NONE || bounds->to.type != MOMENT_NONE;
}

void slice_init(struct slice *slice, const struct slice_bounds *bounds)
{
	*slice = (struct slice){ .bounds = bounds, .next_seq = 1 };
	if (bounds->from.type == MOMENT_NONE) {
		slice->state = SLICE_WITHIN;
	}
}

void slice_free(struct slice *slice)
{
	for (size_t i = 0; i < slice->n_tags; i++) {
		free(slice->tags[i]);
	}
	slice->n_tags = 0;
}

void slice_bounds_free(struct slice_bounds *bounds)
{
	moment_free(&bounds->from);
	moment_free(&bounds->to);
}

static void tag_keep(struct slice *slice, const char *text)
{
	size_t size = strnlen(text, TAG_SIZE_MAX);
	for (size_t i = 0; i < slice->n_tags; i++) {
		if (strncmp(slice->tags[i], text, TAG_SIZE_MAX) == 0) {
			return;
		}
	}
	if (slice->n_tags == SLICE_TAGS_MAX) {
		slice->has_more_tags = true;
		return;
	}
	slice->tags[slice->n_tags++] = xstrndup(text, size);
}

static void missing_count(struct slice *slice, uint64_t seq)
{
	if (seq >= slice->next_seq) {
		slice->n_missing += slice->state == SLICE_WITHIN ? seq - slice->next_seq : 0;
		slice->next_seq = seq + 1;
	} else if (slice->n_missing != 0) {
		slice->n_missing--; // it came late
	}
}

// The time at which a moment is that has come with an event.
static uint64_t time_at(const struct slice *slice, const struct moment *moment)
{
	return moment->type == MOMENT_TIME ? moment->number : slice->time;
}

static void begin(struct slice *slice, const struct event *event)
{
	const struct moment *from = &slice->bounds->from, *to = &slice->bounds->to;
	slice->begin = time_at(slice, from);
	slice->state = SLICE_WITHIN;
	// A tag or a snapshot that ends it is another one.
	if ((to->type == MOMENT_TIME || to->type == MOMENT_EVENT) &&
	    moment_is_at(to, event, slice->time, slice->n_snapshots)) {
		// Between two times there may be no event.
		bool is_empty = from->type == MOMENT_TIME && to->type == MOMENT_TIME;
		slice->state = is_empty ? SLICE_AFTER : SLICE_REVERSED;
		slice->end = time_at(slice, to);
	}
}

enum slice_state slice_pass(struct slice *slice, const struct event *event)
{
	const struct slice_bounds *bounds = slice->bounds;
	slice->time = event->time > slice->time ? event->time : slice->time;
	if (event->type == EVENT_NOTE && event->note->type == WIRE_SNAPSHOT) {
		slice->n_snapshots++;
	} else if (event->type == EVENT_NOTE && event->note->type == WIRE_TAG) {
		tag_keep(slice, event->note->text);
	}
	missing_count(slice, event->seq);
	if (slice->state == SLICE_BEFORE) {
		if (moment_is_at(&bounds->from, event, slice->time, slice->n_snapshots)) {
			begin(slice, event);
		}
	} else if (slice->state == SLICE_WITHIN &&
		   moment_is_at(&bounds->to, event, slice->time, slice->n_snapshots)) {
		slice->end = time_at(slice, &bounds->to);
		slice->state = SLICE_AFTER;
	}
	return slice->state;
}
