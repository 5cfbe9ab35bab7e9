// SPDX-License-Identifier: GPL-3.0-or-later
// Suppressions: leaks that are known and not to be spoken of, in the files of Valgrind and of LeakSanitizer.
#include "suppression.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "function_name.h"
#include "operators.h"
#include "pattern.h"
#include "site_name.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

static bool glob_is_for(const char *glob, const char *text)
{
	return text != NULL && glob_matches(glob, strlen(glob), text);
}

static const char *module_of(const struct site *site)
{
	return site->module != NULL ? site->module->path : NULL;
}

// The first of LeakSanitizer's that is meant for the call site.
static uint32_t site_match(const struct suppressions *suppressions, const struct site *site,
			   struct symbol_list list)
{
	for (uint32_t i = 0; i < suppressions->n; i++) {
		const char *glob = suppressions->list[i].glob;
		bool matches = glob != NULL && glob_is_for(glob, module_of(site));
		for (size_t k = 0; glob != NULL && k < list.n && !matches; k++) {
			matches = glob_is_for(glob, list.frames[k].function) ||
				  glob_is_for(glob, list.frames[k].file);
		}
		if (matches) {
			return i;
		}
	}
	return SUPPRESSION_NONE;
}

uint32_t *suppressions_of_nodes(const struct suppressions *suppressions,
				const struct snapshot *snapshot, struct symbols *symbols)
{
	uint32_t *of_site = xcalloc(snapshot->n_sites + 1, sizeof(*of_site));
	uint32_t *of_node = xcalloc(snapshot->n_nodes, sizeof(*of_node));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		of_site[i] = site_match(suppressions, site, symbols_find(symbols, site));
	}
	of_node[STACK_ROOT] = SUPPRESSION_NONE;
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		const struct stack_node *node = &snapshot->nodes[i];
		uint32_t outer = of_node[node->parent], own = of_site[node->site];
		of_node[i] = own < outer ? own : outer;
	}
	free(of_site);
	return of_node;
}

const char *suppression_allocator(uint32_t kind)
{
	enum operator_family family = operator_family(kind);
	if (family == FAMILY_NONE) {
		return kind_name(kind);
	}
	return family == FAMILY_NEW || family == FAMILY_ALIGNED ? "_Znw*" : "_Zna*";
}

// The allocator function, which our stacks do not have and Valgrind's begin with.
static bool allocator_matches(const char *glob, uint32_t kind)
{
	enum operator_family family = operator_family(kind);
	for (size_t i = 0; i < N_OPERATORS && family != FAMILY_NONE; i++) {
		const struct operator_symbol *symbol = &operator_symbols[i];
		if (symbol->family == family && !symbol->is_delete &&
		    glob_is_for(glob, symbol->name)) {
			return true;
		}
	}
	return glob_is_for(glob, kind_name(kind)) || strcmp(glob, suppression_allocator(kind)) == 0;
}

static bool source_matches(const char *glob, const struct symbol *symbol)
{
	char place[4096];
	if (symbol->file == NULL) {
		return false;
	}
	const char *slash = strrchr(symbol->file, '/');
	const char *base = slash != NULL ? slash + 1 : symbol->file;
	snprintf(place, sizeof(place), "%.4000s:%" PRIu32, base, symbol->line);
	return glob_is_for(glob, place) || glob_is_for(glob, base);
}

static bool frame_matches(const struct suppression_frame *frame, const struct site *site,
			  const struct symbol *symbol)
{
	switch (frame->match) {
	case SUPPRESSION_FUN: {
		// Under Valgrind threads begin in clone, else they may in clone3.
		struct pattern pattern = { .glob = frame->glob };
		bool is_clone = symbol->function != NULL && strcmp(symbol->function, "clone3") == 0;
		return function_matches(&pattern, symbol) ||
		       (is_clone && glob_is_for(frame->glob, "clone"));
	}
	case SUPPRESSION_OBJ:
		return glob_is_for(frame->glob, module_of(site));
	case SUPPRESSION_SRC:
		return source_matches(frame->glob, symbol);
	case SUPPRESSION_ANY:
		break;
	}
	return false;
}

// A place in a stack.
struct place {
	bool is_allocator;
	uint32_t node;
	size_t i; // of the node's inlined frames
};

static bool place_matches(const struct suppression_frame *frame, const struct snapshot *snapshot,
			  struct symbols *symbols, const struct place *place, uint32_t kind)
{
	if (place->is_allocator) {
		return frame->match == SUPPRESSION_FUN ? allocator_matches(frame->glob, kind)
		       : frame->match == SUPPRESSION_OBJ
			       ? glob_is_for(frame->glob, "vgpreload_memcheck.so")
			       : false;
	}
	const struct site *site = &snapshot->sites[snapshot->nodes[place->node].site];
	return frame_matches(frame, site, &symbols_find(symbols, site).frames[place->i]);
}

// One frame further out. False: the stack is over.
static bool place_move(struct place *place, const struct snapshot *snapshot,
		       struct symbols *symbols, const struct charge *charge)
{
	if (place->is_allocator) {
		*place = (struct place){ false, charge->stack, 0 };
	} else {
		const struct site *site = &snapshot->sites[snapshot->nodes[place->node].site];
		if (++place->i == symbols_find(symbols, site).n) {
			*place = (struct place){ false, snapshot->nodes[place->node].parent, 0 };
		}
	}
	return place->node != STACK_ROOT;
}

// Whether the frames are those the stack begins with. As with a star in a glob, only the last ... ever has to be tried
// again.
static bool stack_matches(const struct suppression *suppression, const struct snapshot *snapshot,
			  struct symbols *symbols, const struct charge *charge)
{
	struct place place = { .is_allocator = true }, retry_place = place;
	size_t i = 0, retry = SIZE_MAX;
	bool is_over = false, is_retry_over = false;
	while (i < suppression->n_frames) {
		const struct suppression_frame *frame = &suppression->frames[i];
		if (frame->match == SUPPRESSION_ANY) {
			retry = ++i;
			retry_place = place;
			is_retry_over = is_over;
		} else if (!is_over &&
			   place_matches(frame, snapshot, symbols, &place, charge->kind)) {
			i++;
			is_over = !place_move(&place, snapshot, symbols, charge);
		} else if (retry != SIZE_MAX && !is_retry_over) {
			i = retry;
			is_retry_over = !place_move(&retry_place, snapshot, symbols, charge);
			place = retry_place;
			is_over = is_retry_over;
		} else {
			return false;
		}
	}
	return true;
}

uint32_t suppressions_match(const struct suppressions *suppressions, const uint32_t *of_nodes,
			    const struct snapshot *snapshot, struct symbols *symbols,
			    const struct charge *charge)
{
	uint32_t found = of_nodes[charge->stack];
	for (uint32_t i = 0; i < suppressions->n && i < found; i++) {
		if (suppressions->list[i].glob == NULL &&
		    stack_matches(&suppressions->list[i], snapshot, symbols, charge)) {
			return i;
		}
	}
	return found;
}
