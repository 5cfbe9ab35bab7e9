// SPDX-License-Identifier: GPL-3.0-or-later
// The snapshots of this moment that reports are given.
#include "session_views.h"

#include <stdlib.h>

#include "difference.h"
#include "options.h"
#include "own_operators.h"
#include "report.h"
#include "session.h"
#include "session_part.h"
#include "session_slice.h"
#include "snapshot_build.h"
#include "symbols.h"
#include "unsure.h"
#include "util.h"
#include "view.h"

enum { BARE, WITH_WRAPPERS, N_VIEWS };

struct session_views {
	struct snapshot *whole;
	struct site *sites;     // of the whole, if that is of a part that is read along
	struct misuse *misuses; // of the whole
	struct view *views[N_VIEWS];
	struct session_views
		*base; // of the run this one is compared with; NULL: it is compared with none
	struct difference *differences[N_VIEWS];
};

static void differences_make(struct session_views *views, struct session *session)
{
	struct session *base = session->base;
	views->base = session_views_new(base, views->views[WITH_WRAPPERS] != NULL);
	if (!base->lead) {
		symbols_set_base(session->symbols, base->symbols);
	}
	for (int i = 0; i < N_VIEWS; i++) {
		if (views->views[i]) {
			views->differences[i] =
				difference_new(&views->views[i]->snapshot, session->symbols,
					       &views->base->views[i]->snapshot, base->symbols);
		}
	}
}

struct session_views *session_views_new(struct session *session, bool with_wrappers)
{
	struct session_views *views = xcalloc(1, sizeof(*views));
	const struct view_settings *settings = &session->options->view;
	session_start_symbols(session);
	views->whole = snapshot_build(&session->model, &session->decoder.preamble,
				      session_lost(session), session_part_damage(session));
	// What the writer lost and no record tells of may have been lost at the end.
	unsure_show(&session->model,
		    session->order.next <= session->model.next_seq &&
			    session->decoder.end_lost <= session->model.n_reported_lost,
		    views->whole);
	if (session->lead) {
		views->sites = session_part_sites(session, views->whole);
		views->whole->sites = views->sites;
		views->whole->is_same_run = true;
	}
	if (session->has_slice) {
		session_slice_show(session, views->whole);
	}
	views->misuses = own_operators_settle(
		views->whole, &session->model.modules, session->rootfs,
		&(struct symbols_target){ (unsigned)session->decoder.preamble.machine,
					  (unsigned)session->decoder.preamble.word_size,
					  (unsigned)session->decoder.preamble.byte_order });
	analyses_show(&session->analyses, &session->model, views->whole);
	views->views[BARE] = view_new(views->whole, session->symbols, settings, true);
	if (with_wrappers) {
		views->views[WITH_WRAPPERS] =
			view_new(views->whole, session->symbols, settings, false);
	}
	if (session->base) {
		differences_make(views, session);
	}
	return views;
}

void session_views_free(struct session_views *views)
{
	if (!views) {
		return;
	}
	for (int i = 0; i < N_VIEWS; i++) {
		difference_free(views->differences[i]);
		view_free(views->views[i]);
	}
	session_views_free(views->base);
	snapshot_free(views->whole);
	free(views->misuses);
	free(views->sites);
	free(views);
}

const struct snapshot *session_views_of(const struct session_views *views,
					const struct report *report)
{
	int which = report->needs & NEEDS_WRAPPERS ? WITH_WRAPPERS : BARE;
	if (views->base) {
		switch (report->difference) {
		case DIFFERENCE_SIGNED:
			return &views->differences[which]->snapshot;
		case DIFFERENCE_INCREASES:
			say("-f %s: it has no negative numbers: it shows what there is more",
			    report->name);
			return &views->differences[which]->increases;
		case DIFFERENCE_NONE:
			say("-f %s: it cannot show a difference: it shows the run itself",
			    report->name);
			break;
		}
	}
	return &views->views[which]->snapshot;
}

const struct snapshot *session_views_of_gates(const struct session_views *views)
{
	return views->base ? &views->differences[WITH_WRAPPERS]->snapshot
			   : &views->views[WITH_WRAPPERS]->snapshot;
}
