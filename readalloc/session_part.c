// SPDX-License-Identifier: GPL-3.0-or-later
// The other part of the same run that a session's reports are compared with: read along with it, from the same bytes.
#include "session_part.h"

#include <stdlib.h>
#include <string.h>

#include "index_table.h"
#include "options.h"
#include "session.h"
#include "util.h"

void session_part_start(struct session *session)
{
	if (!options_have_part(session->options)) {
		return;
	}
	session->part_options = xcalloc(1, sizeof(*session->part_options));
	*session->part_options = options_of_base(session->options);
	session->part = session_new(session->part_options, session->rootfs);
	session->part->lead = session;
	session->base = session->part;
}

void session_part_free(struct session *session)
{
	if (session->part) {
		session_free(session->part);
		free(session->part_options);
	}
}

struct session *session_part_open(const struct session *session)
{
	return session->part && !session_is_over(session->part) ? session->part : NULL;
}

const char *session_part_damage(const struct session *session)
{
	if (session->damage[0]) {
		return session->damage;
	}
	return session->part && session->part->damage[0] ? session->part->damage : NULL;
}

// Both have read the same beginning, so modules of the same number are the same.
static const struct module *module_of_lead(const struct session *part, size_t i)
{
	const struct modules *lead = &part->lead->model.modules;
	const struct module *own = modules_at(&part->model.modules, i);
	const struct module *other = i < lead->n_modules ? modules_at(lead, i) : NULL;
	return other && strcmp(other->path, own->path) == 0 ? other : own;
}

struct site *session_part_sites(const struct session *part, const struct snapshot *snapshot)
{
	const struct modules *modules = &part->model.modules;
	struct index_table by_module = { 0 };
	for (size_t i = 0; i < modules->n_modules; i++) {
		index_table_add(&by_module, hash_pair((uintptr_t)modules_at(modules, i), 0),
				(uint32_t)i);
	}
	struct site *sites = xcalloc(snapshot->n_sites + 1, sizeof(*sites));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		sites[i] = snapshot->sites[i];
		uint32_t hash = hash_pair((uintptr_t)sites[i].module, 0), step = 0, at;
		while ((at = index_table_next(&by_module, hash, &step)) != INDEX_NONE) {
			if (modules_at(modules, at) == sites[i].module) {
				sites[i].module = module_of_lead(part, at);
				break;
			}
		}
	}
	index_table_free(&by_module);
	return sites;
}
