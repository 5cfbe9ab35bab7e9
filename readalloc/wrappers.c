// SPDX-License-Identifier: GPL-3.0-or-later
// Functions that only pass an allocation on: their callers are who wants the memory.
#include "wrappers.h"

#include <stdlib.h>
#include <string.h>

#include "culprit.h"
#include "function_name.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"
#include "wrapper_names.h"

bool wrappers_add(struct wrappers *wrappers, const char *option, const char *text)
{
	struct pattern pattern;
	char error[PATTERN_ERROR_SIZE];
	if (!pattern_read(&pattern, text, error)) {
		say("%s %s: %s", option, text, error);
		return false;
	}
	wrappers->list = xrealloc(wrappers->list, wrappers->n + 1, sizeof(*wrappers->list));
	wrappers->list[wrappers->n++] = pattern;
	return true;
}

void wrappers_free(struct wrappers *wrappers)
{
	for (size_t i = 0; i < wrappers->n; i++) {
		pattern_free(&wrappers->list[i]);
	}
	free(wrappers->list);
}

bool wrappers_have(const struct wrappers *wrappers)
{
	return !wrappers->has_no_builtin || wrappers->n != 0;
}

static bool is_wrapper(const struct wrappers *wrappers, const struct symbol *symbol)
{
	if (symbol->function == NULL) {
		return false;
	}
	char *bare = xstrndup(symbol->function, function_name_bare(symbol->function));
	bool is_one = !wrappers->has_no_builtin && wrapper_names_have(bare);
	free(bare);
	for (size_t i = 0; i < wrappers->n && !is_one; i++) {
		is_one = function_matches(&wrappers->list[i], symbol);
	}
	return is_one;
}

// What is known of a site.
struct look {
	enum look_class {
		LOOK_NONE,    // it was not asked for
		LOOK_END,     // a stack without wrappers ends here
		LOOK_WRAPPER, // all its frames are
		// In the C library, and no wrapper: passed over where what lies around it is one, as its helpers are.
		LOOK_NAMED,
		// The same without a name, as most files of libraries have none for such: passed over also where no
		// function of the library that has a name lies between it and the program.
		LOOK_NAMELESS,
	} is;
	uint8_t n_hidden; // so many of its frames, the innermost, are wrappers
};

enum { N_HIDDEN_MAX = UINT8_MAX };

static enum look_class class_in_library(const struct symbol_list *list)
{
	bool has_name = false;
	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->frames[i].function;
		has_name = has_name || name != NULL;
		if (name != NULL && wrapper_names_keep(name)) {
			return LOOK_END;
		}
	}
	return has_name ? LOOK_NAMED : LOOK_NAMELESS;
}

static struct look site_look(const struct wrappers *wrappers, const struct site *site,
			     struct symbols *symbols)
{
	struct symbol_list list = symbols_find(symbols, site);
	bool is_library = !wrappers->has_no_builtin && culprit_is_c_library(site->module);
	size_t n = 0;
	while (n < list.n && n < N_HIDDEN_MAX && is_wrapper(wrappers, &list.frames[n])) {
		n++;
	}
	enum look_class class = is_library ? class_in_library(&list) : LOOK_END;
	// What a wrapper of the library has inlined is a part of it.
	if (n == list.n ||
	    (class == LOOK_NAMED && is_wrapper(wrappers, &list.frames[list.n - 1]))) {
		return (struct look){ LOOK_WRAPPER, 0 };
	}
	return (struct look){ class, (uint8_t)n };
}

// Has the sites where stacks go on asked for that were not yet. False: there are none.
static bool front_look(const struct wrappers *wrappers, const struct snapshot *snapshot,
		       struct symbols *symbols, const uint32_t *front, struct look *looks)
{
	const struct site **asked = xcalloc(snapshot->n_sites + 1, sizeof(*asked));
	size_t n = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint32_t site = snapshot->nodes[front[i]].site;
		if (site != SITE_NONE && looks[site].is == LOOK_NONE) {
			looks[site].is = LOOK_END;
			asked[n++] = &snapshot->sites[site];
		}
	}
	symbols_prepare(symbols, asked, n);
	for (size_t i = 0; i < n; i++) {
		looks[asked[i] - snapshot->sites] = site_look(wrappers, asked[i], symbols);
	}
	free(asked);
	return n != 0;
}

static enum look_class class_of(const struct snapshot *snapshot, const struct look *looks,
				uint32_t node)
{
	return node == STACK_ROOT ? LOOK_END : looks[snapshot->nodes[node].site].is;
}

// What is left of a stack all of whose sites, up to the first that ends it, were looked at.
static struct bare_stack stack_bare(const struct snapshot *snapshot, const struct look *looks,
				    uint32_t stack)
{
	struct bare_stack bare = { stack, 0 };
	bool is_nameless = true;
	for (uint32_t node = stack; class_of(snapshot, looks, node) != LOOK_END;) {
		enum look_class class = class_of(snapshot, looks, node);
		node = snapshot->nodes[node].parent;
		enum look_class outer = class_of(snapshot, looks, node);
		is_nameless = class == LOOK_WRAPPER || (is_nameless && class == LOOK_NAMELESS);
		bool is_last = outer == LOOK_END || outer == LOOK_WRAPPER;
		if (class == LOOK_WRAPPER || (class == LOOK_NAMELESS && is_nameless && is_last)) {
			bare.node = node;
		}
	}
	if (bare.node == STACK_ROOT) {
		return (struct bare_stack){ stack, 0 };
	}
	uint32_t site = snapshot->nodes[bare.node].site;
	bare.n_hidden = site == SITE_NONE ? 0 : looks[site].n_hidden;
	return bare;
}

void wrappers_find(const struct wrappers *wrappers, const struct snapshot *snapshot,
		   struct symbols *symbols, struct bare_stack *bare)
{
	struct look *looks = xcalloc(snapshot->n_sites + 1, sizeof(*looks));
	uint32_t *front = xcalloc(snapshot->n_charges + 1, sizeof(*front));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		front[i] = snapshot->charges[i].stack;
	}
	// Each round asks for the frames that stand behind those of the one before, in one go.
	while (front_look(wrappers, snapshot, symbols, front, looks)) {
		for (size_t i = 0; i < snapshot->n_charges; i++) {
			while (class_of(snapshot, looks, front[i]) > LOOK_END) {
				front[i] = snapshot->nodes[front[i]].parent;
			}
		}
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		bare[i] = stack_bare(snapshot, looks, snapshot->charges[i].stack);
	}
	free(front);
	free(looks);
}
