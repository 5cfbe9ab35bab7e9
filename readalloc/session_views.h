// SPDX-License-Identifier: GPL-3.0-or-later
// The snapshots of this moment that reports are given.
#ifndef READALLOC_SESSION_VIEWS_H
#define READALLOC_SESSION_VIEWS_H

#include <stdbool.h>

struct report;
struct session;
struct session_views;
struct snapshot;

// `with_wrappers`: also those with stacks that have their wrappers.
struct session_views *session_views_new(struct session *session, bool with_wrappers);
void session_views_free(struct session_views *views);

// The one for the report.
const struct snapshot *session_views_of(const struct session_views *views,
					const struct report *report);

// The one that gates are about. It has wrappers.
const struct snapshot *session_views_of_gates(const struct session_views *views);

#endif
