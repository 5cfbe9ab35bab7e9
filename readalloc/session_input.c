// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one input into a session.
#include "session_input.h"

#include <errno.h>
#include <string.h>

#include "checkpoint.h"
#include "input.h"
#include "options.h"
#include "progress.h"
#include "pump.h"
#include "session.h"
#include "session_slice.h"
#include "util.h"

static void report_now(void *context)
{
	const struct session *session = context;
	const char *label = options_input_label(session->options);
	if (session->has_slice) {
		session_slice_say(session, label, false);
	}
	if (session->part) {
		session_slice_say(session->part, label, false);
	}
	session_write_reports(context, SESSION_EVENTS | SESSION_SNAPSHOTS);
}

static size_t feed(void *context, const uint8_t *bytes, size_t size, bool is_last)
{
	return session_feed(context, bytes, size, is_last);
}

static void harm(void *context, uint64_t n_ahead, const char *reason)
{
	session_harm(context, n_ahead, reason);
}

static bool is_over(void *context)
{
	return session_is_over(context);
}

static void look(void *context, struct progress_state *state)
{
	const struct model *model = &((const struct session *)context)->model;
	state->n_events = model->n_events;
	state->live_bytes = model->total.column[COST_live_bytes];
}

static void rest(void *context, const uint8_t *bytes, size_t n, bool is_last)
{
	struct session *session = context;
	checkpoint_keep(session->checkpoint, session, bytes, n, is_last);
}

bool session_read(struct session *session, struct input *input)
{
	const struct options *options = session->options;
	struct pump pump = { .decoder = &session->decoder,
			     .is_endless = options->is_following,
			     .has_progress = !options->no_progress,
			     .context = session,
			     .feed = feed,
			     .harm = harm,
			     .report = report_now,
			     .is_over = is_over,
			     .look = look };
	if (session->checkpoint) {
		pump.rest = rest;
		pump.first = checkpoint_rest(session->checkpoint, &pump.n_first);
	}
	enum input_result result = pump_run(&pump, input);
	session->is_stopped = result == INPUT_STOP;
	if (result == INPUT_FAILED) {
		say("%s: %s", options_input_label(options), strerror(errno));
	}
	session_end(session);
	return result != INPUT_FAILED;
}
