// SPDX-License-Identifier: GPL-3.0-or-later
// Of a session whose reports are of a slice of the run (has_slice): which events they get, and what is said of the slice.
#include "session_slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"
#include "session.h"
#include "text_buffer.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

bool session_slice_is_over(const struct session *session)
{
	return session->slice.state == SLICE_AFTER || session->slice.state == SLICE_REVERSED;
}

bool session_slice_has_begun(const struct session *session)
{
	return session->slice.state == SLICE_WITHIN || session->slice.state == SLICE_AFTER;
}

enum slice_part session_slice_pass(struct session *session, const struct event *event)
{
	bool was_before = session->slice.state == SLICE_BEFORE;
	enum slice_state state = slice_pass(&session->slice, event);
	if (was_before && session_slice_has_begun(session)) {
		model_count_anew(&session->model);
		analyses_count_anew(&session->analyses, options_needs(session->options),
				    &session->model);
	}
	return state == SLICE_BEFORE   ? PART_BEFORE
	       : state == SLICE_WITHIN ? PART_WITHIN
				       : PART_AFTER;
}

uint64_t session_slice_lost(const struct session *session)
{
	const struct slice *slice = &session->slice;
	uint64_t missing = slice->n_missing, reported = session->model.n_reported_lost;
	if (slice->state == SLICE_WITHIN && session->order.next > slice->next_seq) {
		missing += session->order.next - slice->next_seq;
	}
	return missing > reported ? missing : reported;
}

// A moment and when it was, as `tag:load (1.250 s)`; of a time nothing more is to be said. As it was given: reports escape.
static void moment_write(FILE *out, const struct moment *moment, uint64_t time)
{
	fputs(moment->text, out);
	if (moment->type != MOMENT_TIME) {
		fprintf(out, " (%.3f s)", (double)time / MICROSECONDS);
	}
}

static void slice_write(FILE *out, const struct slice *slice, double end)
{
	const struct slice_bounds *bounds = slice->bounds;
	fputs("from ", out);
	if (bounds->from.type == MOMENT_NONE) {
		fputs("the beginning", out);
	} else {
		moment_write(out, &bounds->from, slice->begin);
	}
	fputs(" to ", out);
	if (slice->state == SLICE_AFTER) {
		moment_write(out, &bounds->to, slice->end);
	} else {
		fprintf(out, "the end (%.3f s)", end);
	}
}

void session_slice_show(struct session *session, struct snapshot *snapshot)
{
	const struct slice *slice = &session->slice;
	const struct model *model = &session->model;
	bool is_ended = slice->state == SLICE_AFTER;
	struct text_buffer text;
	snapshot->duration = (double)(is_ended ? slice->end : model->last_time) / MICROSECONDS;
	double begin = (double)slice->begin / MICROSECONDS;
	// A peak of nothing is as old as the counting, and clocks of threads differ.
	snapshot->peak_time = snapshot->peak_time > begin ? snapshot->peak_time : begin;
	slice_write(text_buffer_open(&text), slice, snapshot->duration);
	free(session->slice_text);
	session->slice_text = text_buffer_close(&text);
	session->slice_told = (struct snapshot_slice){
		.text = session->slice_text,
		.from = slice->bounds->from.text,
		.to = is_ended ? slice->bounds->to.text : NULL,
		.begin = begin,
		.before_bytes = model->before_bytes,
		.before_blocks = model->before_blocks,
		.before_freed_bytes = model->before_freed_bytes,
		.before_freed_blocks = model->before_freed_blocks,
	};
	snapshot->slice = &session->slice_told;
}

// The tags that there were, for who has named none of them.
static void tags_write(FILE *out, const struct slice *slice)
{
	for (size_t i = 0; i < slice->n_tags; i++) {
		fputs(i == 0 ? ": the tags are " : ", ", out);
		text_escape(out, slice->tags[i], 0);
	}
	fputs(slice->has_more_tags ? " ..." : "", out);
}

// What there is instead of a moment that did not come.
static void instead_write(FILE *out, const struct slice *slice, const struct moment *moment)
{
	bool is_later = moment == &slice->bounds->to && slice->bounds->from.type != MOMENT_NONE;
	const char *after = is_later ? " after " : "";
	const char *from = is_later ? slice->bounds->from.option : "";
	switch (moment->type) {
	case MOMENT_NONE:
		break;
	case MOMENT_TIME:
		fprintf(out, "the stream ends at %.6f s", (double)slice->time / MICROSECONDS);
		break;
	case MOMENT_EVENT:
		fprintf(out, "the last event is %" PRIu64, slice->next_seq - 1);
		break;
	case MOMENT_TAG:
		fprintf(out, "no such tag%s%s", after, from);
		tags_write(out, slice);
		break;
	case MOMENT_SNAPSHOT:
		fprintf(out, "no such snapshot%s%s: the run has %" PRIu64, after, from,
			slice->n_snapshots);
		break;
	}
}

static void say_absent(const struct session *session, const char *label,
		       const struct moment *moment, const char *consequence)
{
	struct text_buffer text;
	instead_write(text_buffer_open(&text), &session->slice, moment);
	char *instead = text_buffer_close(&text);
	say("%s: %s %s: %s: %s", label, moment->option, moment->text, instead, consequence);
	free(instead);
}

bool session_slice_is_unbound(const struct session *session)
{
	const struct moment *to = &session->slice.bounds->to;
	if (!session->has_slice || !session->decoder.has_preamble) {
		return false;
	}
	return !session_slice_has_begun(session) ||
	       (session->slice.state == SLICE_WITHIN && !session->is_stopped &&
		to->type != MOMENT_NONE && to->type != MOMENT_TIME);
}

void session_slice_say(const struct session *session, const char *label, bool is_ended)
{
	const struct slice *slice = &session->slice;
	const struct moment *from = &slice->bounds->from, *to = &slice->bounds->to;
	switch (slice->state) {
	case SLICE_BEFORE:
		if (is_ended) {
			say_absent(session, label, from, "nothing to report");
		} else {
			say("%s: %s %s: has not come yet: nothing to report", label, from->option,
			    from->text);
		}
		break;
	case SLICE_WITHIN:
		if (is_ended && session_slice_is_unbound(session)) {
			say_absent(session, label, to, "reported all up to the end");
		}
		break;
	case SLICE_REVERSED:
		say("%s: %s %s: not after %s %s, which is at %.6f s: nothing to report", label,
		    to->option, to->text, from->option, from->text,
		    (double)slice->begin / MICROSECONDS);
		break;
	case SLICE_AFTER:
		break;
	}
}
