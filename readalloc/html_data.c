// SPDX-License-Identifier: GPL-3.0-or-later
// The data in the page of the html report: a JSON object for html/data.js alone, no format for others.
#include "html_data.h"

#include <inttypes.h>
#include <stdlib.h>

#include "frame_tree.h"
#include "frames.h"
#include "html_analyses.h"
#include "html_timeline.h"
#include "index_table.h"
#include "json.h"
#include "memory_curve.h"
#include "packed_numbers.h"
#include "site_name.h"
#include "snapshot_title.h"
#include "util.h"

static const struct {
	const char *name, *title;
} columns[N_COSTS] = {
#define X(field, word, title) [COST_##field] = { #field, (title) },
	COST_LIST(X)
#undef X
};

static void write_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":", key);
	json_text(out, text);
	putc(',', out);
}

static void write_number(FILE *out, const char *key, uint64_t number)
{
	fprintf(out, "\"%s\":%" PRIu64 ",", key, number);
}

static void write_run(FILE *out, const struct snapshot *snapshot)
{
	fputs("\"run\":{", out);
	write_text(out, "program", snapshot->program);
	write_text(out, "executable", snapshot->executable);
	write_text(out, "command_line", snapshot->command_line);
	write_text(out, "damage", snapshot->damage);
	write_text(out, "shown", snapshot->view);
	write_number(out, "pid", snapshot->pid);
	write_number(out, "start_ms", snapshot->start_time / 1000000);
	write_number(out, "events", snapshot->n_events);
	write_number(out, "failures", snapshot->n_failures);
	write_number(out, "unknown_frees", snapshot->n_unknown_frees);
	write_number(out, "missed_frees", snapshot->n_missed_frees);
	write_number(out, "double_frees", snapshot->n_double_frees);
	write_number(out, "mismatched_frees", snapshot->n_mismatched_frees);
	write_number(out, "lost", snapshot->n_lost);
	write_number(out, "skipped", snapshot->n_skipped);
	fprintf(out, "\"has_leaks\":%s,", snapshot_has_leaks(snapshot) ? "true" : "false");
	fprintf(out, "\"begin\":%.6f,\"duration\":%.6f,\"peak_time\":%.6f},\n",
		snapshot_begin(snapshot), snapshot->duration, snapshot->peak_time);
}

// The costs of the run itself: the snapshot of a difference has what there is more than in the other run.
static uint64_t cost_itself(const struct cost *cost, const struct cost *base, int column)
{
	return cost->column[column] + (base ? base->column[column] : 0);
}

static void write_columns(FILE *out, const struct snapshot *snapshot, enum cost_column metric)
{
	const struct cost *base = snapshot->base ? &snapshot->base->total : NULL;
	fprintf(out, "\"metric\":\"%s\",\n\"columns\":[", columns[metric].name);
	for (int i = 0; i < N_COSTS; i++) {
		fprintf(out, "%s{\"name\":\"%s\",\"title\":\"%s\",\"total\":%" PRIu64,
			i == 0 ? "" : ",", columns[i].name, columns[i].title,
			cost_itself(&snapshot->total, base, i));
		if (base) {
			fprintf(out, ",\"base\":%" PRIu64, base->column[i]);
		}
		putc('}', out);
	}
	fputs("],\n", out);
}

// The run that this one is compared with.
static void write_base(FILE *out, const struct snapshot *snapshot)
{
	if (snapshot->base) {
		char *text = snapshot_base_text(snapshot);
		fputs("\"base\":{", out);
		write_text(out, "text", text);
		fprintf(out, "\"start_ms\":%" PRIu64 "},\n",
			snapshot->base->is_same_run ? 0 : snapshot->base->start_time / 1000000);
		free(text);
	}
}

// Texts by their number, in the order of their first appearance; 0 is no text. Equal texts are equal pointers.
struct texts {
	const char **list; // has room for all there can be
	uint32_t n;
	struct index_table index;
};

static uint32_t text_number(struct texts *texts, const char *text)
{
	if (!text) {
		return 0;
	}
	uint32_t hash = hash_pair((uintptr_t)text, 0), step = 0, at;
	while ((at = index_table_next(&texts->index, hash, &step)) != INDEX_NONE) {
		if (texts->list[at] == text) {
			return at + 1;
		}
	}
	texts->list[texts->n] = text;
	index_table_add(&texts->index, hash, texts->n);
	return ++texts->n;
}

