// SPDX-License-Identifier: GPL-3.0-or-later
// Call stacks as paths in two trees: raw ones of program counters, and those of call sites the reports see.
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

#include "libdumpalloc/wire.h"
#include "modules.h"
#include "util.h"

// Of only_child: there are several, and they are in the index.
enum { CHILDREN_INDEXED = UINT32_MAX };

// `n` as the number of a new node.
static uint32_t number_next(size_t n)
{
	if (n >= CHARGE_NONE) {
		die("memory: more than 2^32 distinct call stacks");
	}
	return (uint32_t)n;
}

void stacks_init(struct stacks *stacks)
{
	memset(stacks, 0, sizeof(*stacks));
	stacks->raw_room = stacks->nodes_room = 1024;
	stacks->raw = xcalloc(stacks->raw_room, sizeof(*stacks->raw));
	stacks->nodes = xcalloc(stacks->nodes_room, sizeof(*stacks->nodes));
	stacks->only_child = xcalloc(stacks->nodes_room, sizeof(*stacks->only_child));
	stacks->raw[RAW_ROOT].charge = CHARGE_NONE;
	stacks->nodes[STACK_ROOT].site = SITE_NONE;
	stacks->n_raw = 1;
	stacks->n_nodes = 1;
}

void stacks_close(struct stacks *stacks)
{
	pages_free(stacks->raw, stacks->raw_room * sizeof(*stacks->raw));
	pages_free(stacks->only_child, stacks->nodes_room * sizeof(*stacks->only_child));
	stacks->raw = NULL;
	stacks->only_child = NULL;
	stacks->n_raw = stacks->raw_room = 0;
	index_table_free(&stacks->raw_index);
	index_table_free(&stacks->node_index);
	index_table_free(&stacks->site_index);
}

void stacks_free(struct stacks *stacks)
{
	stacks_close(stacks);
	pages_free(stacks->nodes, stacks->nodes_room * sizeof(*stacks->nodes));
	free(stacks->sites);
	memset(stacks, 0, sizeof(*stacks));
}

static uint32_t raw_hash(uint64_t pc, unsigned how, uint32_t parent)
{
	return hash_pair(pc, (uint64_t)how << 32 | parent);
}

static bool raw_is(const struct raw_node *node, uint32_t parent, uint64_t pc, uint8_t how)
{
	return node->pc == pc && node->parent == parent && node->how == how;
}

static uint32_t raw_find(const struct stacks *stacks, uint32_t parent, uint64_t pc, uint8_t how)
{
	uint32_t hash = raw_hash(pc, how, parent);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&stacks->raw_index, hash, &step)) != INDEX_NONE;) {
		if (raw_is(&stacks->raw[found], parent, pc, how)) {
			break;
		}
	}
	return found;
}

static uint32_t *child_place(struct stacks *stacks, uint32_t parent, uint64_t pc)
{
	uint64_t hash = (pc + ((uint64_t)parent << 32 | parent)) * 0x9E3779B97F4A7C15;
	return &stacks->children[hash >> (64 - STACKS_CHILDREN_BITS)];
}

static void raw_index_add(struct stacks *stacks, uint32_t raw)
{
	const struct raw_node *node = &stacks->raw[raw];
	index_table_add(&stacks->raw_index, raw_hash(node->pc, node->how, node->parent), raw);
}

static void raw_grow(struct stacks *stacks)
{
	size_t size = stacks->raw_room * sizeof(*stacks->raw);
	stacks->raw_room = grown_to_pages(stacks->n_raw, sizeof(*stacks->raw));
	stacks->raw = pages_grow(stacks->raw, size, stacks->raw_room * sizeof(*stacks->raw));
}

