// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's section on frees that are wrong.
#include "summary_misuse.h"

#include <inttypes.h>
#include <stdbool.h>

#include "event.h"
#include "misuse.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_text.h"
#include "symbols.h"

enum { SHOWN_MAX = 10, FRAMES_MAX = 12 };

static void write_stack(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			uint32_t stack, bool is_release)
{
	size_t n_written = 0;
	if (stack == STACK_UNKNOWN || stack == STACK_ROOT) {
		fprintf(out, "      no call stack was recorded%s\n",
			is_release ? ": DUMPALLOC_FREE_STACKS=1 records it" : "");
		return;
	}
	for (; stack != STACK_ROOT && n_written < FRAMES_MAX;
	     stack = snapshot->nodes[stack].parent) {
		const struct site *site = &snapshot->sites[snapshot->nodes[stack].site];
		struct symbol_list list = symbols_find(symbols, site);
		for (size_t i = 0; i < list.n; i++, n_written++) {
			text_frame(out, &list.frames[i], site);
		}
	}
	if (stack != STACK_ROOT) {
		fputs("      and more\n", out);
	}
}

static void write_misuse(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			 const struct misuse *misuse)
{
	const struct charge *charge =
		misuse->charge == CHARGE_UNKNOWN ? NULL : &snapshot->charges[misuse->charge];
	if (charge) {
		fprintf(out, "    allocated by %s\n", kind_name(charge->kind));
		write_stack(out, snapshot, symbols, charge->stack, false);
	} else {
		fputs("    allocated before the first event\n", out);
	}
	if (misuse->type == MISUSE_DOUBLE) {
		fprintf(out, "    freed by %s\n", kind_name(misuse->first_kind));
		write_stack(out, snapshot, symbols, misuse->first_stack, true);
	}
	fprintf(out, "    freed %sby %s\n", misuse->type == MISUSE_DOUBLE ? "again " : "",
		kind_name(misuse->kind));
	write_stack(out, snapshot, symbols, misuse->stack, true);
}

void summary_misuse_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols)
{
	static const char *const titles[][2] = {
		[MISUSE_DOUBLE] = { "free of a block freed before",
				    "frees of blocks freed before" },
		[MISUSE_MISMATCH] = { "free by the wrong function", "frees by the wrong function" },
		[MISUSE_SIZE] = { "free as the wrong size", "frees as the wrong size" },
	};
	char count[NUMBER_TEXT_SIZE];
	for (uint32_t i = 0; i < snapshot->n_misuses && i < SHOWN_MAX; i++) {
		const struct misuse *misuse = &snapshot->misuses[i];
		if (i == 0) {
			fprintf(out, "\nWrong frees: %" PRIu32 " of %" PRIu32 " %s\n",
				snapshot->n_misuses < SHOWN_MAX ? snapshot->n_misuses : SHOWN_MAX,
				snapshot->n_misuses,
				text_noun(snapshot->n_misuses, "kind", "kinds"));
		}
		fprintf(out, "\n%3" PRIu32 ". %s %s, the first of 0x%" PRIx64 " at event %" PRIu64,
			i + 1, text_number(count, misuse->n),
			text_noun(misuse->n, titles[misuse->type][0], titles[misuse->type][1]),
			misuse->addr, misuse->seq);
		if (misuse->type == MISUSE_SIZE) {
			fprintf(out, ": allocated %s %s, ", text_number(count, misuse->size),
				text_noun(misuse->size, "byte", "bytes"));
			fprintf(out, "released as %s %s", text_number(count, misuse->told),
				text_noun(misuse->told, "byte", "bytes"));
		}
		fputc('\n', out);
		write_misuse(out, snapshot, symbols, misuse);
	}
}
