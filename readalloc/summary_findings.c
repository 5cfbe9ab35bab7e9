// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's first section: what is wrong, and where.
#include "summary_findings.h"

#include <inttypes.h>
#include <string.h>

#include "event.h"
#include "growth.h"
#include "misuse.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_style.h"
#include "summary_text.h"
#include "suspects.h"
#include "symbols.h"

enum { FRAMES_MAX = 4 };

static void write_misuse(FILE *out, const struct suspect *suspect, const struct snapshot *snapshot)
{
	const struct misuse *misuse = suspect->misuse;
	char count[NUMBER_TEXT_SIZE];
	static const char *const titles[] = {
		[MISUSE_DOUBLE] = "Freed twice",
		[MISUSE_MISMATCH] = "Freed by the wrong function",
		[MISUSE_SIZE] = "Freed as the wrong size",
	};
	fprintf(out, "%s: %s %s by %s", titles[misuse->type], text_number(count, misuse->n),
		text_noun(misuse->n, "block", "blocks"), kind_name(misuse->kind));
	if (misuse->type == MISUSE_SIZE) {
		fprintf(out, " as %s %s", text_number(count, misuse->told),
			text_noun(misuse->told, "byte", "bytes"));
	}
	if (misuse->charge != CHARGE_UNKNOWN) {
		fprintf(out, ", allocated by %s",
			kind_name(snapshot->charges[misuse->charge].kind));
	}
	if (misuse->type == MISUSE_SIZE) {
		fprintf(out, " as %s", text_number(count, misuse->size));
	}
	fprintf(out, "; %s here", misuse->stack != STACK_UNKNOWN ? "freed" : "allocated");
}

static void write_stray(FILE *out, const struct stray *stray)
{
	char count[NUMBER_TEXT_SIZE], offset[NUMBER_TEXT_SIZE];
	bool is_inside = stray->offset != 0, has_stack = stray->stack != STACK_UNKNOWN;
	fprintf(out, "%s: %s %s of %s",
		is_inside ? "Freed inside a block" : "Freed, but never allocated",
		text_number(count, stray->n), text_noun(stray->n, "call", "calls"),
		kind_name(stray->kind));
	if (is_inside) {
		fprintf(out, ", %s behind the start of what %s made",
			text_size(offset, stray->offset), kind_name(stray->block_kind));
	}
	if (has_stack || is_inside) {
		fprintf(out, "; %s here", has_stack ? "freed" : "allocated");
	} else {
		fputs("; where, DUMPALLOC_FREE_STACKS=1 records", out);
	}
}

static void write_growth(FILE *out, const struct suspect *suspect)
{
	char from[NUMBER_TEXT_SIZE], to[NUMBER_TEXT_SIZE], steps[NUMBER_TEXT_SIZE];
	bool is_sure = suspect->confidence > 0.9995;
	if (suspect->is_container) {
		fprintf(out,
			"Growth: from %s to %s bytes in %s steps, ever larger and rarer ones, as "
			"a container does",
			text_number(from, (uint64_t)(suspect->from_bytes + 0.5)),
			text_number(to, (uint64_t)(suspect->to_bytes + 0.5)),
			text_number(steps, (uint64_t)(suspect->steps + 0.5)));
	} else {
		fprintf(out, "Growth: %s a minute more, steadily",
			text_size(from, suspect->amount));
	}
	fprintf(out, " (confidence %s%.1f %%); ", is_sure ? "over " : "",
		is_sure ? 99.9 : suspect->confidence * 100);
}

// Says what is wrong in one line; its end is the caller's.
static void write_title(FILE *out, const struct suspect *suspect, const struct snapshot *snapshot)
{
	char amount[NUMBER_TEXT_SIZE], bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE];
	const char *noun = text_noun(suspect->blocks, "block", "blocks");
	const char *unit = text_noun(suspect->bytes, "byte", "bytes");
	const uint64_t *total = snapshot->total.column;
	text_number(bytes, suspect->bytes);
	text_number(blocks, suspect->blocks);
	switch (suspect->type) {
	case SUSPECT_MISUSE:
		write_misuse(out, suspect, snapshot);
		break;
	case SUSPECT_STRAY:
		write_stray(out, suspect->stray);
		break;
	case SUSPECT_FAILURE:
		fprintf(out, "No memory: %s %s of %s failed, the greatest for %s", blocks,
			text_noun(suspect->blocks, "call", "calls"), kind_name(suspect->kind),
			text_size(amount, suspect->size));
		break;
	case SUSPECT_GROWTH:
		write_growth(out, suspect);
		if (suspect->blocks == 0) {
			fputs("all freed in the end", out);
		} else {
			fprintf(out, "%s %s in %s %s still live", bytes, unit, blocks, noun);
		}
		break;
	case SUSPECT_LEAK:
		fprintf(out, "Leak: %s %s in %s %s %s", bytes, unit, blocks, noun,
			snapshot->has_exited ? "never freed" : "not freed in the slice");
		break;
	case SUSPECT_PEAK:
		fprintf(out, "Short peak: %s %s in %s %s, %.0f %% of it", bytes, unit, blocks, noun,
			text_percent(suspect->bytes, total[COST_peak_bytes]));
		break;
	case SUSPECT_WASTE:
		fprintf(out,
			"Rounding: %s more than the %s bytes asked for in the %s %s live at the "
			"peak",
			text_size(amount, suspect->amount), bytes, blocks, noun);
		break;
	case SUSPECT_CHURN:
		fprintf(out, "Churn: %s %s, %.0f %% of all, %s freed at once",
			text_number(amount, suspect->amount),
			text_noun(suspect->amount, "block", "blocks"),
			text_percent(suspect->amount, total[COST_total_blocks]),
			text_noun(suspect->amount, "was", "were"));
		break;
	}
	if (suspect->n_stacks > 1) {
		fprintf(out, ", by %zu call stacks%s", suspect->n_stacks,
			suspect->is_least ? " at least" : "");
	}
}

