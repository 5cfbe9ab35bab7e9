// SPDX-License-Identifier: GPL-3.0-or-later
// heaptrack's text format, version 3, for heaptrack_print and heaptrack_gui: the run once more, change by change.
#include "report.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change_log.h"
#include "heaptrack_changes.h"
#include "heaptrack_text.h"
#include "memory_curve.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "snapshot_title.h"
#include "symbols.h"
#include "util.h"

// Stacks that are whole, and such that are cut: they stand below a frame that says so.
enum { WHOLE, CUT, N_WAYS };

struct writer {
	struct heaptrack_text *text;
	const struct snapshot *snapshot;
	struct symbols *symbols;
	uint32_t *traces[N_WAYS]; // of each node: its number, 1 and up; 0 not needed
	uint32_t no_stack;        // the same for charges without one
};

static void write_frame(struct writer *writer, const struct site *site, const struct symbol *symbol)
{
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	const char *function = symbol->function != NULL ? symbol->function : unknown;
	heaptrack_number(writer->text, heaptrack_string(writer->text, function));
	heaptrack_number(writer->text, heaptrack_string(writer->text, symbol->file));
	heaptrack_number(writer->text, symbol->line);
}

static void write_site(struct writer *writer, const struct site *site)
{
	struct symbol_list list = symbols_find(writer->symbols, site);
	const struct module *module = site->module;
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	// All strings come before the line that has their numbers.
	uint32_t path = heaptrack_string(writer->text, module != NULL ? module->path : NULL);
	for (size_t i = 0; i < list.n; i++) {
		const char *function = list.frames[i].function;
		heaptrack_string(writer->text, function != NULL ? function : unknown);
		heaptrack_string(writer->text, list.frames[i].file);
	}
	heaptrack_line(writer->text, 'i');
	heaptrack_number(writer->text, (module != NULL ? module->load_bias : 0) + site->offset);
	heaptrack_number(writer->text, path);
	for (size_t i = 0; i < list.n; i++) {
		write_frame(writer, site, &list.frames[i]);
	}
}

// A place that is no code.
static void write_remark(struct writer *writer, const char *remark)
{
	uint32_t number = heaptrack_string(writer->text, remark);
	heaptrack_line(writer->text, 'i');
	heaptrack_number(writer->text, 0);
	heaptrack_number(writer->text, 0);
	heaptrack_number(writer->text, number);
	heaptrack_number(writer->text, 0);
	heaptrack_number(writer->text, 0);
}

static void write_trace(struct writer *writer, size_t place, uint32_t parent)
{
	heaptrack_line(writer->text, 't');
	heaptrack_number(writer->text, place);
	heaptrack_number(writer->text, parent);
}

static void nodes_mark(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint32_t *marks = writer->traces[charge->cut == WIRE_CUT_WHOLE ? WHOLE : CUT];
		for (uint32_t node = charge->stack; node != STACK_ROOT && marks[node] == 0;
		     node = snapshot->nodes[node].parent) {
			marks[node] = 1;
		}
	}
}

// A place has the number of its site and one more.
static void write_traces(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	uint32_t n = 0;
	nodes_mark(writer);
	write_trace(writer, snapshot->n_sites + 1, 0);
	writer->no_stack = ++n;
	write_trace(writer, snapshot->n_sites + 2, 0);
	writer->traces[CUT][STACK_ROOT] = ++n;
	for (int way = 0; way < N_WAYS; way++) {
		uint32_t *traces = writer->traces[way];
		for (size_t i = 1; i < snapshot->n_nodes; i++) {
			const struct stack_node *node = &snapshot->nodes[i];
			if (traces[i] != 0) {
				write_trace(writer, (size_t)node->site + 1, traces[node->parent]);
				traces[i] = ++n;
			}
		}
	}
}

static uint32_t trace_of(const struct writer *writer, const struct charge *charge)
{
	return charge->stack == STACK_ROOT
		       ? writer->no_stack
		       : writer->traces[charge->cut == WIRE_CUT_WHOLE ? WHOLE : CUT][charge->stack];
}

// The trace of each charge that the changes may be of; 0: it is not to be seen. The caller frees them.
static uint32_t *traces_of_charges(const struct writer *writer, size_t *n)
{
	const struct snapshot *snapshot = writer->snapshot;
	*n = snapshot->charge_of != NULL ? snapshot->n_known : snapshot->n_charges;
	uint32_t *traces = xcalloc(*n + 1, sizeof(*traces));
	for (size_t i = 0; i < *n; i++) {
		size_t seen = snapshot->charge_of != NULL ? snapshot->charge_of[i] : i;
		if (seen != CHARGE_HIDDEN) {
			traces[i] = trace_of(writer, &snapshot->charges[seen]);
		}
	}
	return traces;
}

static void write_places(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	snapshot_resolve(snapshot, writer->symbols);
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		write_site(writer, &snapshot->sites[i]);
	}
	write_remark(writer, "(no stack)");
	write_remark(writer, "(stack cut)");
}

// heaptrack knows by a file's name whether it is packed; the name readalloc gives says so.
static bool is_packed(const struct report_options *options)
{
	size_t n = options->path != NULL ? strlen(options->path) : 0;
	return options->path == NULL || (n > 3 && strcmp(options->path + n - 3, ".gz") == 0);
}

bool report_heaptrack_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			    const struct report_options *options)
{
	assert(snapshot->changes);
	struct writer writer = { .snapshot = snapshot, .symbols = symbols };
	char *title = snapshot_title(snapshot);
	writer.text = heaptrack_text_new(out, title, is_packed(options));
	free(title);
	for (int way = 0; way < N_WAYS; way++) {
		writer.traces[way] = xcalloc(snapshot->n_nodes + 1, sizeof(*writer.traces[way]));
	}
	if (memory_curve_has(snapshot->memory)) {
		heaptrack_line(writer.text, 'I');
		heaptrack_number(writer.text, HEAPTRACK_PAGE_SIZE);
		heaptrack_number(writer.text, 0); // pages of the machine: not known
	}
	write_places(&writer);
	write_traces(&writer);
	size_t n;
	uint32_t *traces = traces_of_charges(&writer, &n);
	int error = heaptrack_changes_write(writer.text, snapshot->changes, snapshot->memory,
					    traces, n);
	free(traces);
	free(writer.traces[WHOLE]);
	free(writer.traces[CUT]);
	heaptrack_text_end(writer.text);
	bool is_written = fflush(out) == 0 && !ferror(out);
	errno = error != 0 ? error : errno;
	return is_written && error == 0;
}
