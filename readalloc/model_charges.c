// SPDX-License-Identifier: GPL-3.0-or-later
// What allocations cost, by stack and kind.
#include "model_private.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static uint32_t charge_hash(uint32_t node, uint8_t kind, uint8_t cut)
{
	return hash_pair(node, (uint64_t)kind << WIRE_CUT_BITS | cut);
}

void model_index_charge(struct model *model, uint32_t i)
{
	const struct charge *charge = &model->charges[i];
	index_table_add(&model->charge_index, charge_hash(charge->stack, charge->kind, charge->cut),
			i);
}

static void charges_grow(struct model *model)
{
	size_t room = model->charges_room;
	size_t grown = grown_to_pages(model->n_charges, sizeof(*model->charges));
	model->charges = pages_grow(model->charges, room * sizeof(*model->charges),
				    grown * sizeof(*model->charges));
	model->charge_epochs =
		pages_grow(model->charge_epochs, room * sizeof(*model->charge_epochs),
			   grown * sizeof(*model->charge_epochs));
	if (model->sampling != 0) {
		model->variances = xrealloc(model->variances, grown, sizeof(*model->variances));
	}
	model->charges_room = grown;
}

static uint32_t charge_intern(struct model *model, uint32_t node, const struct event *event)
{
	uint32_t hash = charge_hash(node, event->kind, event->cut);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&model->charge_index, hash, &step)) != INDEX_NONE;) {
		const struct charge *charge = &model->charges[found];
		if (charge->stack == node && charge->kind == event->kind &&
		    charge->cut == event->cut) {
			return found;
		}
	}
	if (model->n_charges == model->charges_room) {
		charges_grow(model);
	}
	if (model->variances) {
		model->variances[model->n_charges] = (struct variance){ 0 };
	}
	model->charges[model->n_charges] =
		(struct charge){ .stack = node, .cut = event->cut, .kind = event->kind };
	model->charge_epochs[model->n_charges] = model->epoch;
	model_index_charge(model, (uint32_t)model->n_charges);
	return (uint32_t)model->n_charges++;
}

uint32_t model_charge_find(struct model *model, const struct event *event)
{
	uint32_t node = stacks_resolve(&model->stacks, &model->modules, event->stack);
	uint32_t charge = charge_intern(model, node, event);
	struct raw_node *raw = &model->stacks.raw[event->stack];
	raw->charge = charge;
	raw->generation = model->modules.generation & ((1u << 27) - 1); // also of RAW_ROOT
	return charge;
}

struct charge model_charge_at(const struct model *model, size_t i)
{
	struct charge charge = model->charges[i];
	if (model->charge_epochs[i] != model->epoch) {
		charge.cost.column[COST_peak_bytes] = charge.cost.column[COST_live_bytes];
		charge.cost.column[COST_peak_blocks] = charge.cost.column[COST_live_blocks];
	}
	return charge;
}

void model_settle(struct model *model)
{
	for (size_t i = 0; i < model->n_charges; i++) {
		model_charge_touch(model, (uint32_t)i);
	}
}
