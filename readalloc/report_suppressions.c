// SPDX-License-Identifier: GPL-3.0-or-later
// Suppressions for all that leaks, as Valgrind's --gen-suppressions=all writes them.
#include "report.h"

#include <string.h>

#include "snapshot.h"
#include "snapshot_symbols.h"
#include "suppression.h"
#include "symbols.h"
#include "util.h"

// As many frames as Valgrind reads.
enum { FRAMES_MAX = 24 };

// A name as a pattern for itself: what would end the line, or is not ASCII, is any one character.
static void write_pattern(FILE *out, const char *prefix, const char *name)
{
	fprintf(out, "   %s:", prefix);
	for (; *name != '\0'; name++) {
		putc(*name > ' ' && *name < 0x7f ? *name : '?', out);
	}
	putc('\n', out);
}

static void write_frame(FILE *out, const struct site *site, const struct symbol *symbol)
{
	const char *path = site->module != NULL ? site->module->path : NULL;
	if (symbol->linked != NULL || symbol->function != NULL) {
		write_pattern(out, "fun",
			      symbol->linked != NULL ? symbol->linked : symbol->function);
	} else {
		write_pattern(out, "obj", path != NULL && path[0] != '\0' ? path : "*");
	}
}

// Valgrind's stacks end there: what is further out would keep the suppression from ever fitting.
static bool is_last(const struct symbol *symbol)
{
	return symbol->function != NULL && (strcmp(symbol->function, "main") == 0 ||
					    strcmp(symbol->function, "start_thread") == 0);
}

static void write_name(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		       const struct charge *charge)
{
	const char *function = NULL;
	if (charge->stack != STACK_ROOT) {
		const struct site *site = &snapshot->sites[snapshot->nodes[charge->stack].site];
		function = symbols_find(symbols, site).frames[0].function;
	}
	fputs("   leak in ", out);
	text_escape(out, function != NULL ? function : "code without a name", 0);
	putc('\n', out);
}

static void write_suppression(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			      const struct charge *charge)
{
	size_t n = 1;
	bool is_over = false;
	fputs("{\n", out);
	write_name(out, snapshot, symbols, charge);
	fputs("   Memcheck:Leak\n   match-leak-kinds: all\n", out);
	write_pattern(out, "fun", suppression_allocator(charge->kind));
	for (uint32_t node = charge->stack; node != STACK_ROOT && !is_over;
	     node = snapshot->nodes[node].parent) {
		const struct site *site = &snapshot->sites[snapshot->nodes[node].site];
		struct symbol_list list = symbols_find(symbols, site);
		for (size_t i = 0; i < list.n && !is_over; i++) {
			write_frame(out, site, &list.frames[i]);
			is_over = is_last(&list.frames[i]) || ++n == FRAMES_MAX;
		}
	}
	fputs("}\n", out);
}

bool report_suppressions_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			       const struct report_options *options)
{
	(void)options;
	snapshot_resolve(snapshot, symbols);
	if (snapshot->view != NULL) {
		fputs("# shown: ", out);
		text_escape(out, snapshot->view, 0);
		putc('\n', out);
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (snapshot->charges[i].cost.column[COST_live_blocks] != 0 &&
		    !charge_is_mapping(&snapshot->charges[i])) {
			write_suppression(out, snapshot, symbols, &snapshot->charges[i]);
		}
	}
	return fflush(out) == 0 && !ferror(out);
}
