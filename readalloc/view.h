// SPDX-License-Identifier: GPL-3.0-or-later
// What is seen of a snapshot: a snapshot made of another, without what filters and suppressions hide, and with
// costs at the callers of wrappers. All reports show it without knowing.
#ifndef READALLOC_VIEW_H
#define READALLOC_VIEW_H

#include <stdbool.h>

#include "filter.h"
#include "snapshot.h"
#include "suppression.h"
#include "wrappers.h"

struct symbols;

struct view_settings {
	struct filters filters;
	struct wrappers wrappers;
	struct suppressions suppressions;
};

void view_settings_free(struct view_settings *settings);

struct view {
	struct snapshot snapshot;
	struct view_inside *inside;
};

// `whole` is borrowed and outlives the view. Without `skips_wrappers` stacks stay as they are.
struct view *view_new(const struct snapshot *whole, struct symbols *symbols,
		      const struct view_settings *settings, bool skips_wrappers);
void view_free(struct view *view);

#endif
