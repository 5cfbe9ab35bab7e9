// SPDX-License-Identifier: GPL-3.0-or-later
// One run: reads the stream, keeps the model, writes the reports when they are due.
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "input.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "report_events.h"
#include "rootfs.h"
#include "snapshot_build.h"
#include "symbols.h"
#include "util.h"

enum {
	BUFFER_SIZE = 4 << 20,
	LINE_SIZE = 512,
};

struct session {
	const struct options *options;
	struct rootfs *rootfs;
	struct input *input;
	struct model model;
	struct order order;
	struct decoder decoder;
	struct symbols *symbols; // once the preamble is known
	struct output *outputs;  // of options->outputs; used by the reports written event by event
	bool is_stopped;         // by a signal: no end is to be expected
	bool has_failed;         // a report could not be written
	bool has_written;        // a report was
	bool is_unread;          // standard output was closed by who read it
	char damage[LINE_SIZE];  // "" none
};

static void symbols_start(struct session *session)
{
	const struct preamble *preamble = &session->decoder.preamble;
	if (!session->symbols) {
		session->symbols =
			symbols_new(session->rootfs,
				    &(struct symbols_target){ (unsigned)preamble->machine,
							      (unsigned)preamble->word_size,
							      (unsigned)preamble->byte_order });
	}
}

// Opens the place of the report wanted `i`th. False, after having said why: there is none.
static bool output_start(struct session *session, size_t i, struct output *output)
{
	const struct options *options = session->options;
	const struct output_option *wanted = &options->outputs[i];
	const struct preamble *preamble = &session->decoder.preamble;
	char *path = NULL;
	if (wanted->path) {
		path = strcmp(wanted->path, "-") == 0
			       ? NULL
			       : xstrndup(wanted->path, strlen(wanted->path));
	} else if (options->directory || !wanted->report->to_stdout_by_default) {
		path = output_default_path(options->directory, preamble->program, preamble->pid,
					   wanted->report->suffix);
	}
	bool is_open = output_open(output, path);
	if (!is_open) {
		say("%s: %s", path ? path : "standard output", strerror(errno));
		session->has_failed = true;
	}
	free(path);
	return is_open;
}

// Whoever has read enough of standard output closes it: nothing to speak of.
static void output_failed(struct session *session, const struct output *output)
{
	if (output_is_unread(output)) {
		session->is_unread = true;
		return;
	}
	say("%s: %s", output->path ? output->path : "standard output", strerror(errno));
	session->has_failed = true;
}

// The output of a report written event by event; NULL: it cannot be written.
static FILE *stream_of(struct session *session, size_t i)
{
	struct output *output = &session->outputs[i];
	if (!output->file && !output->has_failed) {
		symbols_start(session);
		output->has_failed = !output_start(session, i, output);
	}
	return output->file;
}

static void event_write(struct session *session, size_t i, const struct event *event)
{
	struct output *output = &session->outputs[i];
	FILE *out = stream_of(session, i);
	if (output->has_failed) {
		return;
	}
	errno = 0;
	report_events_write(out, event, &session->model, session->decoder.preamble.walker,
			    session->symbols);
	if (ferror(out)) {
		output_failed(session, output);
		output->has_failed = true;
	}
}

static void event_take(void *context, const struct event *event)
{
	struct session *session = context;
	model_apply(&session->model, event);
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (!session->options->outputs[i].report->write) {
			event_write(session, i, event);
		}
	}
}

// Whether some report is still to be written, so that reading on makes sense.
static bool is_wanted(const struct session *session)
{
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (session->options->outputs[i].report->write || !session->outputs[i].has_failed) {
			return true;
		}
	}
	return false;
}

// Events proven lost: numbers that never came, or what the writer says, whichever is more.
static uint64_t lost_count(const struct session *session)
{
	uint64_t missing = session->order.n_missing;
	uint64_t reported = session->model.n_reported_lost;
	if (session->decoder.end_lost > reported) {
		reported = session->decoder.end_lost;
	}
	return missing > reported ? missing : reported;
}

static void report_write(struct session *session, size_t i, const struct snapshot *snapshot)
{
	struct output output;
	if (!output_start(session, i, &output)) {
		return;
	}
	const struct report *report = session->options->outputs[i].report;
	errno = 0;
	if (report->write(output.file, snapshot, session->symbols) && output_publish(&output)) {
		session->has_written = true;
	} else {
		output_failed(session, &output);
	}
	if (!output_close(&output)) {
		say("%s: %s", report->name, strerror(errno));
		session->has_failed = true;
	}
}

// What is there of a report written event by event.
static void events_publish(struct session *session, size_t i)
{
	struct output *output = &session->outputs[i];
	(void)stream_of(session, i); // there were no events
	if (output->has_failed) {
		return;
	}
	if (output_publish(output)) {
		session->has_written = true;
	} else {
		output_failed(session, output);
		output->has_failed = true;
	}
}

