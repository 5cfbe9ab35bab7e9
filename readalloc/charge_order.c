// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which reports with a row for each stack have them.
#include "charge_order.h"

#include <stdlib.h>

#include "life_times.h"
#include "site_name.h"
#include "snapshot.h"
#include "util.h"

// The costs come first.
enum { COLUMN_LIFETIME = N_COSTS, COLUMN_AGE, COLUMN_OLDEST, COLUMN_ALLOCATOR, COLUMN_CUT };

const struct row_column charge_columns[] = {
#define X(field, word, title) { #field, false },
	COST_LIST(X)
#undef X
		{ "lifetime_us", false },
	{ "age_us", false },
	{ "oldest_us", false },
	{ "allocator", true },
	{ "cut", true },
	{ NULL, false },
};

static void key_make(struct row_key *key, const struct charge *charge, const struct life_time *time,
		     unsigned column)
{
	if (column < N_COSTS) {
		key->number = (int64_t)charge->cost.column[column];
	} else if (column == COLUMN_ALLOCATOR) {
		key->text = kind_name(charge->kind);
	} else if (column == COLUMN_CUT) {
		key->text = cut_name(charge->cut);
	} else if (time != NULL) {
		key->number = (int64_t)(column == COLUMN_LIFETIME ? time->lifetime
					: column == COLUMN_AGE    ? time->age
								  : time->oldest);
	}
}

uint32_t *charge_order_new(const struct snapshot *snapshot, const struct life_time *times,
			   const struct row_sort *sort)
{
	size_t n = snapshot->n_charges;
	uint32_t *order = xcalloc(n + 1, sizeof(*order));
	if (sort->text == NULL) {
		for (size_t i = 0; i < n; i++) {
			order[i] = (uint32_t)i;
		}
		return order;
	}
	struct row_key *keys = xcalloc(n + 1, sizeof(*keys));
	for (size_t i = 0; i < n; i++) {
		keys[i].row = (uint32_t)i;
		key_make(&keys[i], &snapshot->charges[i], times != NULL ? &times[i] : NULL,
			 sort->column);
	}
	rows_sort(keys, n, sort);
	for (size_t i = 0; i < n; i++) {
		order[i] = keys[i].row;
	}
	free(keys);
	return order;
}
