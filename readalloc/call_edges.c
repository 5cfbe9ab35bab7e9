// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the frames of a call stack follow from each other, by the machine code of the files.
//
// A return address lies behind a call. Where that says whom it calls, the inner frame is in that function, or in one
// that this function ends by jumping to.
#include "call_edges.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>

#include "code_module.h"
#include "index_table.h"
#include "libdumpalloc/wire.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

enum {
	FUNCTION_MAX = 1 << 16,
	PAIRS_MAX = 1 << 18, // that are looked at
	REACHED_MAX = 40,    // functions looked at, from the one called to the one the frame is in
};

struct loaded {
	const struct module *module;
	struct code_module *code; // NULL: nothing can be said of it
};

struct answer {
	struct site inner, outer;
	uint8_t how;
	uint8_t verdict;
};

struct call_edges {
	const struct rootfs *rootfs;
	struct symbols_target target;
	struct loaded *modules;
	size_t n_modules;
	struct answer *answers;
	size_t n_answers, answers_room;
	struct index_table answer_index;
};

// A place in the code of a module.
struct place {
	struct code_module *code;
	uint64_t address; // with the ISA bit
};

// Functions that are, or may be, running where one was called.
struct reached {
	struct place places[REACHED_MAX];
	size_t n;
	bool is_open; // there may be others
};

struct call_edges *call_edges_new(const struct rootfs *rootfs, const struct symbols_target *target)
{
	struct call_edges *edges = xcalloc(1, sizeof(*edges));
	edges->rootfs = rootfs;
	edges->target = *target;
	return edges;
}

void call_edges_free(struct call_edges *edges)
{
	for (size_t i = 0; i < edges->n_modules; i++) {
		if (edges->modules[i].code != NULL) {
			code_module_close(edges->modules[i].code);
		}
	}
	free(edges->modules);
	free(edges->answers);
	index_table_free(&edges->answer_index);
	free(edges);
}

// NULL: nothing can be said of its code.
static struct code_module *module_code(struct call_edges *edges, const struct module *module)
{
	if (module == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < edges->n_modules; i++) {
		if (edges->modules[i].module == module) {
			return edges->modules[i].code;
		}
	}
	edges->modules = xrealloc(edges->modules, edges->n_modules + 1, sizeof(*edges->modules));
	struct code_module *code = code_module_open(edges->rootfs, &edges->target, module);
	edges->modules[edges->n_modules++] = (struct loaded){ module, code };
	return code;
}

static void reach(struct reached *reached, struct code_module *code, uint64_t address)
{
	for (size_t i = 0; i < reached->n; i++) {
		if (reached->places[i].code == code && reached->places[i].address == address) {
			return;
		}
	}
	if (reached->n == REACHED_MAX) {
		reached->is_open = true;
	} else {
		reached->places[reached->n++] = (struct place){ code, address };
	}
}

// Adds what the target of a call or jump in `code` may stand for.
static void reach_target(const struct call_edges *edges, struct reached *reached,
			 struct code_module *code, const struct code_target *target)
{
	if (target->kind == TARGET_ADDRESS) {
		reach(reached, code, target->address);
		return;
	}
	size_t n_before = reached->n;
	for (size_t i = 0; target->kind == TARGET_NAME && i < edges->n_modules; i++) {
		struct code_module *other = edges->modules[i].code;
		size_t n = 0;
		const struct elf_export *exports =
			other != NULL
				? elf_linkage_exports(code_module_linkage(other), target->name, &n)
				: NULL;
		for (size_t k = 0; k < n; k++) {
			reach(reached, other, exports[k].address);
			reached->is_open |= exports[k].is_chosen;
		}
	}
	// It may be of a module that no stack has led to.
	reached->is_open |= reached->n == n_before;
}

// Whether the function at `place` is the one around `pc`, known to begin not before `start`.
static bool is_around(const struct place *place, const struct code_module *inner, uint64_t start,
		      uint64_t pc)
{
	uint64_t bare = place->address & ~UINT64_C(1);
	return place->code == inner && bare >= (start & ~UINT64_C(1)) && bare <= pc &&
	       pc - bare <= FUNCTION_MAX;
}

