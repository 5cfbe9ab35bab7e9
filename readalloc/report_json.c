// SPDX-License-Identifier: GPL-3.0-or-later
// All a snapshot holds as JSON, for scripts; the schema is in readalloc.1.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "charge_order.h"
#include "index_table.h"
#include "json.h"
#include "life_times.h"
#include "memory_curve.h"
#include "pools.h"
#include "sampling.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "util.h"

// Keys are only ever added while this is the same.
enum { SCHEMA_VERSION = 1 };

static const uint64_t MICROSECONDS = 1000000;

struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	struct symbols *symbols;
	const struct module **modules; // those of the sites, in the order of their first appearance
	size_t n_modules, room;
	struct index_table module_index;
};

static void write_costs(FILE *out, const struct cost *cost)
{
	const char *before = "";
#define X(field, word, title)                                                                      \
	fprintf(out, "%s\"" #field "\":%" PRId64, before, (int64_t)cost->column[COST_##field]);    \
	before = ",";
	COST_LIST(X)
#undef X
}

// Of estimates alone.
static void write_errors(FILE *out, const struct snapshot *snapshot, const struct cost *cost,
			 const struct variance *variance)
{
	static const char *const names[N_COSTS] = {
#define X(field, word, title) #field,
		COST_LIST(X)
#undef X
	};
	for (int i = 0; i < COST_temporary_blocks && snapshot->sampling != 0; i++) {
		fprintf(out, ",\"%s_error\":%.0f", names[i],
			sampling_error(snapshot, cost, variance, i));
	}
}

static void write_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, "\"%s\":%" PRIu64 ",\n", key, value);
}

static void write_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":", key);
	json_text(out, text != NULL && text[0] != '\0' ? text : NULL);
	fputs(",\n", out);
}

static void write_suppressed(FILE *out, const struct snapshot *snapshot)
{
	fputs("\"suppressed\":[", out);
	for (size_t i = 0; i < snapshot->n_suppressed; i++) {
		const struct suppressed *one = &snapshot->suppressed[i];
		fputs(i == 0 ? "\n{\"name\":" : ",\n{\"name\":", out);
		json_text(out, one->name);
		fprintf(out,
			",\"live_bytes\":%" PRIu64 ",\"live_blocks\":%" PRIu64
			",\"stacks\":%" PRIu64 "}",
			one->bytes, one->blocks, one->stacks);
	}
	fputs("],\n", out);
}

// What the program's own allocators have handed out.
static void write_pools(FILE *out, const struct snapshot *snapshot)
{
	fputs("\"pools\":[", out);
	for (size_t i = 0; i < snapshot->n_pools; i++) {
		const struct pool_total *pool = &snapshot->pools[i];
		fputs(i == 0 ? "\n{\"name\":" : ",\n{\"name\":", out);
		json_text(out, pool->name);
		fprintf(out,
			",\"pools\":%" PRIu64 ",\"live_bytes\":%" PRIu64 ",\"live_blocks\":%" PRIu64
			",\"peak_bytes\":%" PRIu64 ",\"total_bytes\":%" PRIu64
			",\"total_blocks\":%" PRIu64 ",\"unknown_frees\":%" PRIu64 "}",
			pool->n_pools, pool->live_bytes, pool->live_blocks, pool->peak_bytes,
			pool->total_bytes, pool->total_blocks, pool->n_unknown_frees);
	}
	fputs("],\n", out);
}

// The part of the run that all else is of, and what was there before and counts nowhere.
static void write_slice(FILE *out, const struct snapshot *snapshot)
{
	const struct snapshot_slice *slice = snapshot->slice;
	if (slice == NULL) {
		fputs("\"slice\":null,\n", out);
		return;
	}
	fputs("\"slice\":{", out);
	write_text(out, "from", slice->from);
	write_text(out, "to", slice->to);
	fprintf(out, "\"begin_s\":%.6f,\n\"end_s\":%.6f,\n", slice->begin, snapshot->duration);
	write_number(out, "before_live_bytes", slice->before_bytes);
	write_number(out, "before_live_blocks", slice->before_blocks);
	write_number(out, "before_freed_bytes", slice->before_freed_bytes);
	fprintf(out, "\"before_freed_blocks\":%" PRIu64 "},\n", slice->before_freed_blocks);
}

