// SPDX-License-Identifier: GPL-3.0-or-later
// The callgrind format, for KCachegrind and callgrind_annotate; its specification is valgrind's cl-format.
#include "report.h"

#include "callgrind_names.h"
#include "callgrind_profile.h"
#include "snapshot.h"
#include "snapshot_title.h"
#include "util.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	FILE *out;
	const struct profile *profile;
	struct callgrind_names objects, files, functions;
	const char *file;        // the source file in force
	const char *marked_file; // the line of the last zero self cost in this function; NULL none
	uint32_t marked_line;
	// The costs of some calls, from number `first_cost` of the order on.
	struct cost *costs;
	size_t first_cost, n_costs, costs_room;
};

static void write_costs(FILE *out, const struct cost *cost)
{
	for (int i = 0; i < N_COSTS; i++) {
		fprintf(out, " %" PRIu64, cost->column[i]);
	}
	fputc('\n', out);
}

// The one key a reader needs for a text of the header, which ends with the line.
static void write_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s: ", key);
	text_escape(out, text, 0);
	fputc('\n', out);
}

static void write_header(FILE *out, const struct snapshot *snapshot)
{
	fputs("# callgrind format\nversion: 1\ncreator: readalloc\n", out);
	fprintf(out, "pid: %" PRIu64 "\n", snapshot->pid);
	const char *command = snapshot->command_line;
	write_text(out, "cmd", command != NULL && command[0] != '\0' ? command : snapshot->program);
	fputs("part: 1\n", out);
	if (snapshot->damage != NULL) {
		write_text(out, "desc: Damage", snapshot->damage);
	}
	if (snapshot->view != NULL) {
		write_text(out, "desc: Shown", snapshot->view);
	}
	if (snapshot->base != NULL) {
		char *base = snapshot_base_text(snapshot);
		write_text(out, "desc: Compared with", base);
		free(base);
	}
	if (snapshot->n_lost != 0) {
		fprintf(out, "desc: Lost: %" PRIu64 " events did not arrive\n", snapshot->n_lost);
	}
	fprintf(out, "desc: Duration: %.3f s\n", snapshot->duration - snapshot_begin(snapshot));
	fprintf(out, "desc: Peak: %.3f s\n", snapshot->peak_time);
	fputs("positions: line\n", out);
#define X(field, word, title) fputs("event: " word " : " title "\n", out);
	COST_LIST(X)
#undef X
	fputs("events:", out);
#define X(field, word, title) fputs(" " word, out);
	COST_LIST(X)
#undef X
	fputs("\nsummary:", out);
	write_costs(out, &snapshot->total);
}

static void begin_function(struct writer *writer, const struct profile_function *function)
{
	fputc('\n', writer->out);
	callgrind_names_write(&writer->objects, writer->out, "ob", function->object);
	callgrind_names_write(&writer->files, writer->out, "fl", function->file);
	callgrind_names_write_function(&writer->functions, writer->out, "fn", function);
	writer->file = function->file;
	writer->marked_file = NULL;
}

// Lines of another file than the one the function begins in.
static void change_file(struct writer *writer, const char *file,
			const struct profile_function *function)
{
	if (file != writer->file) {
		callgrind_names_write(&writer->files, writer->out,
				      file == function->file ? "fe" : "fi", file);
		writer->file = file;
	}
}

// A line of source that only calls gets a self cost of zero: callgrind_annotate shows source around such
// lines alone, and warns of files that have none.
static void write_line(struct writer *writer, const struct profile_call *call)
{
	static const struct cost zero;
	const char *file = writer->profile->files[call->file];
	if (strcmp(file, UNKNOWN_FILE) != 0 &&
	    (file != writer->marked_file || call->line != writer->marked_line)) {
		fprintf(writer->out, "%" PRIu32, call->line);
		write_costs(writer->out, &zero);
		writer->marked_file = file;
		writer->marked_line = call->line;
	}
}

// The costs of call `i` of the order, which are asked for one after the other.
static const struct cost *costs_of(struct writer *writer, size_t i)
{
	const struct profile *profile = writer->profile;
	if (i >= writer->first_cost + writer->n_costs) {
		size_t n_left = profile->n_calls - i;
		writer->first_cost = i;
		writer->n_costs = n_left < writer->costs_room ? n_left : writer->costs_room;
		profile_costs(profile, i, writer->n_costs, writer->costs);
	}
	return &writer->costs[i - writer->first_cost];
}

static void write_call(struct writer *writer, size_t i)
{
	const struct profile_call *call = &writer->profile->calls[writer->profile->order[i]];
	const struct cost *cost = costs_of(writer, i);
	const struct profile_function *callee = &writer->profile->functions[call->callee];
	change_file(writer, writer->profile->files[call->file],
		    &writer->profile->functions[call->caller]);
	write_line(writer, call);
	callgrind_names_write(&writer->objects, writer->out, "cob", callee->object);
	callgrind_names_write(&writer->files, writer->out, "cfi", callee->file);
	callgrind_names_write_function(&writer->functions, writer->out, "cfn", callee);
	// A call is an allocation made through it. callgrind_annotate takes the line behind calls=0 for self
	// cost.
	uint64_t n = cost->column[COST_total_blocks];
	fprintf(writer->out, "calls=%" PRIu64 " 0\n%" PRIu32, n > 0 ? n : 1, call->line);
	write_costs(writer->out, cost);
}

// Whether call `i` of the order is one of this caller.
static bool is_of(const struct profile *profile, size_t i, uint32_t caller)
{
	return i < profile->n_calls && profile->calls[profile->order[i]].caller == caller;
}

static void write_functions(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	size_t next_call = 0;
	for (uint32_t i = 0; i < profile->n_functions; i++) {
		const struct profile_function *function = &profile->functions[i];
		bool has_self = strcmp(function->object, HEAP_OBJECT) == 0;
		if (!is_of(profile, next_call, i) && !has_self) {
			continue;
		}
		begin_function(writer, function);
		if (has_self) {
			fputc('0', writer->out);
			write_costs(writer->out, &function->self);
		}
		for (; is_of(profile, next_call, i); next_call++) {
			write_call(writer, next_call);
		}
	}
}

bool report_callgrind_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			    const struct report_options *options)
{
	(void)options;
	struct profile *profile = profile_new(snapshot, symbols);
	struct writer writer = { .out = out, .profile = profile };
	writer.costs_room = profile_costs_room(profile);
	writer.costs = xcalloc(writer.costs_room, sizeof(*writer.costs));
	write_header(out, snapshot);
	write_functions(&writer);
	fputs("\ntotals:", out);
	write_costs(out, &snapshot->total);
	callgrind_names_free(&writer.objects);
	callgrind_names_free(&writer.files);
	callgrind_names_free(&writer.functions);
	free(writer.costs);
	profile_free(profile);
	return fflush(out) == 0 && !ferror(out);
}
