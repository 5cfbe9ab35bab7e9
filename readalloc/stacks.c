// SPDX-License-Identifier: GPL-3.0-or-later
// Call stacks as paths in two trees: raw ones of program counters, and those of call sites the reports see.
#include "stacks.h"

#include <stdlib.h>

#include "libdumpalloc/wire.h"
#include "modules.h"
#include "util.h"

void stacks_init(struct stacks *stacks)
{
	*stacks = (struct stacks){ .raw_room = 1024, .nodes_room = 1024 };
	stacks->raw = xcalloc(stacks->raw_room, sizeof(*stacks->raw));
	stacks->nodes = xcalloc(stacks->nodes_room, sizeof(*stacks->nodes));
	stacks->raw[RAW_ROOT].charge = CHARGE_NONE;
	stacks->nodes[STACK_ROOT].site = SITE_NONE;
	stacks->n_raw = 1;
	stacks->n_nodes = 1;
}

void stacks_free(struct stacks *stacks)
{
	free(stacks->raw);
	free(stacks->nodes);
	free(stacks->sites);
	index_table_free(&stacks->raw_index);
	index_table_free(&stacks->node_index);
	index_table_free(&stacks->site_index);
	*stacks = (struct stacks){ 0 };
}

uint32_t stacks_push_new(struct stacks *stacks, uint32_t parent, uint64_t pc, uint8_t how)
{
	uint32_t hash = hash_pair(pc, (uint64_t)how << 32 | parent);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&stacks->raw_index, hash, &step)) != INDEX_NONE;) {
		const struct raw_node *node = &stacks->raw[found];
		if (node->pc == pc && node->parent == parent && node->how == how) {
			stacks->raw[parent].last_child = found;
			return found;
		}
	}
	if (stacks->n_raw == stacks->raw_room) {
		stacks->raw_room = grown_capacity(stacks->n_raw, 0);
		stacks->raw = xrealloc(stacks->raw, stacks->raw_room, sizeof(*stacks->raw));
	}
	uint32_t new = (uint32_t)stacks->n_raw++;
	stacks->raw[new] = (struct raw_node){
		.pc = pc,
		.parent = parent,
		.charge = CHARGE_NONE,
		.how = how,
	};
	index_table_add(&stacks->raw_index, hash, new);
	stacks->raw[parent].last_child = new;
	return new;
}

static uint32_t site_intern(struct stacks *stacks, const struct module *module, uint64_t offset,
			    bool is_exact)
{
	uint32_t hash = hash_pair(offset, (uintptr_t)module + is_exact);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&stacks->site_index, hash, &step)) != INDEX_NONE;) {
		const struct site *site = &stacks->sites[found];
		if (site->offset == offset && site->module == module &&
		    site->is_exact == is_exact) {
			return found;
		}
	}
	if (stacks->n_sites == stacks->sites_room) {
		stacks->sites_room = grown_capacity(stacks->n_sites, 0);
		stacks->sites = xrealloc(stacks->sites, stacks->sites_room, sizeof(*stacks->sites));
	}
	stacks->sites[stacks->n_sites] = (struct site){ module, offset, is_exact };
	index_table_add(&stacks->site_index, hash, (uint32_t)stacks->n_sites);
	return (uint32_t)stacks->n_sites++;
}

static uint32_t node_intern(struct stacks *stacks, uint32_t parent, uint32_t site)
{
	uint32_t hash = hash_pair(site, parent);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&stacks->node_index, hash, &step)) != INDEX_NONE;) {
		if (stacks->nodes[found].parent == parent && stacks->nodes[found].site == site) {
			return found;
		}
	}
	if (stacks->n_nodes == stacks->nodes_room) {
		stacks->nodes_room = grown_capacity(stacks->n_nodes, 0);
		stacks->nodes = xrealloc(stacks->nodes, stacks->nodes_room, sizeof(*stacks->nodes));
	}
	stacks->nodes[stacks->n_nodes] = (struct stack_node){ parent, site, 0 };
	index_table_add(&stacks->node_index, hash, (uint32_t)stacks->n_nodes);
	return (uint32_t)stacks->n_nodes++;
}

static uint32_t resolve_again(struct stacks *stacks, struct modules *modules, uint32_t raw)
{
	// Outermost first, down from the nearest frame that is still right.
	uint32_t path[WIRE_DEPTH_MAX];
	size_t n = 0;
	for (; raw != RAW_ROOT && stacks->raw[raw].generation != modules->generation;
	     raw = stacks->raw[raw].parent) {
		path[n++] = raw;
	}
	uint32_t node = raw == RAW_ROOT ? STACK_ROOT : stacks->raw[raw].node;
	while (n-- != 0) {
		struct raw_node *frame = &stacks->raw[path[n]];
		bool is_exact = frame->how & WIRE_HOW_EXACT;
		const struct range *range = modules_find(modules, frame->pc - !is_exact);
		uint64_t offset = frame->pc;
		if (range) {
			offset = (frame->pc - range->load_bias) & modules->address_mask;
		}
		node = node_intern(
			stacks, node,
			site_intern(stacks, range ? range->module : NULL, offset, is_exact));
		// The same stack may stand in the middle of another, which had to find this frame.
		if (stacks->nodes[node].how == WIRE_HOW_HOOK) {
			stacks->nodes[node].how = frame->how & WIRE_HOW_MASK;
		}
		frame->node = node;
		frame->generation = modules->generation;
		frame->charge = CHARGE_NONE;
	}
	return node;
}

uint32_t stacks_resolve(struct stacks *stacks, struct modules *modules, uint32_t raw)
{
	if (raw == RAW_ROOT) {
		return STACK_ROOT;
	}
	if (stacks->raw[raw].generation == modules->generation) {
		return stacks->raw[raw].node;
	}
	return resolve_again(stacks, modules, raw);
}