// What a difference is the difference to.
static void write_base(FILE *out, const struct snapshot *base)
{
	if (base == NULL) {
		fputs("\"base\":null,\n", out);
		return;
	}
	fputs("\"base\":{", out);
	write_text(out, "program", base->program);
	write_number(out, "pid", base->pid);
	write_number(out, "start_time_ns", base->start_time);
	fprintf(out, "\"same_run\":%s,\n\"duration_s\":%.6f,\n\"peak_time_s\":%.6f,\n",
		base->is_same_run ? "true" : "false", base->duration, base->peak_time);
	write_slice(out, base);
	fputs("\"total\":{", out);
	write_costs(out, &base->total);
	fputs("}},\n", out);
}

// Whether the time, in microseconds, belongs to what the snapshot is of.
static bool is_within(const struct snapshot *snapshot, uint64_t time)
{
	const struct snapshot_slice *slice = snapshot->slice;
	double seconds = (double)time / (double)MICROSECONDS;
	return slice == NULL ||
	       (seconds >= slice->begin && (slice->to == NULL || seconds <= snapshot->duration));
}

// The process's memory at each time that it was looked at; what is not known is left out.
static void write_memory(FILE *out, const struct snapshot *snapshot)
{
	static const char *const words[WIRE_MEMORY_END] = {
#define X(number, id, word) [number] = (word),
		WIRE_MEMORY_LIST(X)
#undef X
	};
	const struct memory_curve *memory = snapshot->memory;
	const char *before = "";
	fputs("\"memory\":[", out);
	for (size_t i = 0; memory_curve_has(memory) && i < memory->n; i++) {
		const struct memory_point *point = &memory->points[i];
		if (!is_within(snapshot, point->time)) {
			continue;
		}
		fprintf(out, "%s\n{\"time_s\":%" PRIu64 ".%06" PRIu64, before,
			point->time / MICROSECONDS, point->time % MICROSECONDS);
		for (int what = 0; what < WIRE_MEMORY_END; what++) {
			if (words[what] && point->bytes[what] != 0) {
				fprintf(out, ",\"%s_bytes\":%" PRIu64, words[what],
					point->bytes[what]);
			}
		}
		putc('}', out);
		before = ",";
	}
	fputs("],\n", out);
}

static void write_run(FILE *out, const struct snapshot *snapshot)
{
	write_text(out, "program", snapshot->program);
	write_text(out, "executable", snapshot->executable);
	write_text(out, "command_line", snapshot->command_line);
	write_number(out, "pid", snapshot->pid);
	write_number(out, "parent_pid", snapshot->parent_pid);
	write_number(out, "start_time_ns", snapshot->start_time);
	fprintf(out, "\"duration_s\":%.6f,\n\"peak_time_s\":%.6f,\n", snapshot->duration,
		snapshot->peak_time);
	write_number(out, "machine", snapshot->machine);
	write_number(out, "word_size", snapshot->word_size);
	write_number(out, "events", snapshot->n_events);
	write_number(out, "failures", snapshot->n_failures);
	write_number(out, "unknown_frees", snapshot->n_unknown_frees);
	write_number(out, "missed_frees", snapshot->n_missed_frees);
	write_number(out, "lost_events", snapshot->n_lost);
	fprintf(out, "\"lost\":{\"untold\":%" PRIu64, snapshot->lost[WIRE_LOST_UNTOLD]);
#define X(number, id, word, words) fprintf(out, ",\"" word "\":%" PRIu64, snapshot->lost[number]);
	WIRE_LOST_LIST(X)
#undef X
	fputs("},\n", out);
	write_number(out, "sure_since", snapshot->sure_since);
	write_number(out, "unsure_blocks", snapshot->unsure_blocks);
	write_number(out, "unsure_bytes", snapshot->unsure_bytes);
	write_text(out, "damage", snapshot->damage);
	write_text(out, "shown", snapshot->view);
	write_slice(out, snapshot);
	write_number(out, "skipped_stacks", snapshot->n_skipped);
	write_suppressed(out, snapshot);
	write_pools(out, snapshot);
	write_memory(out, snapshot);
	write_base(out, snapshot->base);
	write_number(out, "sampling", snapshot->sampling);
	write_number(out, "elide_limit", snapshot->elide_limit);
	write_number(out, "elided_events", snapshot->n_elided);
	fputs("\"total\":{", out);
	write_costs(out, &snapshot->total);
	write_errors(out, snapshot, &snapshot->total, &snapshot->total_variance);
	fputs("},\n", out);
}

