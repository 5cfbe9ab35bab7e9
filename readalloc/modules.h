// SPDX-License-Identifier: GPL-3.0-or-later
// Which module stands at an address, at the moment the events have reached.
#ifndef READALLOC_MODULES_H
#define READALLOC_MODULES_H

#include <stddef.h>
#include <stdint.h>

struct module;
struct note;

// A stretch of addresses of one mapping of a module.
struct range {
	uint64_t start, end; // end is not in it
	uint64_t mapping;    // module id of the stream
	uint64_t load_bias;
	const struct module *module;
};

// The mappings of this moment and all modules there ever were.
struct modules {
	struct range *ranges; // by address, disjoint
	size_t n_ranges, ranges_room;
	size_t last; // where the last look-up ended
	struct module_entry **modules;
	size_t n_modules, modules_room;
	uint64_t address_mask;
	// Changes with every mapping; what was looked up before holds while it is the same. Starts at 1.
	uint32_t generation;
};

void modules_init(struct modules *modules);
void modules_free(struct modules *modules);

// `word_size` of the target, 4 or 8: addresses wrap there.
void modules_set_word_size(struct modules *modules, uint64_t word_size);

// Applies a MAP note. A module that was mapped before (same path, build-id and segments) is the same module
// again; what stood at its addresses is gone.
void modules_map(struct modules *modules, const struct note *note);

// Applies an UNMAP note.
void modules_unmap(struct modules *modules, uint64_t mapping);

// The module numbered `i`, below n_modules, in the order in which they were first mapped.
const struct module *modules_at(const struct modules *modules, size_t i);

// The stretch that holds `addr`; NULL if none. Valid until the next mapping.
const struct range *modules_find(struct modules *modules, uint64_t addr);

#endif
