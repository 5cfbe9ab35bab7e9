// SPDX-License-Identifier: GPL-3.0-or-later
// heaptrack's text format, version 3, for heaptrack_print and heaptrack_gui: the run once more, change by change.
#include "report.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heaptrack_ahead.h"
#include "heaptrack_changes.h"
#include "heaptrack_text.h"
#include "heaptrack_traces.h"
#include "memory_curve.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "snapshot_title.h"
#include "symbols.h"
#include "util.h"

struct writer {
	struct heaptrack_text *text;
	const struct snapshot *snapshot;
	struct symbols *symbols;
	struct heaptrack_traces traces;
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

// A node as one of two ways has it.
struct trace_place {
	uint32_t node;
	unsigned way;
};

// What each trace stands for. The caller frees it.
static struct trace_place *trace_places(const struct heaptrack_traces *traces)
{
	struct trace_place *places = xcalloc(traces->next, sizeof(*places));
	for (unsigned way = 0; way < HEAPTRACK_WAYS; way++) {
		for (size_t i = 1; i < traces->n_nodes; i++) {
			if (traces->of[way][i] != 0) {
				places[traces->of[way][i]] =
					(struct trace_place){ (uint32_t)i, way };
			}
		}
	}
	return places;
}

// A place has the number of its site and one more.
static void write_traces(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	struct heaptrack_traces *traces = &writer->traces;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		heaptrack_traces_reach(traces, snapshot->nodes, &snapshot->charges[i]);
	}
	struct trace_place *places = trace_places(traces);
	write_trace(writer, snapshot->n_sites + 1, 0);
	write_trace(writer, snapshot->n_sites + 2, 0);
	for (uint32_t i = HEAPTRACK_FIRST; i < traces->next; i++) {
		const struct stack_node *node = &snapshot->nodes[places[i].node];
		write_trace(writer, (size_t)node->site + 1,
			    traces->of[places[i].way][node->parent]);
	}
	free(places);
}

// The trace of each charge that the changes may be of; 0: it is not to be seen. The caller frees them.
static uint32_t *traces_of_charges(struct writer *writer, size_t *n)
{
	const struct snapshot *snapshot = writer->snapshot;
	*n = snapshot->charge_of != NULL ? snapshot->n_known : snapshot->n_charges;
	uint32_t *traces = xcalloc(*n + 1, sizeof(*traces));
	for (size_t i = 0; i < *n; i++) {
		size_t seen = snapshot->charge_of != NULL ? snapshot->charge_of[i] : i;
		if (seen != CHARGE_HIDDEN) {
			traces[i] = heaptrack_traces_reach(&writer->traces, snapshot->nodes,
							   &snapshot->charges[seen]);
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

// Whether the changes that were made ahead are those of the snapshot.
static bool is_ahead(const struct snapshot *snapshot, const struct report_options *options)
{
	return snapshot->changes_ahead != NULL && snapshot->charge_of == NULL &&
	       !memory_curve_has(snapshot->memory) && is_packed(options);
}

// Ends the text. Returns 0, or an error's number.
static int write_changes(struct writer *writer, const struct report_options *options)
{
	const struct snapshot *snapshot = writer->snapshot;
	int error = -1;
	if (is_ahead(snapshot, options)) {
		error = heaptrack_ahead_write(snapshot->changes_ahead, writer->text);
	}
	if (error < 0) {
		size_t n;
		uint32_t *traces = traces_of_charges(writer, &n);
		error = heaptrack_changes_write(writer->text, snapshot->changes, snapshot->memory,
						traces, n);
		free(traces);
		heaptrack_text_end(writer->text);
	}
	return error;
}

bool report_heaptrack_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			    const struct report_options *options)
{
	assert(snapshot->changes);
	struct writer writer = { .snapshot = snapshot, .symbols = symbols };
	char *title = snapshot_title(snapshot);
	writer.text = heaptrack_text_new(out, title, is_packed(options));
	free(title);
	heaptrack_traces_init(&writer.traces);
	if (memory_curve_has(snapshot->memory)) {
		heaptrack_line(writer.text, 'I');
		heaptrack_number(writer.text, HEAPTRACK_PAGE_SIZE);
		heaptrack_number(writer.text, 0); // pages of the machine: not known
	}
	write_places(&writer);
	write_traces(&writer);
	int error = write_changes(&writer, options);
	heaptrack_traces_free(&writer.traces);
	bool is_written = fflush(out) == 0 && !ferror(out);
	errno = error != 0 ? error : errno;
	return is_written && error == 0;
}
