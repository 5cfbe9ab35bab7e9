// SPDX-License-Identifier: GPL-3.0-or-later
// Call stacks as paths in two trees: raw ones of program counters, and those of call sites the reports see.
#ifndef READALLOC_STACKS_H
#define READALLOC_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index_table.h"
#include "snapshot.h"

struct modules;

// A raw stack is known when its record is decoded; which modules its program counters belong to only when its
// event's turn has come. Then it is converted once, and again only after modules have changed.
// Packed: there is one for each frame of each stack, and 4 bytes of each would be empty.
struct __attribute__((packed, aligned(4))) raw_node {
	uint64_t pc;
	uint32_t parent; // raw node; RAW_ROOT is its own parent
	uint32_t
		node; // the same stack in the tree of call sites, while `generation` is the modules'
	uint32_t last_child;      // the child used last: stacks repeat
	uint32_t charge;          // free for the model's use
	uint32_t generation : 27; // of more generations the later ones are found anew each time
	uint32_t
		has_siblings : 1; // the last child is one of several, which are in the index; an only child is not
	uint32_t how : 4; // enum wire_how of the innermost frame
};

enum { RAW_ROOT = 0, CHARGE_NONE = UINT32_MAX, STACKS_CHILDREN_BITS = 14 };

struct stacks {
	struct raw_node *raw;
	size_t n_raw, raw_room;
	struct index_table raw_index;
	// Of parents with several children, the child found last at a hash of the parent and the frame.
	uint32_t children[1 << STACKS_CHILDREN_BITS];
	struct stack_node *nodes;
	size_t n_nodes, nodes_room;
	uint32_t *only_child; // of a node; STACK_ROOT: none
	struct index_table node_index;
	struct site *sites;
	size_t n_sites, sites_room;
	struct index_table site_index;
	// Sites found last, at a hash of their program counter.
	struct known_site {
		uint64_t pc;
		uint32_t generation; // of the modules; 0: none
		uint32_t site;
		bool is_exact;
	} known_sites[1024];
};

void stacks_init(struct stacks *stacks);
void stacks_free(struct stacks *stacks);

// No stack comes any more: frees what only new ones are found by. The nodes and sites stay.
void stacks_close(struct stacks *stacks);

// The slow half of stacks_push.
uint32_t stacks_push_new(struct stacks *stacks, uint32_t parent, uint64_t pc, uint8_t how);

// The raw stack `parent` with the frame `pc` pushed inside, which was found as `how` says.
static inline uint32_t stacks_push(struct stacks *stacks, uint32_t parent, uint64_t pc, uint8_t how)
{
	uint32_t child = stacks->raw[parent].last_child;
	if (child != RAW_ROOT && stacks->raw[child].pc == pc && stacks->raw[child].how == how) {
		return child;
	}
	return stacks_push_new(stacks, parent, pc, how);
}

// For an archive: the site, or the node, and its number; the next one if it was not there.
uint32_t stacks_add_site(struct stacks *stacks, const struct site *site);
uint32_t stacks_add_node(struct stacks *stacks, uint32_t parent, uint32_t site, unsigned how);

// The node of the raw stack with the modules of this moment.
uint32_t stacks_resolve(struct stacks *stacks, struct modules *modules, uint32_t raw);

#endif
