// SPDX-License-Identifier: GPL-3.0-or-later
// The order in which reports with a row for each stack have them.
#ifndef READALLOC_CHARGE_ORDER_H
#define READALLOC_CHARGE_ORDER_H

#include <stdint.h>

#include "row_order.h"

struct life_time;
struct snapshot;

// The columns that all of these reports have.
extern const struct row_column charge_columns[];

// The indexes of the snapshot's charges, in their order; `times` may be NULL. The caller frees it.
uint32_t *charge_order_new(const struct snapshot *snapshot, const struct life_time *times,
			   const struct row_sort *sort);

#endif