// Looks for the function around `pc` among those reached, and those that they jump to.
static enum edge_verdict follow(const struct call_edges *edges, struct reached *reached,
				const struct code_module *inner, uint64_t pc)
{
	uint64_t start;
	if (!code_module_function(inner, pc, &start)) {
		return EDGE_BEHIND_CALL;
	}
	for (size_t i = 0; i < reached->n; i++) {
		struct place place = reached->places[i];
		if (is_around(&place, inner, start, pc)) {
			return EDGE_CONFIRMED;
		}
		const struct code_jumps *jumps = code_module_jumps(place.code, place.address);
		reached->is_open |= jumps->is_open;
		for (size_t k = 0; k < jumps->n; k++) {
			reach_target(edges, reached, place.code, &jumps->list[k]);
		}
	}
	return reached->is_open ? EDGE_BEHIND_CALL : EDGE_OTHER_FUNCTION;
}

static enum edge_verdict look_at_call(struct call_edges *edges, const struct site *inner,
				      const struct site *outer, bool is_outermost)
{
	struct code_module *code = module_code(edges, outer->module);
	struct code_module *inner_code = module_code(edges, inner->module);
	if (code == NULL || outer->is_exact) {
		return EDGE_UNTOLD;
	}
	struct code_target target = code_module_call(code, outer->offset);
	if (target.kind == TARGET_NONE || target.kind == TARGET_HANDMADE) {
		bool may_be_first = target.kind == TARGET_HANDMADE && is_outermost;
		return may_be_first ? EDGE_UNTOLD : EDGE_NO_CALL;
	}
	if (target.kind == TARGET_UNKNOWN || inner_code == NULL) {
		return EDGE_BEHIND_CALL;
	}
	struct reached reached = { .n = 0 };
	reach_target(edges, &reached, code, &target);
	bool has_bit = edges->target.machine == EM_ARM || edges->target.machine == EM_MIPS;
	uint64_t pc = has_bit ? inner->offset & ~UINT64_C(1) : inner->offset;
	enum edge_verdict verdict = follow(edges, &reached, inner_code, pc - !inner->is_exact);
	// The loader stands between until a function is bound.
	bool is_binding = inner_code != code && code_module_is_loader(inner_code);
	return verdict == EDGE_OTHER_FUNCTION && is_binding ? EDGE_BEHIND_CALL : verdict;
}

static enum edge_verdict look_at(struct call_edges *edges, const struct site *inner,
				 const struct site *outer, unsigned how)
{
	enum edge_verdict verdict = look_at_call(edges, inner, outer, (how & EDGE_OUTERMOST) != 0);
	struct code_module *code = module_code(edges, inner->module);
	bool is_by_rule =
		(how & WIRE_HOW_MASK) == WIRE_HOW_SCAN && !inner->is_exact && code != NULL;
	if (verdict == EDGE_BEHIND_CALL && is_by_rule &&
	    code_module_rule(code, inner->offset) == CODE_RULE_DIFFERS) {
		return EDGE_OTHER_RULE;
	}
	return verdict;
}

static bool is_same(const struct site *a, const struct site *b)
{
	return a->module == b->module && a->offset == b->offset && a->is_exact == b->is_exact;
}

enum edge_verdict call_edges_check(struct call_edges *edges, const struct site *inner,
				   const struct site *outer, unsigned how)
{
	uint32_t hash = hash_pair(inner->offset ^ (uintptr_t)inner->module << 16,
				  outer->offset ^ (uintptr_t)outer->module << 16);
	uint32_t step = 0, at;
	while ((at = index_table_next(&edges->answer_index, hash, &step)) != INDEX_NONE) {
		const struct answer *answer = &edges->answers[at];
		if (answer->how == how && is_same(&answer->inner, inner) &&
		    is_same(&answer->outer, outer)) {
			return (enum edge_verdict)answer->verdict;
		}
	}
	if (edges->n_answers == PAIRS_MAX) {
		return EDGE_UNTOLD;
	}
	enum edge_verdict verdict = look_at(edges, inner, outer, how);
	if (edges->n_answers == edges->answers_room) {
		edges->answers_room = grown_capacity(edges->n_answers, 0);
		edges->answers =
			xrealloc(edges->answers, edges->answers_room, sizeof(*edges->answers));
	}
	edges->answers[edges->n_answers] =
		(struct answer){ *inner, *outer, (uint8_t)how, (uint8_t)verdict };
	index_table_add(&edges->answer_index, hash, (uint32_t)edges->n_answers++);
	return verdict;
}
