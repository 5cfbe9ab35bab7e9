// SPDX-License-Identifier: GPL-3.0-or-later
// The analyses that the wanted reports need, from the first event to the snapshot.
#ifndef READALLOC_ANALYSES_H
#define READALLOC_ANALYSES_H

#include <stddef.h>

struct census;
struct change_log;
struct filters;
struct heaptrack_ahead;
struct life_filter;
struct lives;
struct model;
struct snapshot;
struct timeline;

struct analyses {
	struct timeline *timeline; // NULL: not needed; so for the others
	struct census *census;
	struct lives *lives;
	const struct filters *filters; // borrowed: those of `life_filter`; set before it is started
	struct life_filter *life_filter;
	struct change_log *changes;
	struct heaptrack_ahead *ahead; // by a thread of its own; NULL: there is none
};

// Has those named by `needs` (enum report_need) watch `model` from now on.
void analyses_start(struct analyses *analyses, unsigned needs, struct model *model);

// Begins to count from here, as model_count_anew does: the census goes on with what it knows of threads, the others, which
// must not have been started, are.
void analyses_count_anew(struct analyses *analyses, unsigned needs, struct model *model);

// Has reports made of the changes while more of these come, before the first one; not for a process that forks.
void analyses_work_ahead(struct analyses *analyses);

// No more events come.
void analyses_end(struct analyses *analyses);

void analyses_free(struct analyses *analyses);
size_t analyses_memory(const struct analyses *analyses);

// Brings them up to the model's moment and lends them to the snapshot.
void analyses_show(const struct analyses *analyses, const struct model *model,
		   struct snapshot *snapshot);

#endif