static void write_frames(FILE *out, const struct frames *frames)
{
	struct texts texts = { .list = xcalloc(3 * frames->n + 1, sizeof(*texts.list)) };
	fputs("\"frames\":{\"function\":\"", out);
	for (size_t i = 0; i < frames->n; i++) {
		packed_unsigned(out, text_number(&texts, frames->names[i].function));
	}
	fputs("\",\"file\":\"", out);
	for (size_t i = 0; i < frames->n; i++) {
		packed_unsigned(out, text_number(&texts, frames->names[i].file));
	}
	fputs("\",\"object\":\"", out);
	for (size_t i = 0; i < frames->n; i++) {
		packed_unsigned(out, text_number(&texts, frames->names[i].object));
	}
	fputs("\",\"line\":\"", out);
	for (size_t i = 0; i < frames->n; i++) {
		packed_unsigned(out, frames->names[i].line);
	}
	fputs("\"},\n\"texts\":[", out);
	for (uint32_t i = 0; i < texts.n; i++) {
		fputs(i == 0 ? "\n" : ",\n", out);
		json_text(out, texts.list[i]);
	}
	fputs("],\n", out);
	index_table_free(&texts.index);
	free(texts.list);
}

// The tree's nodes in depth-first order: a node's descendants follow it. `numbers[i]` becomes the place of node i.
static uint32_t *nodes_in_order(const struct frame_tree *tree, uint32_t *numbers)
{
	uint32_t *order = xcalloc(tree->n, sizeof(*order));
	uint32_t n = 0, node = 0;
	for (;;) {
		numbers[node] = n;
		order[n++] = node;
		if (tree->nodes[node].child != TREE_NONE) {
			node = tree->nodes[node].child;
			continue;
		}
		while (node != 0 && tree->nodes[node].next == TREE_NONE) {
			node = tree->nodes[node].parent;
		}
		if (node == 0) {
			return order;
		}
		node = tree->nodes[node].next;
	}
}

static void write_nodes(FILE *out, const struct frame_tree *tree, uint32_t *numbers)
{
	uint32_t *order = nodes_in_order(tree, numbers);
	// Without the root.
	fputs("\"nodes\":{\"up\":\"", out);
	for (size_t i = 1; i < tree->n; i++) {
		packed_unsigned(out, i - numbers[tree->nodes[order[i]].parent]);
	}
	fputs("\",\"frame\":\"", out);
	for (size_t i = 1; i < tree->n; i++) {
		packed_unsigned(out, tree->nodes[order[i]].frame);
	}
	fputs("\"},\n", out);
	free(order);
}

static void write_charges(FILE *out, const struct snapshot *snapshot, const struct frame_tree *tree,
			  const uint32_t *numbers)
{
	fputs("\"charges\":{\"node\":\"", out);
	uint32_t before = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint32_t node = numbers[tree->ends[i]];
		packed_difference(out, before, node);
		before = node;
	}
	const struct cost *base = snapshot->base_costs;
	for (int column = 0; column < N_COSTS; column++) {
		fprintf(out, "\",\n\"%s\":\"", columns[column].name);
		for (size_t i = 0; i < snapshot->n_charges; i++) {
			packed_unsigned(out, cost_itself(&snapshot->charges[i].cost,
							 base ? &base[i] : NULL, column));
		}
		if (base) {
			fprintf(out, "\",\n\"base_%s\":\"", columns[column].name);
			for (size_t i = 0; i < snapshot->n_charges; i++) {
				packed_unsigned(out, base[i].column[column]);
			}
		}
	}
	fputs("\"}", out);
}

// Which charges are of mappings, where there are any.
static void write_mappings(FILE *out, const struct snapshot *snapshot)
{
	size_t before = 0;
	bool has_any = false;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (charge_is_mapping(&snapshot->charges[i])) {
			fputs(has_any ? "" : ",\n\"mappings\":\"", out);
			packed_difference(out, before, i);
			before = i;
			has_any = true;
		}
	}
	fputs(has_any ? "\"" : "", out);
}

void html_data_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		     enum cost_column metric)
{
	struct frames *frames = frames_new(snapshot, symbols);
	struct frame_tree *tree = frame_tree_new(frames, snapshot, TREE_TOP_DOWN, COST_total_bytes);
	uint32_t *numbers = xcalloc(tree->n, sizeof(*numbers));
	fputs("{", out);
	write_run(out, snapshot);
	write_columns(out, snapshot, metric);
	write_base(out, snapshot);
	write_frames(out, frames);
	write_nodes(out, tree, numbers);
	write_charges(out, snapshot, tree, numbers);
	write_mappings(out, snapshot);
	if (snapshot->timeline) {
		fputs(",\n\"timeline\":", out);
		html_timeline_write(out, snapshot->timeline, snapshot->n_charges);
	}
	if (memory_curve_has(snapshot->memory)) {
		fputs(",\n\"memory\":", out);
		html_memory_write(out, snapshot->memory);
	}
	html_analyses_write(out, snapshot);
	fputs("}", out);
	free(numbers);
	frame_tree_free(tree);
	frames_free(frames);
}