// Writes all reports of this moment. Nothing is written for a stream of which nothing is known.
static void reports_write(struct session *session)
{
	if (!session->decoder.has_preamble) {
		return;
	}
	symbols_start(session);
	struct snapshot *snapshot =
		snapshot_build(&session->model, &session->decoder.preamble, lost_count(session),
			       session->damage[0] ? session->damage : NULL);
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (session->options->outputs[i].report->write) {
			report_write(session, i, snapshot);
		} else {
			events_publish(session, i);
		}
	}
	snapshot_free(snapshot);
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
			snprintf(line, LINE_SIZE, "no data at byte 0: nothing to report");
		}
	} else if (decoder->is_foreign || (damage->reason && !decoder->has_block)) {
		snprintf(line, LINE_SIZE, "%s at byte %llu: nothing to report", damage->reason,
			 (unsigned long long)damage->at);
	} else if (damage->reason && !decoder->has_preamble) {
		snprintf(line, LINE_SIZE,
			 "%s at byte %llu: the preamble is missing, nothing to report",
			 damage->reason, (unsigned long long)damage->at);
	} else if (damage->reason) {
		snprintf(line, LINE_SIZE,
			 "%s at byte %llu%s: reported all that was good (damaged places: %llu, "
			 "bytes "
			 "skipped: %llu)",
			 damage->reason, (unsigned long long)damage->at,
			 decoder->has_end || session->is_stopped ? "" : ", and no end mark",
			 (unsigned long long)damage->n_places,
			 (unsigned long long)damage->n_skipped);
	} else if (!decoder->has_end && !session->is_stopped) {
		snprintf(line, LINE_SIZE, "no end mark at byte %llu: %s",
			 (unsigned long long)decoder->offset,
			 decoder->has_preamble ? "reported all before it" : "nothing to report");
	}
}

// Reads until the input ends or a signal asks for the end. False: the system cannot read.
static bool stream_read(struct session *session)
{
	uint8_t *buffer = xcalloc(BUFFER_SIZE, 1);
	size_t size = 0;
	enum input_result result = INPUT_BYTES;
	while (result == INPUT_BYTES || result == INPUT_REPORT) {
		size_t n = 0;
		result = input_read(session->input, buffer + size, BUFFER_SIZE - size, &n);
		size += n;
		if (result == INPUT_REPORT) {
			reports_write(session);
			continue;
		}
		if (result == INPUT_END && input_damage(session->input)) {
			decoder_damage(&session->decoder, session->decoder.offset + size,
				       input_damage(session->input));
		}
		bool is_last = result == INPUT_END || result == INPUT_FAILED;
		size_t used = decoder_feed(&session->decoder, buffer, size, is_last);
		size -= used;
		memmove(buffer, buffer + used, size);
		if (session->decoder.is_foreign || !is_wanted(session)) {
			break;
		}
	}
	session->is_stopped = result == INPUT_STOP || !is_wanted(session);
	free(buffer);
	if (result == INPUT_FAILED) {
		say("input: %s", strerror(errno));
	}
	return result != INPUT_FAILED;
}

static void end_reach(struct session *session)
{
	const struct decoder *decoder = &session->decoder;
	if (decoder->has_end && decoder->end_reason == WIRE_END_SINK_FULL) {
		decoder_damage(&session->decoder, decoder->offset,
			       "the writer ran out of room and stopped");
	}
	if (decoder->has_end) {
		order_end(&session->order, decoder->end_events, decoder->preamble.sequence_bits);
	} else {
		order_flush(&session->order);
	}
	damage_describe(session);
}

static bool session_open(struct session *session)
{
	const struct options *options = session->options;
	session->rootfs = rootfs_new(options->rootfs);
	if (!session->rootfs) {
		say("%s: %s", options->rootfs, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < options->n_extra; i++) {
		if (!rootfs_add_extra(session->rootfs, options->extra[i])) {
			say("%s: %s", options->extra[i], strerror(errno));
			return false;
		}
	}
	session->input = input_open(options->input);
	if (!session->input) {
		say("%s: %s", options->input ? options->input : "standard input", strerror(errno));
		return false;
	}
	// A reader of standard output that has enough must not cost the other reports.
	signal(SIGPIPE, SIG_IGN);
	session->outputs = xcalloc(options->n_outputs, sizeof(*session->outputs));
	model_init(&session->model);
	order_init(&session->order, event_take, session);
	decoder_init(&session->decoder, &session->model, &session->order);
	return true;
}

static void session_close(struct session *session)
{
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (session->outputs[i].file && !output_close(&session->outputs[i])) {
			say("events: %s", strerror(errno));
			session->has_failed = true;
		}
	}
	free(session->outputs);
	order_free(&session->order);
	decoder_free(&session->decoder);
	if (session->symbols) {
		symbols_free(session->symbols);
	}
	model_free(&session->model);
	input_close(session->input);
}

int session_run(const struct options *options)
{
	struct session session = { .options = options };
	if (!session_open(&session)) {
		if (session.rootfs) {
			rootfs_free(session.rootfs);
		}
		return EXIT_SYSTEM;
	}
	if (!stream_read(&session)) {
		session.has_failed = true;
	}
	end_reach(&session);
	reports_write(&session);
	if (session.damage[0]) {
		say("input: %s", session.damage);
	} else if (lost_count(&session) != 0) {
		say("input: %llu events were lost on the way: reported all others",
		    (unsigned long long)lost_count(&session));
	}
	bool is_damaged = session.damage[0] != '\0';
	session_close(&session);
	rootfs_free(session.rootfs);
	if (session.has_failed) {
		return EXIT_SYSTEM;
	}
	if (session.is_unread && !session.has_written) {
		// Nothing was left to do: the end of any filter that is not read.
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return is_damaged ? EXIT_DAMAGED : EXIT_WELL;
}
