// SPDX-License-Identifier: GPL-3.0-or-later
// What blocks cost that are not to be seen for how long they lived.
#ifndef READALLOC_LIFE_FILTER_H
#define READALLOC_LIFE_FILTER_H

#include <stdbool.h>

struct cost;
struct filters;
struct life_filter;
struct model;
struct snapshot;
struct variance;

// Of the key `life` of `filters`, which outlive it. A block has a life once it is released; one that is live has none, so
// that no condition matches it. Blocks that were left out of the stream are taken to have lived for no time.
// Memory: 80 bytes for each charge; and the model's table of live blocks keeps births.
struct life_filter *life_filter_new(const struct filters *filters);
void life_filter_free(struct life_filter *filter);

// From now on the lives of `model`'s blocks are looked at; it outlives the filter.
void life_filter_watch(struct life_filter *filter, struct model *model);

// Whether blocks that are live are seen.
bool life_filter_admits_live(const struct life_filter *filter);

// Of each charge of the whole snapshot, what blocks have of its columns that are not seen: of those at the peak what of them
// was live at the peak of all. The caller frees them. `variances`: what they have of these is added; NULL: none.
struct cost *life_filter_hidden(const struct life_filter *filter, const struct snapshot *snapshot,
				struct variance *variances);

#endif
