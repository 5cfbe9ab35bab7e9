// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces some of the C++ operators: in their place the tracer sees what they are made of.
//
// A program's functions come before the tracer's, so an operator of its own is not seen, and the others of its family are:
// what is allocated by one and released by another, as C++ has it, looks like a wrong pair.
#include "replaced_operators.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf_linkage.h"
#include "event.h"
#include "modules.h"
#include "operators.h"
#include "snapshot.h"
#include "symbols_file.h"
#include "util.h"

// What a module has for others, and calls of others.
struct operators {
	bool is_known;
	uint8_t has_new, has_delete, calls_new, calls_delete;
};

struct replaced {
	const struct snapshot *snapshot;
	const struct modules *modules;
	const struct rootfs *rootfs;
	const struct symbols_target *target;
	const struct module *program; // NULL: it has none of its own
	struct operators own;
	struct operators *of_modules;
};

static void operators_read(struct operators *operators, const struct elf_linkage *linkage)
{
	for (size_t i = 0; i < linkage->n_symbols; i++) {
		const char *name = linkage->names + linkage->symbols[i];
		const struct operator_symbol *symbol = operator_of_name(name);
		if (!symbol) {
			continue;
		}
		size_t n;
		bool has = elf_linkage_exports(linkage, name, &n) != NULL;
		uint8_t *set = symbol->is_delete
				       ? (has ? &operators->has_delete : &operators->calls_delete)
				       : (has ? &operators->has_new : &operators->calls_new);
		*set |= (uint8_t)symbol->family;
	}
}

static void operators_load(const struct replaced *replaced, const struct module *module,
			   struct operators *operators)
{
	struct symbols_file file;
	symbols_file_open(&file, replaced->rootfs, replaced->target, module, true);
	if (file.elf != NULL) {
		struct elf_linkage linkage;
		elf_linkage_load(&linkage, file.elf);
		operators_read(operators, &linkage);
		elf_linkage_free(&linkage);
	}
	symbols_file_close(&file);
	operators->is_known = true;
}

struct replaced *replaced_operators_new(const struct snapshot *snapshot,
					const struct modules *modules, const struct rootfs *rootfs,
					const struct symbols_target *target)
{
	struct replaced *replaced = xcalloc(1, sizeof(*replaced));
	*replaced = (struct replaced){ .snapshot = snapshot,
				       .modules = modules,
				       .rootfs = rootfs,
				       .target = target,
				       .of_modules = xcalloc(modules->n_modules + 1,
							     sizeof(*replaced->of_modules)) };
	return replaced;
}

void replaced_operators_free(struct replaced *replaced)
{
	free(replaced->of_modules);
	free(replaced);
}

// Done when it is first asked for: most runs have no wrong frees.
static void find_program(struct replaced *replaced)
{
	replaced->own.is_known = true;
	for (size_t i = 0;
	     replaced->rootfs && replaced->snapshot->executable && i < replaced->modules->n_modules;
	     i++) {
		const struct module *module = modules_at(replaced->modules, i);
		if (module->path && strcmp(module->path, replaced->snapshot->executable) == 0) {
			operators_load(replaced, module, &replaced->own);
			replaced->program = module;
			return;
		}
	}
}

// Whether code of the module that the charge's innermost frame is in calls operator new of the family, or that cannot be
// known: the program's operator may have left for malloc without a frame of its own.
static bool calls_new(struct replaced *replaced, const struct charge *charge,
		      enum operator_family family)
{
	const struct snapshot *snapshot = replaced->snapshot;
	if (charge->stack == STACK_UNKNOWN || charge->stack == STACK_ROOT) {
		return true;
	}
	const struct module *caller = snapshot->sites[snapshot->nodes[charge->stack].site].module;
	for (size_t i = 0; i < replaced->modules->n_modules; i++) {
		struct operators *operators = &replaced->of_modules[i];
		if (modules_at(replaced->modules, i) != caller) {
			continue;
		}
		if (!operators->is_known) {
			operators_load(replaced, caller, operators);
		}
		return ((operators->calls_new | operators->has_new) & family) != 0;
	}
	return false;
}

const struct module *replaced_operators_excuse(struct replaced *replaced,
					       const struct charge *charge, unsigned release)
{
	if (!replaced->own.is_known) {
		find_program(replaced);
	}
	const struct operators *own = &replaced->own;
	enum operator_family made = operator_family(charge->kind);
	enum operator_family released = operator_family(release);
	bool is_new_hidden = (own->has_new & released) != 0 &&
			     (made == FAMILY_NONE ? calls_new(replaced, charge, released)
						  : (own->calls_new & made) != 0);
	bool is_delete_hidden = (own->has_delete & made) != 0 &&
				(released == FAMILY_NONE || (own->calls_delete & released) != 0);
	return is_new_hidden || is_delete_hidden ? replaced->program : NULL;
}

const struct module *replaced_operators_asks(struct replaced *replaced, const struct charge *charge)
{
	if (!replaced->own.is_known) {
		find_program(replaced);
	}
	return replaced->own.has_new & operator_family(charge->kind) ? replaced->program : NULL;
}
