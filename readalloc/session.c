// SPDX-License-Identifier: GPL-3.0-or-later
// One stream, from its bytes to its reports.
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include "options.h"
#include "output.h"
#include "report.h"
#include "session_part.h"
#include "session_slice.h"
#include "summary_text.h"
#include "symbols.h"
#include "util.h"

static void event_take(void *context, const struct event *event)
{
	struct session *session = context;
	enum slice_part part =
		session->has_slice ? session_slice_pass(session, event) : PART_WITHIN;
	if (part == PART_AFTER) {
		return;
	}
	if (event->type == EVENT_NOTE && session->selection.filters) {
		selection_note(&session->selection, event);
	}
	model_apply(&session->model, event);
	if (part == PART_WITHIN) {
		session_write_event(session, event);
	}
}

// The same where nobody but the model wants events.
static void events_take(void *context, const struct event *events, size_t n)
{
	model_apply_all(&((struct session *)context)->model, events, n);
}

static bool has_event_reports(const struct options *options)
{
	for (size_t i = 0; i < options->n_outputs; i++) {
		if (!options->outputs[i].report->write) {
			return true;
		}
	}
	return false;
}

struct session *session_new(const struct options *options, struct rootfs *rootfs)
{
	struct session *session = xcalloc(1, sizeof(*session));
	session->options = options;
	session->rootfs = rootfs;
	session->outputs = xcalloc(options->n_outputs, sizeof(*session->outputs));
	model_init(&session->model);
	if (filters_have(&options->view.filters, FILTER_EVENT_KEYS)) {
		session->selection.filters = &options->view.filters;
		session->model.is_counted = selection_admits;
		session->model.counted_context = &session->selection;
	}
	order_init(&session->order, event_take, session);
	slice_init(&session->slice, &options->slice);
	session->has_slice = slice_is_wanted(&options->slice);
	unsigned needs = options_needs(options);
	session->analyses.filters = &options->view.filters;
	analyses_start(&session->analyses,
		       session->slice.state == SLICE_WITHIN ? needs : needs & NEEDS_CENSUS,
		       &session->model);
	if (!session->selection.filters && !session->has_slice && !has_event_reports(options)) {
		session->order.take_all = events_take;
	}
	decoder_init(&session->decoder, &session->model, &session->order);
	session_part_start(session);
	return session;
}

void session_work_ahead(struct session *session)
{
	const struct view_settings *view = &session->options->view;
	// What is not seen of the changes is known at the end alone.
	if (!session->has_slice && view->filters.n == 0 && view->suppressions.n == 0) {
		analyses_work_ahead(&session->analyses);
	}
}

void session_free(struct session *session)
{
	session_close_reports(session);
	session_part_free(session);
	free(session->outputs);
	order_free(&session->order);
	decoder_free(&session->decoder);
	if (session->symbols && !session->lead) {
		symbols_free(session->symbols);
	}
	analyses_free(&session->analyses);
	model_free(&session->model);
	selection_free(&session->selection);
	slice_free(&session->slice);
	free(session->slice_text);
	free(session);
}

size_t session_feed(struct session *session, const uint8_t *bytes, size_t size, bool is_last)
{
	struct session *part = session_part_open(session);
	if (part) {
		decoder_feed(&part->decoder, bytes, size, is_last);
	}
	return decoder_feed(&session->decoder, bytes, size, is_last);
}

void session_gap(struct session *session, uint64_t n_cut, uint64_t n_lost)
{
	struct session *part = session_part_open(session);
	if (part) {
		decoder_gap(&part->decoder, n_cut, n_lost);
	}
	decoder_gap(&session->decoder, n_cut, n_lost);
}

void session_rejoin(struct session *session)
{
	struct session *part = session_part_open(session);
	if (part) {
		decoder_rejoin(&part->decoder);
	}
	decoder_rejoin(&session->decoder);
}

void session_harm(struct session *session, uint64_t n_ahead, const char *reason)
{
	struct session *part = session_part_open(session);
	if (part) {
		decoder_damage(&part->decoder, part->decoder.offset + n_ahead, reason);
	}
	decoder_damage(&session->decoder, session->decoder.offset + n_ahead, reason);
}

// Whether some report is still to be written, or the run to be judged, so that reading on makes sense.
static bool is_wanted(const struct session *session)
{
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (session->options->outputs[i].report->write || !session->outputs[i].has_failed) {
			return true;
		}
	}
	return session->options->gates.n != 0 || session->options->n_outputs == 0;
}

bool session_is_over(const struct session *session)
{
	const struct decoder *decoder = &session->decoder;
	// Of many streams each is read to its end: its writer would call again.
	bool is_past = session->has_slice && session_slice_is_over(session) &&
		       session->number_choose == NULL && !session_part_open(session);
	return decoder->is_foreign || decoder->has_successor || is_past || !is_wanted(session);
}

uint64_t session_lost(const struct session *session)
{
	if (session->has_slice) {
		return session_slice_lost(session);
	}
	uint64_t missing = session->order.n_missing;
	uint64_t reported = session->model.n_reported_lost;
	if (session->decoder.end_lost > reported) {
		reported = session->decoder.end_lost;
	}
	return missing > reported ? missing : reported;
}

