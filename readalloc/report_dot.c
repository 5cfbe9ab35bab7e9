// SPDX-License-Identifier: GPL-3.0-or-later
// The call graph as Graphviz draws it.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "call_graph.h"
#include "cost.h"
#include "frames.h"
#include "snapshot_title.h"
#include "summary_text.h"
#include "utf8.h"
#include "util.h"

static const double THRESHOLD = 1;

enum { NAME_MAX_SHOWN = 100 }; // characters; a picture has no room for more

struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	const struct frames *frames;
	struct call_graph graph;
	uint64_t whole;
	double least;
};

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

static bool is_shown(const struct writer *writer, const struct graph_element *element)
{
	return (double)element->weight >= writer->least;
}

static void write_function(const struct writer *writer, size_t i)
{
	const struct graph_element *function = &writer->graph.functions.all[i];
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

static void write_call(const struct writer *writer, const struct graph_element *call)
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
	for (size_t i = 0; i < writer->graph.functions.n; i++) {
		if (is_shown(writer, &writer->graph.functions.all[i])) {
			write_function(writer, i);
		} else {
			n_left_out++;
		}
	}
	for (size_t i = 0; i < writer->graph.calls.n; i++) {
		if (is_shown(writer, &writer->graph.calls.all[i])) {
			write_call(writer, &writer->graph.calls.all[i]);
		}
	}
	char text[NUMBER_TEXT_SIZE];
	if (n_left_out != 0) {
		fprintf(writer->out, "rest [label=\"%s %s below the threshold\", style=dashed];\n",
			text_number(text, n_left_out),
			text_noun(n_left_out, "function", "functions"));
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
	call_graph_make(&writer.graph, frames, snapshot, options->metric, FRAMES_ALLOCATOR);
	char text[NUMBER_TEXT_SIZE];
	fputs("digraph allocations {\nlabel=\"", out);
	write_label(out, snapshot->program != NULL ? snapshot->program : "");
	if (snapshot->view != NULL) {
		fputs(", ", out);
		write_label(out, snapshot->view);
	}
	if (snapshot->base != NULL) {
		char *base = snapshot_base_text(snapshot);
		fputs(", compared with ", out);
		write_label(out, base);
		free(base);
	}
	fprintf(out, ": %s: %s\";\nlabelloc=t;\nnode [shape=box, style=filled, fillcolor=white];\n",
		titles[options->metric],
		text_cost(text, snapshot, snapshot->total.column[options->metric]));
	write_graph(&writer);
	fputs("}\n", out);
	call_graph_free(&writer.graph);
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
