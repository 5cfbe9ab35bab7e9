// SPDX-License-Identifier: GPL-3.0-or-later
// What the program maps itself, as blocks that can be cut.
#include "model_private.h"

// What is left of the mapping `whole` once a part of it is gone.
static void rest_add(struct model *model, const struct event *event,
		     const struct released_block *whole, uint64_t addr, uint64_t size)
{
	struct live_block rest = { addr, size, whole->block.charge, whole->block.seq };
	struct live_birth birth = birth_by(event, size);
	birth.thread = whole->birth_thread;
	if (live_table_find(&model->live, addr)) {
		return;
	}
	live_table_add(&model->live, &rest, &birth);
	mappings_add(&model->mappings, &(struct mapping){ addr, size, rest.seq });
	if (charge_counts(rest.charge)) {
		model_block_add(model, event, &rest, &birth, &(struct weight){ size, 1, 0 }, true);
	} else if (rest.charge != CHARGE_NONE) {
		model->before_freed_bytes -= size;
		model->before_freed_blocks--;
	}
}

void model_unmapped(struct model *model, const struct event *event)
{
	struct mapping *found;
	uint64_t end = event->addr + event->size;
	while ((found = mappings_find(&model->mappings, event->addr, event->size)) != NULL) {
		struct mapping mapping = *found;
		mappings_remove(&model->mappings, found);
		struct live_block *block = live_table_find(&model->live, mapping.addr);
		if (!block || block->seq != mapping.seq) {
			continue; // a block's by now, as of an allocator that made the mapping
		}
		struct released_block whole = block_copy(model, TRAITS_NONE, block);
		uint64_t charge_bytes = model_block_drop(model, block);
		if (charge_counts(whole.block.charge)) {
			bool has_rest =
				mapping.addr < event->addr || mapping.addr + mapping.size > end;
			model_tell_changed(
				model, TRAITS_NONE,
				&(struct block_change){ .event = event,
							.is_release = true,
							.is_rest = has_rest,
							.charge = whole.block.charge,
							.seq = whole.block.seq,
							.has_birth = model->live.has_births,
							.birth_thread = whole.birth_thread,
							.birth_time = whole.birth_time,
							.charge_bytes = charge_bytes,
							.addr = whole.block.addr,
							.size = whole.block.size,
							.bytes = whole.block.size,
							.blocks = 1 });
		}
		if (mapping.addr < event->addr) {
			rest_add(model, event, &whole, mapping.addr, event->addr - mapping.addr);
		}
		if (mapping.addr + mapping.size > end) {
			rest_add(model, event, &whole, end, mapping.addr + mapping.size - end);
		}
	}
}

void model_mapped(struct model *model, const struct event *event)
{
	model_unmapped(model, event);
	struct weight weight = { event->size, 1, 0 };
	uint32_t i = model_total_add(model, event, &weight);
	struct live_block block = { event->addr, event->size, i, (uint32_t)event->seq };
	if (live_table_find(&model->live, event->addr)) {
		return;
	}
	struct live_birth birth = birth_by(event, event->size);
	live_table_add(&model->live, &block, &birth);
	mappings_add(&model->mappings, &(struct mapping){ block.addr, block.size, block.seq });
	if (i != CHARGE_NONE) {
		model_block_add(model, event, &block, &birth, &weight, false);
	}
}
