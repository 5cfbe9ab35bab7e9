// SPDX-License-Identifier: GPL-3.0-or-later
// The call graph as Graphviz draws it.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "frames.h"
#include "index_table.h"
#include "summary_text.h"
#include "utf8.h"
#include "util.h"

static const double THRESHOLD = 1;

enum { NAME_MAX_SHOWN = 100 }; // characters; a picture has no room for more

// A function, or a call from one to another; `a` and `b` tell them apart.
struct element {
	uint64_t a, b;
	uint32_t frame; // of a function: one of its frames
	uint64_t cost;  // of all stacks it is in
	uint64_t
		weight; // the same, where what is less than in the base counts as much as what is more
	size_t seen;    // the last of these, plus 1
};

struct elements {
	struct element *all;
	size_t n, room;
	struct index_table index;
};

struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	const struct frames *frames;
	struct elements functions, calls;
	uint64_t whole;
	double least;
};

static uint32_t element_find(struct elements *elements, uint64_t a, uint64_t b, uint32_t frame)
{
	uint32_t hash = hash_pair(a, b), step = 0, at;
	while ((at = index_table_next(&elements->index, hash, &step)) < elements->n) {
		if (elements->all[at].a == a && elements->all[at].b == b) {
			return at;
		}
	}
	if (elements->n == elements->room) {
		elements->room = grown_capacity(elements->n, 0);
		elements->all = xrealloc(elements->all, elements->room, sizeof(*elements->all));
	}
	elements->all[elements->n] = (struct element){ .a = a, .b = b, .frame = frame };
	index_table_add(&elements->index, hash, (uint32_t)elements->n);
	return (uint32_t)elements->n++;
}

static void elements_free(struct elements *elements)
{
	index_table_free(&elements->index);
	free(elements->all);
}

// What is in a stack more than once has its cost once.
static void element_charge(struct element *element, size_t stack, uint64_t cost)
{
	if (element->seen != stack + 1) {
		element->seen = stack + 1;
		element->cost += cost;
		element->weight += cost_magnitude(cost);
	}
}

static void charge_stack(struct writer *writer, const uint32_t *ids, size_t n, size_t stack,
			 uint64_t cost)
{
	uint32_t caller = INDEX_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct frame_name *name = &writer->frames->names[ids[i]];
		uint32_t function = element_find(&writer->functions, (uintptr_t)name->function,
						 (uintptr_t)name->object, ids[i]);
		element_charge(&writer->functions.all[function], stack, cost);
		if (caller != INDEX_NONE) {
			uint32_t call = element_find(&writer->calls, caller, function, 0);
			element_charge(&writer->calls.all[call], stack, cost);
		}
		caller = function;
	}
}

// What is within a quoted string that is a label.
static void write_label(FILE *out, const char *text)
{
	for (int shown = 0; *text; shown++) {
		if (shown == NAME_MAX_SHOWN) {
			fputs("...", out);
			return;
		}
		size_t n = utf8_shown_size(text);
		unsigned char c = (unsigned char)*text;
		if (n == 0 || c == '\\') {
			fprintf(out, "\\\\x%02x", c);
			n = 1;
		} else if (c == '"') {
			fputs("\\\"", out);
		} else if (c == '&') {
			fputs("&amp;", out);
		} else {
			fwrite(text, 1, n, out);
		}
		text += n;
	}
}

static bool is_shown(const struct writer *writer, const struct element *element)
{
	return (double)element->weight >= writer->least;
}

static void write_function(const struct writer *writer, size_t i)
{
	const struct element *function = &writer->functions.all[i];
	const struct frame_name *name = &writer->frames->names[function->frame];
	double percent = text_percent(function->weight, writer->whole);
	fprintf(writer->out, "n%zu [label=\"", i);
	write_label(writer->out, name->function);
	if (name->object != NULL) {
		const char *slash = strrchr(name->object, '/');
		fputs("\\n", writer->out);
		write_label(writer->out, slash != NULL ? slash + 1 : name->object);
	}
	char text[NUMBER_TEXT_SIZE];
	fprintf(writer->out, "\\n%s (%.2f %%)\", fillcolor=\"0.05 %.3f 1\"];\n",
		text_cost(text, writer->snapshot, function->cost), percent, percent * 0.006);
}

static void write_call(const struct writer *writer, const struct element *call)
{
	char text[NUMBER_TEXT_SIZE];
	fprintf(writer->out, "n%" PRIu64 " -> n%" PRIu64 " [label=\"%s\", penwidth=%.2f];\n",
		call->a, call->b, text_cost(text, writer->snapshot, call->cost),
		1 + text_percent(call->weight, writer->whole) * 0.04);
}

// The functions first: those below the threshold have no calls that are not.
static void write_graph(const struct writer *writer)
{
	size_t n_left_out = 0;
	for (size_t i = 0; i < writer->functions.n; i++) {
		if (is_shown(writer, &writer->functions.all[i])) {
			write_function(writer, i);
		} else {
			n_left_out++;
		}
	}
	for (size_t i = 0; i < writer->calls.n; i++) {
		if (is_shown(writer, &writer->calls.all[i])) {
			write_call(writer, &writer->calls.all[i]);
		}
	}
	char text[NUMBER_TEXT_SIZE];
	if (n_left_out != 0) {
		fprintf(writer->out, "rest [label=\"%s %s below the threshold\", style=dashed];\n",
			text_number(text, n_left_out), n_left_out == 1 ? "function" : "functions");
	}
}

bool report_dot_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		      const struct report_options *options)
{
	static const char *const titles[N_COSTS] = {
#define X(field, word, title) [COST_##field] = (title),
		COST_LIST(X)
#undef X
	};
	struct frames *frames = frames_new(snapshot, symbols);
	struct writer writer = { .out = out,
				 .snapshot = snapshot,
				 .frames = frames,
				 .whole = cost_whole(snapshot, options->metric) };
	double threshold = options->threshold < 0 ? THRESHOLD : options->threshold;
	writer.least = threshold / 100 * (double)writer.whole;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t cost = charge->cost.column[options->metric];
		if (cost != 0) {
			size_t n;
			const uint32_t *ids =
				frames_of(frames, snapshot, charge, FRAMES_ALLOCATOR, &n);
			charge_stack(&writer, ids, n, i, cost);
		}
	}
	char text[NUMBER_TEXT_SIZE];
	fputs("digraph allocations {\nlabel=\"", out);
	write_label(out, snapshot->program != NULL ? snapshot->program : "");
	if (snapshot->view != NULL) {
		fputs(", ", out);
		write_label(out, snapshot->view);
	}
	fprintf(out, ": %s: %s\";\nlabelloc=t;\nnode [shape=box, style=filled, fillcolor=white];\n",
		titles[options->metric],
		text_cost(text, snapshot, snapshot->total.column[options->metric]));
	write_graph(&writer);
	fputs("}\n", out);
	elements_free(&writer.functions);
	elements_free(&writer.calls);
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
