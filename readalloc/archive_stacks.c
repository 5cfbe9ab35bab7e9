// SPDX-License-Identifier: GPL-3.0-or-later
// Call stacks in an archive: what is found again by a hash is not in it.
#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "stacks.h"
#include "util.h"

// Whether no path to the root is longer than those of a stream. `depths` has those of the nodes before `i`.
static bool depth_take(uint16_t *depths, size_t i, uint32_t parent)
{
	depths[i] = (uint16_t)(depths[parent] + 1);
	return depths[i] <= WIRE_DEPTH_MAX;
}

static void sites_archive(struct archive *archive, struct stacks *stacks, struct modules *modules)
{
	size_t n = stacks->n_sites;
	archive_count(archive, &n);
	for (size_t i = 0; i < n && archive_is_well(archive); i++) {
		struct site site = { 0 };
		if (!archive->is_reading) {
			site = stacks->sites[i];
		}
		module_archive(archive, modules, &site.module);
		archive_u64(archive, &site.offset);
		archive_bool(archive, &site.is_exact);
		if (archive->is_reading && archive_is_well(archive) &&
		    stacks_add_site(stacks, &site) != i) {
			archive_fail(archive, "a call site is there twice");
		}
	}
}

static void nodes_archive(struct archive *archive, struct stacks *stacks)
{
	size_t n = stacks->n_nodes - 1;
	archive_count(archive, &n);
	uint16_t *depths = xcalloc(n + 1, sizeof(*depths));
	for (size_t i = 1; i <= n && archive_is_well(archive); i++) {
		struct stack_node node = { 0 };
		if (!archive->is_reading) {
			node = stacks->nodes[i];
		}
		uint32_t site = node.site, how = node.how;
		archive_index(archive, &node.parent, i, false);
		archive_index(archive, &site, stacks->n_sites, false);
		archive_index(archive, &how, WIRE_HOW_MASK + 1, false);
		if (!archive->is_reading || !archive_is_well(archive)) {
			continue;
		}
		if (!depth_take(depths, i, node.parent) ||
		    stacks_add_node(stacks, node.parent, site, how) != i) {
			archive_fail(archive, "a call stack is impossible");
		}
	}
	free(depths);
}

void stacks_archive(struct archive *archive, struct stacks *stacks, struct modules *modules)
{
	sites_archive(archive, stacks, modules);
	nodes_archive(archive, stacks);
}

// The caller frees.
static uint16_t *node_depths_new(const struct stacks *stacks)
{
	uint16_t *depths = xcalloc(stacks->n_nodes, sizeof(*depths));
	for (size_t i = 1; i < stacks->n_nodes; i++) {
		depth_take(depths, i, stacks->nodes[i].parent);
	}
	return depths;
}

void raw_stacks_archive(struct archive *archive, struct stacks *stacks)
{
	size_t n = stacks->n_raw - 1;
	archive_count(archive, &n);
	uint16_t *depths = xcalloc(n + 1, sizeof(*depths));
	uint16_t *node_depths = node_depths_new(stacks);
	for (size_t i = 1; i <= n && archive_is_well(archive); i++) {
		struct raw_node raw = { 0 };
		if (!archive->is_reading) {
			raw = stacks->raw[i];
		}
		uint64_t pc = raw.pc;
		uint32_t parent = raw.parent, node = raw.node;
		uint32_t generation = raw.generation, how = raw.how;
		archive_u64(archive, &pc);
		archive_index(archive, &parent, i, false);
		archive_index(archive, &how, 16, false);
		archive_index(archive, &node, stacks->n_nodes, false);
		archive_index(archive, &generation, (size_t)1 << 27, false);
		if (!archive->is_reading || !archive_is_well(archive)) {
			continue;
		}
		// Frame by frame both trees have the same stacks.
		if (!depth_take(depths, i, parent) ||
		    (generation != 0 && node_depths[node] != depths[i]) ||
		    stacks_push(stacks, parent, pc, (uint8_t)how) != i) {
			archive_fail(archive, "a call stack is impossible");
			break;
		}
		stacks->raw[i].node = node;
		stacks->raw[i].generation = generation & ((1u << 27) - 1);
	}
	free(node_depths);
	free(depths);
}