static uint32_t module_number(struct writer *writer, const struct module *module)
{
	uint32_t hash = hash_pair((uintptr_t)module, 0), step = 0, at;
	while ((at = index_table_next(&writer->module_index, hash, &step)) != INDEX_NONE) {
		if (writer->modules[at] == module) {
			return at;
		}
	}
	if (writer->n_modules == writer->room) {
		writer->room = grown_capacity(writer->n_modules, 0);
		writer->modules = xrealloc(writer->modules, writer->room, sizeof(*writer->modules));
	}
	writer->modules[writer->n_modules] = module;
	index_table_add(&writer->module_index, hash, (uint32_t)writer->n_modules);
	return (uint32_t)writer->n_modules++;
}

static void write_site(struct writer *writer, const struct site *site)
{
	FILE *out = writer->out;
	if (site->module != NULL) {
		fprintf(out, "{\"module\":%" PRIu32, module_number(writer, site->module));
	} else {
		fputs("{\"module\":null", out);
	}
	// Not a number: readers keep but 53 bits of one.
	fprintf(out, ",\"offset\":\"0x%" PRIx64 "\",\"exact\":%s,\"frames\":[", site->offset,
		site->is_exact ? "true" : "false");
	struct symbol_list list = symbols_find(writer->symbols, site);
	for (size_t i = 0; i < list.n; i++) {
		const struct symbol *symbol = &list.frames[i];
		fputs(i == 0 ? "{\"function\":" : ",{\"function\":", out);
		json_text(out, symbol->function);
		fputs(",\"file\":", out);
		json_text(out, symbol->file);
		fprintf(out, ",\"line\":%" PRIu32 "}", symbol->line);
	}
	fputs("]}", out);
}

static void write_sites(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	snapshot_resolve(snapshot, writer->symbols);
	fputs("\"sites\":[", writer->out);
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		fputs(i == 0 ? "\n" : ",\n", writer->out);
		write_site(writer, &snapshot->sites[i]);
	}
	fputs("],\n", writer->out);
}

static void write_modules(const struct writer *writer)
{
	FILE *out = writer->out;
	fputs("\"modules\":[", out);
	for (size_t i = 0; i < writer->n_modules; i++) {
		const struct module *module = writer->modules[i];
		fputs(i == 0 ? "\n{\"path\":" : ",\n{\"path\":", out);
		json_text(out, module->path);
		fputs(",\"build_id\":\"", out);
		for (uint32_t k = 0; k < module->build_id_size; k++) {
			fprintf(out, "%02x", module->build_id[k]);
		}
		fprintf(out, "\",\"load_bias\":\"0x%" PRIx64 "\"}", module->load_bias);
	}
	fputs("],\n", out);
}

static void write_stacks(const struct writer *writer, const struct row_sort *sort)
{
	const struct snapshot *snapshot = writer->snapshot;
	FILE *out = writer->out;
	struct life_time *times = life_times_new(snapshot);
	uint32_t *order = charge_order_new(snapshot, times, sort);
	fputs("\"stacks\":[", out);
	for (size_t row = 0; row < snapshot->n_charges; row++) {
		uint32_t i = order[row];
		const struct charge *charge = &snapshot->charges[i];
		fprintf(out, "%s\n{\"allocator\":\"%s\",\"cut\":\"%s\",", row == 0 ? "" : ",",
			kind_name(charge->kind), cut_name(charge->cut));
		write_costs(out, &charge->cost);
		write_errors(out, snapshot, &charge->cost, snapshot_variance(snapshot, charge));
		if (times != NULL) {
			fprintf(out,
				",\"lifetime_us\":%" PRIu64 ",\"age_us\":%" PRIu64
				",\"oldest_us\":%" PRIu64,
				times[i].lifetime, times[i].age, times[i].oldest);
		}
		fputs(",\"sites\":[", out);
		for (uint32_t node = charge->stack; node != STACK_ROOT;
		     node = snapshot->nodes[node].parent) {
			fprintf(out, "%s%" PRIu32, node == charge->stack ? "" : ",",
				snapshot->nodes[node].site);
		}
		fputs("]}", out);
	}
	fputs("]\n", out);
	free(order);
	free(times);
}

bool report_json_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		       const struct report_options *options)
{
	struct writer writer = { .out = out, .snapshot = snapshot, .symbols = symbols };
	fprintf(out, "{\n\"format\":\"dumpalloc\",\n\"version\":%d,\n", SCHEMA_VERSION);
	write_run(out, snapshot);
	write_sites(&writer);
	write_modules(&writer);
	write_stacks(&writer, &options->sort);
	fputs("}\n", out);
	index_table_free(&writer.module_index);
	free(writer.modules);
	return fflush(out) == 0 && !ferror(out);
}
