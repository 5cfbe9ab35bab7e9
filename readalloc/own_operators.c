// SPDX-License-Identifier: GPL-3.0-or-later
// Modules with C++ operators of their own, as of -static-libstdc++: in their place the tracer sees malloc and free.
#include "own_operators.h"

#include <stdlib.h>
#include <string.h>

#include "elf_file.h"
#include "elf_linkage.h"
#include "elf_needed.h"
#include "event.h"
#include "modules.h"
#include "operators.h"
#include "replaced_operators.h"
#include "snapshot.h"
#include "symbols_file.h"
#include "util.h"

// What a module was found to be.
enum verdict { NOT_ASKED, HAS_OWN, HAS_NONE };

struct search {
	const struct snapshot *snapshot;
	const struct modules *modules;
	const struct rootfs *rootfs;
	const struct symbols_target *target;
	uint8_t *verdicts; // of each module
	struct replaced *replaced;
};

// Whether it calls operators of other modules, or has them for others.
static bool shares_operators(const struct elf_linkage *linkage)
{
	for (size_t i = 0; i < linkage->n_symbols; i++) {
		if (operator_of_name(linkage->names + linkage->symbols[i])) {
			return true;
		}
	}
	return false;
}

// Whether it has operators for others, and calls them where they are, whatever others come before them: those of a program,
// or of a library that was linked with -Bsymbolic. Not those of an allocator: they end in its own malloc, and nothing of them is
// seen but by who calls them.
static bool keeps_to_own(const struct elf_linkage *linkage)
{
	size_t n_own = 0;
	size_t n_mallocs;
	if (elf_linkage_exports(linkage, "malloc", &n_mallocs) != NULL) {
		return false;
	}
	for (size_t i = 0; i < N_OPERATORS; i++) {
		size_t n;
		if (elf_linkage_exports(linkage, operator_symbols[i].name, &n) == NULL) {
			continue;
		}
		if (elf_linkage_wants(linkage, operator_symbols[i].name)) {
			return false;
		}
		n_own++;
	}
	return n_own != 0;
}

static bool has_hidden_operators(const struct elf_file *elf, const struct elf_linkage *linkage)
{
	for (size_t i = 0; i < N_OPERATORS; i++) {
		size_t n;
		if (elf_file_has_function(elf, operator_symbols[i].name) &&
		    elf_linkage_exports(linkage, operator_symbols[i].name, &n) == NULL) {
			return true;
		}
	}
	return false;
}

static bool needs_cxx_library(const struct elf_file *elf)
{
	struct elf_needed needed;
	bool needs = false;
	elf_needed_read(elf, &needed);
	for (size_t i = 0; i < needed.n_libraries; i++) {
		needs |= strncmp(needed.libraries[i], "libstdc++.", 10) == 0 ||
			 strncmp(needed.libraries[i], "libc++.", 7) == 0;
	}
	elf_needed_free(&needed);
	return needs;
}

// Of a stripped module it is not known. It may be so if it has the name of the exception that operator new throws, in
// its type's data, and neither needs a C++ library nor shares operators with others. (That it handles exceptions says
// nothing: the C library does, for threads that are cancelled.)
static bool may_have_own(const struct symbols_file *file)
{
	struct elf_linkage linkage;
	elf_linkage_load(&linkage, file->elf);
	bool may = keeps_to_own(&linkage) ||
		   (file->findings.has_symbols
			    ? has_hidden_operators(file->elf, &linkage)
			    : elf_file_section_holds(file->elf, ".rodata", "St9bad_alloc") &&
				      !shares_operators(&linkage) && !needs_cxx_library(file->elf));
	elf_linkage_free(&linkage);
	return may;
}

static bool has_own(struct search *search, size_t i)
{
	if (search->rootfs == NULL) {
		return false;
	}
	if (search->verdicts[i] == NOT_ASKED) {
		struct symbols_file file;
		symbols_file_open(&file, search->rootfs, search->target,
				  modules_at(search->modules, i), true);
		search->verdicts[i] = file.elf != NULL && may_have_own(&file) ? HAS_OWN : HAS_NONE;
		symbols_file_close(&file);
	}
	return search->verdicts[i] == HAS_OWN;
}

// The module with operators of its own that the innermost frame of `stack` is in, or where there is no stack any; NULL:
// there is none.
static const struct module *find_own(struct search *search, uint32_t stack)
{
	const struct snapshot *snapshot = search->snapshot;
	bool is_any = stack == STACK_UNKNOWN || stack == STACK_ROOT;
	const struct module *caller =
		is_any ? NULL : snapshot->sites[snapshot->nodes[stack].site].module;
	for (size_t i = 0; i < search->modules->n_modules; i++) {
		const struct module *module = modules_at(search->modules, i);
		if ((is_any || module == caller) && has_own(search, i)) {
			return module;
		}
	}
	return NULL;
}

// The module by which the free may be right; NULL: it is wrong.
static const struct module *find_excuse(struct search *search, const struct misuse *misuse)
{
	const struct charge *charge = misuse->charge < search->snapshot->n_charges
					      ? &search->snapshot->charges[misuse->charge]
					      : NULL;
	if (misuse->type == MISUSE_DOUBLE || !charge || charge_is_mapping(charge)) {
		return NULL;
	}
	if (misuse->type == MISUSE_SIZE) {
		return replaced_operators_asks(search->replaced, charge);
	}
	const struct module *replaces =
		replaced_operators_excuse(search->replaced, charge, misuse->kind);
	bool is_new = operator_family(charge->kind) != FAMILY_NONE;
	bool is_delete = operator_family(misuse->kind) != FAMILY_NONE;
	if (replaces || is_new == is_delete) {
		return replaces;
	}
	return find_own(search, is_new ? misuse->stack : charge->stack);
}

struct misuse *own_operators_settle(struct snapshot *snapshot, const struct modules *modules,
				    const struct rootfs *rootfs,
				    const struct symbols_target *target)
{
	struct search search = { snapshot,
				 modules,
				 rootfs,
				 target,
				 xcalloc(modules->n_modules + 1, 1),
				 replaced_operators_new(snapshot, modules, rootfs, target) };
	struct misuse *kept = xcalloc(snapshot->n_misuses + 1u, sizeof(*kept));
	uint32_t n = 0;
	for (uint32_t i = 0; i < snapshot->n_misuses; i++) {
		const struct misuse *misuse = &snapshot->misuses[i];
		const struct module *excuse = find_excuse(&search, misuse);
		if (!excuse) {
			kept[n++] = *misuse;
			continue;
		}
		snapshot->n_mismatched_frees -= misuse->n;
		snapshot->n_uncertain_frees += misuse->n;
		snapshot->own_operators = excuse;
	}
	snapshot->misuses = kept;
	snapshot->n_misuses = n;
	replaced_operators_free(search.replaced);
	free(search.verdicts);
	return kept;
}
