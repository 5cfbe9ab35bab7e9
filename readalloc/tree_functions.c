// SPDX-License-Identifier: GPL-3.0-or-later
// Each function of the stacks with its callers and those it calls, as text: a view of the report tree.
#include "tree_functions.h"

#include <stdlib.h>
#include <string.h>

#include "call_graph.h"
#include "frames.h"
#include "report.h"
#include "summary_text.h"
#include "util.h"

// A call as seen from one of its ends.
struct link {
	uint32_t function, other; // functions of the graph
	uint32_t call;
	bool is_caller; // the other
	uint64_t weight;
};

struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	const struct frames *frames;
	struct call_graph graph;
	struct link *links;
	size_t n_links;
	uint64_t whole, least;
};

// The callers of a function, those that call it most first, then those it calls.
static int compare_links(const void *a, const void *b)
{
	const struct link *one = a, *two = b;
	if (one->function != two->function) {
		return one->function < two->function ? -1 : 1;
	}
	if (one->is_caller != two->is_caller) {
		return one->is_caller ? -1 : 1;
	}
	if (one->weight != two->weight) {
		return one->weight > two->weight ? -1 : 1;
	}
	return one->call < two->call ? -1 : one->call > two->call;
}

static void links_make(struct writer *writer)
{
	const struct graph_elements *calls = &writer->graph.calls;
	writer->links = xcalloc(2 * calls->n + 1, sizeof(*writer->links));
	for (uint32_t i = 0; i < calls->n; i++) {
		const struct graph_element *call = &calls->all[i];
		uint32_t caller = (uint32_t)call->a, called = (uint32_t)call->b;
		writer->links[writer->n_links++] =
			(struct link){ called, caller, i, true, call->weight };
		writer->links[writer->n_links++] =
			(struct link){ caller, called, i, false, call->weight };
	}
	qsort(writer->links, writer->n_links, sizeof(*writer->links), compare_links);
}

static void write_amounts(const struct writer *writer, uint64_t cost, uint64_t weight)
{
	char text[NUMBER_TEXT_SIZE];
	fprintf(writer->out, "%6.2f%% %17s ", text_percent(weight, writer->whole),
		text_cost(text, writer->snapshot, cost));
}

static void write_name(const struct writer *writer, uint32_t function)
{
	const struct graph_element *element = &writer->graph.functions.all[function];
	const struct frame_name *name = &writer->frames->names[element->frame];
	text_escape(writer->out, name->function, 0);
	if (name->object != NULL) {
		const char *slash = strrchr(name->object, '/');
		fputs("  (", writer->out);
		text_escape(writer->out, slash != NULL ? slash + 1 : name->object, 0);
		putc(')', writer->out);
	}
	putc('\n', writer->out);
}

// The calls in one direction, `links` up to `end`; returns where those of the other begin.
static const struct link *write_links(const struct writer *writer, const struct link *link,
				      const struct link *end, uint32_t function, bool is_caller)
{
	uint64_t rest = 0, weight = 0, n = 0;
	for (; link != end && link->function == function && link->is_caller == is_caller; link++) {
		uint64_t cost = writer->graph.calls.all[link->call].cost;
		if (link->weight < writer->least) {
			rest += cost;
			weight += link->weight;
			n++;
			continue;
		}
		write_amounts(writer, cost, link->weight);
		fprintf(writer->out, "%17s   %c ", "", is_caller ? '<' : '>');
		write_name(writer, link->other);
	}
	if (n != 0) {
		char text[NUMBER_TEXT_SIZE];
		write_amounts(writer, rest, weight);
		fprintf(writer->out, "%17s   %c [%s %s below the threshold]\n", "",
			is_caller ? '<' : '>', text_number(text, n), text_noun(n, "call", "calls"));
	}
	return link;
}

static void write_function(const struct writer *writer, uint32_t function, const struct link *links)
{
	const struct graph_element *element = &writer->graph.functions.all[function];
	const struct link *end = writer->links + writer->n_links;
	char text[NUMBER_TEXT_SIZE];
	putc('\n', writer->out);
	const struct link *called = write_links(writer, links, end, function, true);
	write_amounts(writer, element->cost, element->weight);
	fprintf(writer->out, "%17s * ", text_cost(text, writer->snapshot, element->self));
	write_name(writer, function);
	write_links(writer, called, end, function, false);
}

static struct row_key key_of(const struct writer *writer, uint32_t function,
			     const struct row_sort *sort)
{
	const struct graph_element *element = &writer->graph.functions.all[function];
	struct row_key key = { .number = (int64_t)element->weight, .row = function };
	if (sort->text != NULL && sort->column == TREE_COLUMN_SELF) {
		key.number = (int64_t)element->self;
	} else if (sort->text != NULL && sort->column == TREE_COLUMN_COST) {
		key.number = (int64_t)element->cost;
	} else if (sort->text != NULL) {
		key.text = writer->frames->names[element->frame].function;
	}
	return key;
}

static void write_functions(const struct writer *writer, const struct row_sort *sort)
{
	size_t n = writer->graph.functions.n, n_shown = 0;
	const struct link **links = xcalloc(n + 1, sizeof(*links));
	struct row_key *keys = xcalloc(n + 1, sizeof(*keys));
	for (size_t i = writer->n_links; i-- > 0;) {
		links[writer->links[i].function] = &writer->links[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		if (writer->graph.functions.all[i].weight >= writer->least) {
			keys[n_shown++] = key_of(writer, i, sort);
		}
	}
	rows_sort(keys, n_shown, sort);
	for (size_t i = 0; i < n_shown; i++) {
		const struct link *none = writer->links + writer->n_links;
		const struct link *first = links[keys[i].row];
		write_function(writer, keys[i].row, first != NULL ? first : none);
	}
	if (n_shown != n) {
		char text[NUMBER_TEXT_SIZE];
		fprintf(writer->out, "\n%s %s below the threshold\n",
			text_number(text, n - n_shown),
			text_noun(n - n_shown, "function", "functions"));
	}
	free(keys);
	free(links);
}

void tree_functions_write(FILE *out, const struct snapshot *snapshot, struct frames *frames,
			  const struct report_options *options, uint64_t whole, uint64_t least)
{
	struct writer writer = {
		.out = out, .snapshot = snapshot, .frames = frames, .whole = whole, .least = least
	};
	call_graph_make(&writer.graph, frames, snapshot, options->metric, FRAMES_PLAIN);
	links_make(&writer);
	fprintf(out, "%7s %17s %17s\n", "share", "inclusive", "self");
	write_functions(&writer, &options->sort);
	free(writer.links);
	call_graph_free(&writer.graph);
}
