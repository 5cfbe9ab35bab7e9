// SPDX-License-Identifier: GPL-3.0-or-later
// The other part of the same run that a session's reports are compared with: read along with it, from the same bytes.
//
// The two sessions decode alike, so that the part needs no input of its own, which a pipe or a connection could not give
// twice. It is read up to its end only.
#ifndef READALLOC_SESSION_PART_H
#define READALLOC_SESSION_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

struct session;

// Makes the part of a session that is new, if its options want one: it is its base.
void session_part_start(struct session *session);
void session_part_free(struct session *session);

// The part, if there is one that still takes bytes; else NULL.
struct session *session_part_open(const struct session *session);

// What is wrong with the input as far as the session and its part have read it; NULL: nothing.
const char *session_part_damage(const struct session *session);

// The call sites of a part, in the modules of the session along which it is read as far as that knows them, so that the
// same code is the same site in both. The caller frees it.
struct site *session_part_sites(const struct session *part, const struct snapshot *snapshot);

#endif