// Puts what is wrong with the input, and what was done about it, into one line.
static void damage_describe(struct session *session)
{
	const struct decoder *decoder = &session->decoder;
	const struct damage *damage = &decoder->damage;
	char *line = session->damage;
	line[0] = '\0';
	if (!decoder->has_header && !damage->reason) {
		if (!session->is_stopped && !session->has_failed) {
			snprintf(line, SESSION_LINE_SIZE, "no data at byte 0: nothing to report");
		}
	} else if (decoder->is_foreign || (damage->reason && !decoder->has_block)) {
		snprintf(line, SESSION_LINE_SIZE, "%s at byte %llu: nothing to report",
			 damage->reason, (unsigned long long)damage->at);
	} else if (damage->reason && !decoder->has_preamble) {
		snprintf(line, SESSION_LINE_SIZE,
			 "%s at byte %llu: the preamble is missing, nothing to report",
			 damage->reason, (unsigned long long)damage->at);
	} else if (damage->reason && damage->n_lost != 0) {
		snprintf(line, SESSION_LINE_SIZE,
			 "%s at byte %llu%s: reported all that was good (places: %llu, bytes lost: "
			 "%llu, blocks missing: %llu, events lost: %llu)",
			 damage->reason, (unsigned long long)damage->at,
			 decoder->has_end || session->is_stopped ? "" : ", and no end mark",
			 (unsigned long long)damage->n_places, (unsigned long long)damage->n_lost,
			 (unsigned long long)damage->n_blocks,
			 (unsigned long long)session_lost(session));
	} else if (damage->reason) {
		snprintf(line, SESSION_LINE_SIZE,
			 "%s at byte %llu%s: reported all that was good (damaged places: %llu, "
			 "blocks missing: %llu, bytes skipped: %llu)",
			 damage->reason, (unsigned long long)damage->at,
			 decoder->has_end || session->is_stopped ? "" : ", and no end mark",
			 (unsigned long long)damage->n_places, (unsigned long long)damage->n_blocks,
			 (unsigned long long)damage->n_skipped);
	} else if (!decoder->has_end && !session->is_stopped) {
		snprintf(line, SESSION_LINE_SIZE, "no end mark at byte %llu: %s",
			 (unsigned long long)decoder->offset,
			 decoder->has_preamble ? "reported all before it" : "nothing to report");
	}
}

void session_end(struct session *session)
{
	const struct decoder *decoder = &session->decoder;
	if (session->part) {
		session->part->is_stopped = session->is_stopped;
		session->part->has_failed = session->has_failed;
		session_end(session->part);
	}
	if (!is_wanted(session) || (session->has_slice && session_slice_is_over(session))) {
		session->is_stopped = true;
	}
	if (decoder->has_end && decoder->end_reason == WIRE_END_SINK_FULL) {
		decoder_damage(&session->decoder, decoder->offset,
			       "the writer ran out of room and stopped");
	}
	if (decoder->has_end) {
		order_end(&session->order, decoder->end_events, decoder->preamble.sequence_bits);
	} else {
		order_flush(&session->order);
	}
	analyses_end(&session->analyses);
	model_close(&session->model);
	damage_describe(session);
}

static void say_bounds(const struct session *session, const char *label)
{
	if (session->has_slice && session->decoder.has_preamble) {
		session_slice_say(session, label, !session->is_stopped);
	}
}

void session_say(const struct session *session, const char *label)
{
	const char *damage = session_part_damage(session);
	uint64_t n_lost = session_lost(session);
	if (n_lost == 0 && session->part) {
		n_lost = session_lost(session->part);
	}
	if (damage) {
		say("%s: %s", label, damage);
	} else if (n_lost != 0) {
		say("%s: %llu %s lost on the way: reported all others", label,
		    (unsigned long long)n_lost, text_noun(n_lost, "event was", "events were"));
	}
	if (session->decoder.has_preamble && *session->decoder.preamble.first_malloc != '\0') {
		say("%s: what %s allocates was not traced, as its malloc comes before the "
		    "tracer's: "
		    "build the program without it, or preload libdumpalloc.so in front of it",
		    label, session->decoder.preamble.first_malloc);
	}
	say_bounds(session, label);
	if (session->part) {
		say_bounds(session->part, label);
	}
}

bool session_is_unbound(const struct session *session)
{
	return session_slice_is_unbound(session) ||
	       (session->base && session_slice_is_unbound(session->base));
}

size_t session_memory(const struct session *session)
{
	const struct model *model = &session->model;
	const struct stacks *stacks = &model->stacks;
	return live_table_size(&model->live) + index_table_size(&stacks->raw_index) +
	       index_table_size(&stacks->node_index) + index_table_size(&model->charge_index) +
	       model->charges_room * (sizeof(*model->charges) + sizeof(*model->charge_epochs) +
				      (model->variances ? sizeof(*model->variances) : 0)) +
	       stacks->raw_room * sizeof(*stacks->raw) +
	       stacks->nodes_room * sizeof(*stacks->nodes) +
	       stacks->sites_room * sizeof(*stacks->sites) + analyses_memory(&session->analyses) +
	       session->order.mask * sizeof(*session->order.ring) +
	       session->decoder.n_threads * sizeof(struct thread) +
	       (session->part ? session_memory(session->part) : 0);
}