uint32_t stacks_push_new(struct stacks *stacks, uint32_t parent, uint64_t pc, uint8_t how)
{
	uint32_t *known = child_place(stacks, parent, pc);
	if (stacks->raw[parent].has_siblings) {
		uint32_t found = *known;
		if (found == RAW_ROOT || !raw_is(&stacks->raw[found], parent, pc, how)) {
			found = raw_find(stacks, parent, pc, how);
		}
		if (found != INDEX_NONE) {
			*known = found;
			stacks->raw[parent].last_child = found;
			return found;
		}
	}
	if (stacks->n_raw == stacks->raw_room) {
		raw_grow(stacks);
	}
	uint32_t new = number_next(stacks->n_raw++);
	stacks->raw[new] = (struct raw_node){
		.pc = pc,
		.parent = parent,
		.charge = CHARGE_NONE,
		.how = how & 15u,
	};
	struct raw_node *above = &stacks->raw[parent];
	if (above->last_child != RAW_ROOT) {
		if (!above->has_siblings) {
			raw_index_add(stacks, above->last_child);
			above->has_siblings = 1;
		}
		raw_index_add(stacks, new);
	}
	above->last_child = new;
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
	if (stacks->n_sites >= SITE_NONE) {
		die("memory: more than 2^28 distinct call sites");
	}
	if (stacks->n_sites == stacks->sites_room) {
		stacks->sites_room = grown_capacity(stacks->n_sites, 0);
		stacks->sites = xrealloc(stacks->sites, stacks->sites_room, sizeof(*stacks->sites));
	}
	stacks->sites[stacks->n_sites] =
		(struct site){ .module = module, .offset = offset, .is_exact = is_exact };
	index_table_add(&stacks->site_index, hash, (uint32_t)stacks->n_sites);
	return (uint32_t)stacks->n_sites++;
}

// The site of a program counter with the modules of this moment.
static uint32_t site_find(struct stacks *stacks, struct modules *modules, uint64_t pc,
			  bool is_exact)
{
	size_t n_known = sizeof(stacks->known_sites) / sizeof(stacks->known_sites[0]);
	struct known_site *known = &stacks->known_sites[hash_pair(pc, 0) % n_known];
	if (known->pc != pc || known->generation != modules->generation ||
	    known->is_exact != is_exact) {
		const struct range *range = modules_find(modules, pc - !is_exact);
		uint64_t offset = range ? (pc - range->load_bias) & modules->address_mask : pc;
		uint32_t site = site_intern(stacks, range ? range->module : NULL, offset, is_exact);
		*known = (struct known_site){ pc, modules->generation, site, is_exact };
	}
	return known->site;
}

static uint32_t node_find(const struct stacks *stacks, uint32_t parent, uint32_t site)
{
	uint32_t hash = hash_pair(site, parent);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&stacks->node_index, hash, &step)) != INDEX_NONE;) {
		if (stacks->nodes[found].parent == parent && stacks->nodes[found].site == site) {
			break;
		}
	}
	return found;
}

static void node_index_add(struct stacks *stacks, uint32_t node)
{
	const struct stack_node *of = &stacks->nodes[node];
	index_table_add(&stacks->node_index, hash_pair(of->site, of->parent), node);
}

static void nodes_grow(struct stacks *stacks)
{
	size_t room = stacks->nodes_room;
	size_t grown = grown_to_pages(stacks->n_nodes, sizeof(*stacks->nodes));
	stacks->nodes = pages_grow(stacks->nodes, room * sizeof(*stacks->nodes),
				   grown * sizeof(*stacks->nodes));
	stacks->only_child = pages_grow(stacks->only_child, room * sizeof(*stacks->only_child),
					grown * sizeof(*stacks->only_child));
	stacks->nodes_room = grown;
}

static uint32_t node_intern(struct stacks *stacks, uint32_t parent, uint32_t site)
{
	uint32_t child = stacks->only_child[parent];
	uint32_t found = INDEX_NONE;
	if (child == CHILDREN_INDEXED) {
		found = node_find(stacks, parent, site);
	} else if (child != STACK_ROOT && stacks->nodes[child].site == site) {
		found = child;
	}
	if (found != INDEX_NONE) {
		return found;
	}
	if (stacks->n_nodes == stacks->nodes_room) {
		nodes_grow(stacks);
	}
	uint32_t new = number_next(stacks->n_nodes++);
	stacks->nodes[new] = (struct stack_node){ .parent = parent, .site = site };
	stacks->only_child[new] = STACK_ROOT;
	if (child == STACK_ROOT) {
		stacks->only_child[parent] = new;
		return new;
	}
	if (child != CHILDREN_INDEXED) {
		node_index_add(stacks, child);
		stacks->only_child[parent] = CHILDREN_INDEXED;
	}
	node_index_add(stacks, new);
	return new;
}

uint32_t stacks_add_site(struct stacks *stacks, const struct site *site)
{
	return site_intern(stacks, site->module, site->offset, site->is_exact);
}

uint32_t stacks_add_node(struct stacks *stacks, uint32_t parent, uint32_t site, unsigned how)
{
	uint32_t node = node_intern(stacks, parent, site);
	stacks->nodes[node].how = how & 15;
	return node;
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
		node = node_intern(
			stacks, node,
			site_find(stacks, modules, frame->pc, frame->how & WIRE_HOW_EXACT));
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
