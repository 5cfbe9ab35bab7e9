// SPDX-License-Identifier: GPL-3.0-or-later
// The reports of one stream: where they go, and writing them when they are due.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "output.h"
#include "report.h"
#include "report_events.h"
#include "session.h"
#include "session_slice.h"
#include "session_views.h"
#include "symbols.h"
#include "util.h"

void session_start_symbols(struct session *session)
{
	const struct preamble *preamble = &session->decoder.preamble;
	if (session->lead) {
		session_start_symbols(session->lead);
		session->symbols = session->lead->symbols;
	} else if (!session->symbols) {
		session->symbols =
			symbols_new(session->rootfs,
				    &(struct symbols_target){ (unsigned)preamble->machine,
							      (unsigned)preamble->word_size,
							      (unsigned)preamble->byte_order });
		symbols_set_style(session->symbols, &session->options->style);
		symbols_set_process(session->symbols, preamble->pid);
	}
}

static unsigned number_of(struct session *session)
{
	if (session->number == 0) {
		session->number = session->number_choose
					  ? session->number_choose(session->context, session)
					  : 1;
	}
	return session->number;
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
	} else if (options->directory || session->number_choose ||
		   !wanted->report->to_stdout_by_default) {
		path = output_default_path(options->directory, preamble->program, preamble->pid,
					   number_of(session), wanted->report->suffix);
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

// The end of an output, of which it is said once that it cannot be written.
static void output_end(struct session *session, struct output *output)
{
	bool was_said = output->has_failed;
	const char *path = output->path ? output->path : "standard output";
	char *name = xstrndup(path, strlen(path));
	if (!output_close(output) && !was_said) {
		say("%s: %s", name, strerror(errno));
		session->has_failed = true;
	}
	free(name);
}

// The output of a report written event by event; NULL: it cannot be written.
static FILE *stream_of(struct session *session, size_t i)
{
	struct output *output = &session->outputs[i];
	if (!output->file && !output->has_failed) {
		session_start_symbols(session);
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

void session_write_event(struct session *session, const struct event *event)
{
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (!session->options->outputs[i].report->write) {
			event_write(session, i, event);
		}
	}
}

static void report_write(struct session *session, size_t i, const struct snapshot *snapshot)
{
	struct output output;
	if (!output_start(session, i, &output)) {
		return;
	}
	const struct report *report = session->options->outputs[i].report;
	struct report_options settings = session->options->outputs[i].settings;
	settings.path = session->options->outputs[i].path;
	errno = 0;
	if (report->write(output.file, snapshot, session->symbols, &settings) &&
	    output_publish(&output)) {
		session->has_written = true;
	} else {
		output_failed(session, &output);
		output.has_failed = true;
	}
	output_end(session, &output);
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

// One of several streams has a file of its own in the directory that is named.
static char *junit_path(struct session *session)
{
	const struct preamble *preamble = &session->decoder.preamble;
	const char *path = session->options->junit;
	return session->number_choose ? output_default_path(path, preamble->program, preamble->pid,
							    number_of(session), GATES_JUNIT_SUFFIX)
				      : xstrndup(path, strlen(path));
}

static void junit_write(struct session *session, const struct gate_result *results,
			const struct snapshot *snapshot)
{
	char *path = junit_path(session);
	struct output output;
	errno = 0;
	bool is_open = output_open(&output, strcmp(path, "-") == 0 ? NULL : path);
	bool is_written = is_open &&
			  gates_junit(&session->options->gates, results, snapshot, output.file) &&
			  output_publish(&output);
	if (!is_written) {
		say("%s: %s", path, strerror(errno));
		session->has_failed = true;
	}
	if (is_open && !output_close(&output) && is_written) {
		say("%s: %s", path, strerror(errno));
		session->has_failed = true;
	}
	free(path);
}

// Holds the run to its limits. Functions are looked for in stacks that have their wrappers.
static void gates_pass(struct session *session, const struct snapshot *snapshot)
{
	const struct gates *gates = &session->options->gates;
	struct gate_result *results = xcalloc(gates->n + 1, sizeof(*results));
	session->is_beyond =
		!gates_judge(gates, snapshot, session->symbols, session->label, results);
	session->has_judged = true;
	if (session->options->junit) {
		junit_write(session, results, snapshot);
	}
	free(results);
}

static bool has_begun(const struct session *session)
{
	return session->decoder.has_preamble &&
	       (!session->has_slice || session_slice_has_begun(session));
}

void session_write_reports(struct session *session, unsigned which)
{
	if (!has_begun(session) || (session->base && !has_begun(session->base))) {
		return;
	}
	bool needs_wrappers =
		(options_needs(session->options) & NEEDS_WRAPPERS) != 0 || (which & SESSION_GATES);
	struct session_views *views = session_views_new(session, needs_wrappers);
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		const struct report *report = session->options->outputs[i].report;
		if (report->write && (which & SESSION_SNAPSHOTS)) {
			report_write(session, i, session_views_of(views, report));
		} else if (!report->write && (which & SESSION_EVENTS)) {
			events_publish(session, i);
		}
	}
	if (which & SESSION_GATES) {
		gates_pass(session, session_views_of_gates(views));
	}
	session_views_free(views);
}

void session_close_reports(struct session *session)
{
	for (size_t i = 0; i < session->options->n_outputs; i++) {
		if (session->outputs[i].file) {
			output_end(session, &session->outputs[i]);
		}
	}
}