static bool is_of_program(const struct site *site, const struct snapshot *snapshot)
{
	return site->module != NULL && snapshot->executable != NULL &&
	       strcmp(site->module->path, snapshot->executable) == 0;
}

// Every stack has these, and those without a name tell little.
static bool is_dull(const struct symbol_list *list)
{
	const char *function = list->frames[0].function;
	return function == NULL ||
	       (list->n == 1 && (strcmp(function, "main") == 0 || strcmp(function, "_start") == 0));
}

// Of the callers that are not shown, the innermost that is the program's own: most libraries are called by it. Gives its
// node, or `node` if there is none.
static uint32_t write_caller(FILE *out, uint32_t node, const struct snapshot *snapshot,
			     struct symbols *symbols)
{
	for (uint32_t at = node; at != STACK_ROOT; at = snapshot->nodes[at].parent) {
		const struct site *site = &snapshot->sites[snapshot->nodes[at].site];
		if (!is_of_program(site, snapshot)) {
			continue;
		}
		struct symbol_list list = symbols_find(symbols, site);
		if (is_dull(&list)) {
			return node;
		}
		if (at != node) {
			fputs("      ...\n", out);
		}
		for (size_t i = 0; i < list.n && i < FRAMES_MAX; i++) {
			text_frame(out, &list.frames[i], site);
		}
		return snapshot->nodes[at].parent;
	}
	return node;
}

// The culprit and its callers.
static void write_frames(FILE *out, const struct suspect *suspect, const struct snapshot *snapshot,
			 struct symbols *symbols)
{
	uint32_t node = suspect->stack;
	size_t first = 0, n = 0;
	bool has_program = false;
	if (node == STACK_UNKNOWN || node == STACK_ROOT) {
		fputs("      no call stack was recorded\n", out);
		return;
	}
	if (suspect->culprit.symbol != NULL) {
		node = suspect->culprit.node;
		first = suspect->culprit.frame;
	}
	for (; node != STACK_ROOT && n < FRAMES_MAX; node = snapshot->nodes[node].parent) {
		const struct site *site = &snapshot->sites[snapshot->nodes[node].site];
		struct symbol_list list = symbols_find(symbols, site);
		has_program |= is_of_program(site, snapshot);
		for (size_t i = first; i < list.n && n < FRAMES_MAX; i++, n++) {
			text_frame(out, &list.frames[i], site);
		}
		first = 0;
	}
	if (!has_program) {
		node = write_caller(out, node, snapshot, symbols);
	}
	if (node != STACK_ROOT) {
		fputs("      and its callers\n", out);
	}
}

void summary_findings_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols)
{
	struct suspects suspects;
	suspects_find(&suspects, snapshot, symbols);
	if (suspects.n == 0) {
		fputs("Findings: none of wrong frees, failed calls, growth, leaks, a short peak, "
		      "rounding "
		      "and churn\n",
		      out);
	} else {
		fputs("Findings, those that matter most first\n", out);
	}
	for (size_t i = 0; i < suspects.n; i++) {
		fprintf(out, "\n%3zu. ", i + 1);
		style_set(out, STYLE_WARNING);
		write_title(out, &suspects.list[i], snapshot);
		style_set(out, STYLE_PLAIN);
		fputc('\n', out);
		write_frames(out, &suspects.list[i], snapshot, symbols);
	}
	if (snapshot->timeline != NULL && !growth_can_tell(snapshot->timeline)) {
		fputs("\nThe run was too short for growth to be told.\n", out);
	}
	if (!snapshot_has_leaks(snapshot)) {
		fputs("\nThe program has not come to its normal end: what is live is not called a "
		      "leak.\n",
		      out);
	}
	fputc('\n', out);
}
