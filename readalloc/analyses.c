// SPDX-License-Identifier: GPL-3.0-or-later
// The analyses that the wanted reports need, from the first event to the snapshot.
#include "analyses.h"

#include "census.h"
#include "change_log.h"
#include "heaptrack_ahead.h"
#include "life_filter.h"
#include "lives.h"
#include "model.h"
#include "report.h"
#include "snapshot.h"
#include "timeline.h"

void analyses_start(struct analyses *analyses, unsigned needs, struct model *model)
{
	if (needs & NEEDS_TIMELINE) {
		analyses->timeline = timeline_new();
		timeline_watch(analyses->timeline, model);
	}
	if (needs & NEEDS_CENSUS) {
		analyses->census = census_new();
		census_watch(analyses->census, model);
	}
	if (needs & NEEDS_LIVES) {
		analyses->lives = lives_new();
		lives_watch(analyses->lives, model);
	}
	if (needs & NEEDS_LIFE_FILTER) {
		analyses->life_filter = life_filter_new(analyses->filters);
		life_filter_watch(analyses->life_filter, model);
	}
	if (needs & NEEDS_CHANGES) {
		analyses->changes = change_log_new();
		change_log_watch(analyses->changes, model);
	}
}

void analyses_count_anew(struct analyses *analyses, unsigned needs, struct model *model)
{
	if (analyses->census) {
		census_count_anew(analyses->census);
	}
	analyses_start(analyses, needs & ~(unsigned)NEEDS_CENSUS, model);
}

void analyses_work_ahead(struct analyses *analyses)
{
	if (analyses->changes) {
		analyses->ahead = heaptrack_ahead_new(analyses->changes);
	}
}

void analyses_end(struct analyses *analyses)
{
	if (analyses->ahead) {
		heaptrack_ahead_end(analyses->ahead);
	}
}

void analyses_free(struct analyses *analyses)
{
	heaptrack_ahead_free(analyses->ahead);
	timeline_free(analyses->timeline);
	census_free(analyses->census);
	lives_free(analyses->lives);
	life_filter_free(analyses->life_filter);
	change_log_free(analyses->changes);
}

size_t analyses_memory(const struct analyses *analyses)
{
	return (analyses->timeline ? timeline_memory(analyses->timeline) : 0) +
	       (analyses->census ? census_memory(analyses->census) : 0) +
	       (analyses->lives ? lives_memory(analyses->lives) : 0) +
	       (analyses->changes ? sizeof(*analyses->changes) : 0);
}

void analyses_show(const struct analyses *analyses, const struct model *model,
		   struct snapshot *snapshot)
{
	snapshot->census = analyses->census;
	if (analyses->timeline) {
		timeline_settle(analyses->timeline, model);
		snapshot->timeline = analyses->timeline;
	}
	if (analyses->lives) {
		lives_settle(analyses->lives, model);
		snapshot->lives = analyses->lives;
	}
	snapshot->life_filter = analyses->life_filter;
	snapshot->changes = analyses->changes;
	snapshot->changes_ahead = analyses->ahead;
}
