// SPDX-License-Identifier: GPL-3.0-or-later
// The call tree, from the outermost functions down or from those that allocate up, with the share of each call, as text.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cost.h"
#include "frame_tree.h"
#include "frames.h"
#include "snapshot_title.h"
#include "summary_text.h"
#include "tree_functions.h"
#include "util.h"

static const double THRESHOLD = 1;

enum { INDENT_MAX = 60 }; // what is deeper stands under each other

struct writer {
	FILE *out;
	const struct frames *frames;
	const struct frame_tree *tree;
	const struct snapshot *snapshot;
	enum cost_column metric;
	uint64_t whole, least; // of the weight
};

static uint64_t cost_of(const struct writer *writer, uint32_t node)
{
	return writer->tree->nodes[node].cost.column[writer->metric];
}

static uint64_t weight_of(const struct writer *writer, uint32_t node)
{
	return writer->tree->nodes[node].weight;
}

static void write_cost(const struct writer *writer, uint64_t cost, uint64_t weight, unsigned depth)
{
	char text[NUMBER_TEXT_SIZE];
	fprintf(writer->out, "%6.2f%% %17s  %*s", text_percent(weight, writer->whole),
		text_cost(text, writer->snapshot, cost),
		depth < INDENT_MAX ? (int)depth : INDENT_MAX, "");
}

static void write_node(const struct writer *writer, uint32_t node, unsigned depth)
{
	const struct frame_name *name = &writer->frames->names[writer->tree->nodes[node].frame];
	write_cost(writer, cost_of(writer, node), weight_of(writer, node), depth);
	text_escape(writer->out, name->function, 0);
	const char *place = name->file != NULL ? name->file : name->object;
	if (place != NULL) {
		fputs("  (", writer->out);
		text_escape(writer->out, place, 0);
		if (name->file != NULL && name->line != 0) {
			fprintf(writer->out, ":%" PRIu32, name->line);
		}
		putc(')', writer->out);
	}
	putc('\n', writer->out);
}

static bool is_shown(const struct writer *writer, uint32_t node)
{
	return weight_of(writer, node) >= writer->least;
}

// The children of a parent, from `node` on, that are below the threshold.
static void write_rest(const struct writer *writer, uint32_t node, unsigned depth)
{
	uint64_t rest = 0, weight = 0, n = 0;
	for (; node != TREE_NONE; node = writer->tree->nodes[node].next) {
		if (!is_shown(writer, node) && weight_of(writer, node) != 0) {
			rest += cost_of(writer, node);
			weight += weight_of(writer, node);
			n++;
		}
	}
	if (n != 0) {
		char text[NUMBER_TEXT_SIZE];
		write_cost(writer, rest, weight, depth);
		fprintf(writer->out, "[%s %s below the threshold]\n", text_number(text, n),
			text_noun(n, "call", "calls"));
	}
}

static uint32_t next_shown(const struct writer *writer, uint32_t node)
{
	while (node != TREE_NONE && !is_shown(writer, node)) {
		node = writer->tree->nodes[node].next;
	}
	return node;
}

static void write_tree(const struct writer *writer)
{
	const struct tree_node *nodes = writer->tree->nodes;
	uint32_t parent = 0, node = next_shown(writer, nodes[0].child);
	for (unsigned depth = 0;;) {
		if (node != TREE_NONE) {
			write_node(writer, node, depth++);
			parent = node;
			node = next_shown(writer, nodes[node].child);
			continue;
		}
		write_rest(writer, nodes[parent].child, depth);
		if (parent == 0) {
			return;
		}
		node = next_shown(writer, nodes[parent].next);
		parent = nodes[parent].parent;
		depth--;
	}
}

const struct row_column report_tree_columns[] = {
	[TREE_COLUMN_COST] = { "cost", false },
	[TREE_COLUMN_SELF] = { "self", false },
	[TREE_COLUMN_FUNCTION] = { "function", true },
	{ NULL, false },
};

static void tree_sort(const struct writer *writer, struct frame_tree *tree,
		      const struct row_sort *sort)
{
	struct row_key *keys = xcalloc(tree->n, sizeof(*keys));
	for (uint32_t i = 0; i < tree->n; i++) {
		keys[i].row = i;
		if (sort->column == TREE_COLUMN_COST) {
			keys[i].number = (int64_t)cost_of(writer, i);
		} else if (sort->column == TREE_COLUMN_FUNCTION) {
			keys[i].text =
				i != 0 ? writer->frames->names[tree->nodes[i].frame].function : "";
		}
	}
	for (size_t i = 0; sort->column == TREE_COLUMN_SELF && i < writer->snapshot->n_charges;
	     i++) {
		keys[tree->ends[i]].number +=
			(int64_t)writer->snapshot->charges[i].cost.column[writer->metric];
	}
	frame_tree_sort(tree, keys, sort);
	free(keys);
}

static void write_view(struct writer *writer, struct frames *frames,
		       const struct report_options *options)
{
	enum tree_direction direction =
		options->view == VIEW_BOTTOM_UP ? TREE_BOTTOM_UP : TREE_TOP_DOWN;
	struct frame_tree *tree =
		frame_tree_new(frames, writer->snapshot, direction, options->metric);
	writer->tree = tree;
	if (options->sort.text != NULL) {
		tree_sort(writer, tree, &options->sort);
	}
	write_tree(writer);
	frame_tree_free(tree);
}

bool report_tree_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		       const struct report_options *options)
{
	static const char *const titles[N_COSTS] = {
#define X(field, word, title) [COST_##field] = (title),
		COST_LIST(X)
#undef X
	};
	static const char *const suffixes[] = {
		[VIEW_TOP_DOWN] = "",
		[VIEW_BOTTOM_UP] = ", by who asked for it",
		[VIEW_CALLER_CALLEE] =
			", each function between its callers (<) and what it calls (>)",
	};
	struct frames *frames = frames_new(snapshot, symbols);
	double threshold = options->threshold < 0 ? THRESHOLD : options->threshold;
	struct writer writer = { .out = out,
				 .frames = frames,
				 .snapshot = snapshot,
				 .metric = options->metric,
				 .whole = cost_whole(snapshot, options->metric),
				 .least = 1 };
	double least = threshold / 100 * (double)writer.whole;
	if (least > 1) {
		writer.least = (uint64_t)least;
		writer.least += (double)writer.least < least;
	}
	char text[NUMBER_TEXT_SIZE];
	fprintf(out, "%s%s%s: %s; %s below %g %% are not shown by themselves\n\n",
		titles[options->metric], snapshot->base != NULL ? ", changes" : "",
		suffixes[options->view],
		text_cost(text, snapshot, snapshot->total.column[options->metric]),
		options->view == VIEW_CALLER_CALLEE ? "functions and calls" : "calls", threshold);
	if (snapshot->view != NULL) {
		fputs("shown: ", out);
		text_escape(out, snapshot->view, 0);
		fputs("\n\n", out);
	}
	if (snapshot->base != NULL) {
		char *base = snapshot_base_text(snapshot);
		fputs("compared with: ", out);
		text_escape(out, base, 0);
		fputs("\n\n", out);
		free(base);
	}
	if (options->view == VIEW_CALLER_CALLEE) {
		tree_functions_write(out, snapshot, frames, options, writer.whole, writer.least);
	} else {
		write_view(&writer, frames, options);
	}
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
