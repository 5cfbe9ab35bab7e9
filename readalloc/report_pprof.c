// SPDX-License-Identifier: GPL-3.0-or-later
// A compressed profile.proto: what pprof reads.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "gzip.h"
#include "index_table.h"
#include "proto.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "snapshot_title.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

// Numbers of fields in profile.proto.
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION };
enum { PROFILE_FUNCTION = 5, PROFILE_STRING, PROFILE_TIME = 9, PROFILE_DURATION };
enum { PROFILE_COMMENT = 13, PROFILE_DEFAULT_TYPE };
enum { TYPE_NAME = 1, TYPE_UNIT };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_TEXT };
enum { MAPPING_ID = 1, MAPPING_START, MAPPING_LIMIT, MAPPING_FILE = 5, MAPPING_BUILD_ID };
enum { MAPPING_HAS_FIRST = 7, MAPPING_HAS_LAST = 10 };
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION = 1, LINE_NUMBER };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_FILE = 4 };

static const double NANOSECONDS = 1e9;

static const struct {
	const char *name, *unit;
	enum cost_column column;
} types[] = {
	{ "alloc_objects", "count", COST_total_blocks },
	{ "alloc_space", "bytes", COST_total_bytes },
	{ "inuse_objects", "count", COST_live_blocks },
	{ "inuse_space", "bytes", COST_live_bytes },
	{ "peak_objects", "count", COST_peak_blocks },
	{ "peak_space", "bytes", COST_peak_bytes },
	{ "temporary_objects", "count", COST_temporary_blocks },
	{ "temporary_space", "bytes", COST_temporary_bytes },
	{ "rounding_space", "bytes", COST_rounding_bytes },
};

enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

// Things that get numbers in the order of their first use; equal pairs of pointers are one thing.
struct numbering {
	struct numbered {
		const void *a, *b;
	} * things;
	size_t n, room;
	struct index_table index;
};

struct writer {
	const struct snapshot *snapshot;
	struct symbols *symbols;
	struct gzip *gzip;
	struct text_store *texts;
	struct numbering strings, functions, modules;
	uint64_t *limits; // of the modules: past the last address
	struct proto field, message, inner;
};

static uint64_t number_of(struct numbering *numbering, const void *a, const void *b)
{
	uint32_t hash = hash_pair((uintptr_t)a, (uintptr_t)b), step = 0, at;
	while ((at = index_table_next(&numbering->index, hash, &step)) != INDEX_NONE) {
		if (numbering->things[at].a == a && numbering->things[at].b == b) {
			return at;
		}
	}
	if (numbering->n == numbering->room) {
		numbering->room = grown_capacity(numbering->n, 0);
		numbering->things =
			xrealloc(numbering->things, numbering->room, sizeof(*numbering->things));
	}
	numbering->things[numbering->n] = (struct numbered){ a, b };
	index_table_add(&numbering->index, hash, (uint32_t)numbering->n);
	return numbering->n++;
}

static void numbering_free(struct numbering *numbering)
{
	index_table_free(&numbering->index);
	free(numbering->things);
}

static uint64_t string_number(struct writer *writer, const char *text)
{
	return number_of(&writer->strings, text_store_keep(writer->texts, text != NULL ? text : ""),
			 NULL);
}

// Of a function; 0 is none.
static uint64_t function_number(struct writer *writer, const char *name, const char *file)
{
	return 1 + number_of(&writer->functions, text_store_keep(writer->texts, name),
			     text_store_keep(writer->texts, file));
}

static void write_field(struct writer *writer, unsigned field)
{
	proto_clear(&writer->field);
	proto_bytes(&writer->field, field, writer->message.bytes, writer->message.n);
	gzip_write(writer->gzip, writer->field.bytes, writer->field.n);
	proto_clear(&writer->message);
}

static void write_inner(struct writer *writer, unsigned field)
{
	proto_bytes(&writer->message, field, writer->inner.bytes, writer->inner.n);
	proto_clear(&writer->inner);
}

static void write_head(struct writer *writer, const struct report_options *options)
{
	const struct snapshot *snapshot = writer->snapshot;
	uint64_t preferred = 0;
	for (size_t i = 0; i < N_TYPES; i++) {
		uint64_t name = string_number(writer, types[i].name);
		preferred = types[i].column == options->metric ? name : preferred;
		proto_number(&writer->message, TYPE_NAME, name);
		proto_number(&writer->message, TYPE_UNIT, string_number(writer, types[i].unit));
		write_field(writer, PROFILE_SAMPLE_TYPE);
	}
	proto_clear(&writer->field);
	double begin = snapshot_begin(snapshot), length = snapshot->duration - begin;
	proto_number(&writer->field, PROFILE_TIME,
		     snapshot->start_time + (uint64_t)(begin * NANOSECONDS));
	proto_number(&writer->field, PROFILE_DURATION, (uint64_t)(length * NANOSECONDS));
	proto_number(&writer->field, PROFILE_COMMENT,
		     string_number(writer, snapshot->command_line));
	if (snapshot->view != NULL) {
		proto_number(&writer->field, PROFILE_COMMENT,
			     string_number(writer, snapshot->view));
	}
	if (snapshot->base != NULL) {
		char *base = snapshot_base_text(snapshot), *text = NULL;
		if (asprintf(&text, "compared with %s", base) < 0) {
			die("out of memory");
		}
		proto_number(&writer->field, PROFILE_COMMENT, string_number(writer, text));
		free(text);
		free(base);
	}
	proto_number(&writer->field, PROFILE_DEFAULT_TYPE, preferred);
	gzip_write(writer->gzip, writer->field.bytes, writer->field.n);
}

// Numbers the modules, the program itself first: readers take the first one for it.
static void number_modules(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	for (int others = 0; others < 2; others++) {
		for (size_t i = 0; i < snapshot->n_sites; i++) {
			const struct module *module = snapshot->sites[i].module;
			if (module != NULL &&
			    (others || (snapshot->executable != NULL && module->path != NULL &&
					strcmp(module->path, snapshot->executable) == 0))) {
				number_of(&writer->modules, module, NULL);
			}
		}
	}
	writer->limits = xcalloc(writer->modules.n + 1, sizeof(*writer->limits));
}

static uint64_t address_in(const struct writer *writer, uint64_t address)
{
	return writer->snapshot->word_size == 4 ? address & UINT32_MAX : address;
}

static void write_location(struct writer *writer, size_t i)
{
	const struct site *site = &writer->snapshot->sites[i];
	// Within the call, as pprof has it, not behind it.
	uint64_t offset = site->offset - (!site->is_exact && site->offset != 0);
	uint64_t address = address_in(writer, offset);
	proto_number(&writer->message, LOCATION_ID, i + 1);
	if (site->module != NULL) {
		address = address_in(writer, site->module->load_bias + offset);
		uint64_t module = number_of(&writer->modules, site->module, NULL);
		if (writer->limits[module] <= address) {
			writer->limits[module] = address + 1;
		}
		proto_number(&writer->message, LOCATION_MAPPING, module + 1);
	}
	proto_number(&writer->message, LOCATION_ADDRESS, address);
	struct symbol_list list = symbols_find(writer->symbols, site);
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	for (size_t k = 0; k < list.n; k++) {
		const struct symbol *symbol = &list.frames[k];
		const char *name = symbol->function != NULL ? symbol->function : unknown;
		const char *file = symbol->function != NULL ? symbol->file : NULL;
		proto_number(&writer->inner, LINE_FUNCTION, function_number(writer, name, file));
		proto_number(&writer->inner, LINE_NUMBER, symbol->line);
		write_inner(writer, LOCATION_LINE);
	}
	write_field(writer, PROFILE_LOCATION);
}

// A location that says why there are no frames.
static void write_remark(struct writer *writer, uint64_t id, const char *name)
{
	proto_number(&writer->message, LOCATION_ID, id);
	proto_number(&writer->inner, LINE_FUNCTION, function_number(writer, name, NULL));
	write_inner(writer, LOCATION_LINE);
	write_field(writer, PROFILE_LOCATION);
}

static void write_locations(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	snapshot_resolve(snapshot, writer->symbols);
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		write_location(writer, i);
	}
	write_remark(writer, snapshot->n_sites + 1, "(no stack)");
	write_remark(writer, snapshot->n_sites + 2, "(stack cut)");
}

static void write_samples(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	uint64_t *ids = NULL, key = string_number(writer, "allocator");
	size_t room = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		size_t n = 0;
		uint32_t node = charge->stack;
		do {
			if (n + 1 >= room) {
				room = grown_capacity(room, n + 2);
				ids = xrealloc(ids, room, sizeof(*ids));
			}
			ids[n++] = node == STACK_ROOT ? snapshot->n_sites + 1
						      : (uint64_t)snapshot->nodes[node].site + 1;
			node = snapshot->nodes[node].parent;
		} while (node != STACK_ROOT);
		if (charge->stack != STACK_ROOT && charge->cut != WIRE_CUT_WHOLE) {
			ids[n++] = snapshot->n_sites + 2;
		}
		uint64_t values[N_TYPES];
		for (size_t k = 0; k < N_TYPES; k++) {
			values[k] = charge->cost.column[types[k].column];
		}
		proto_numbers(&writer->message, SAMPLE_LOCATIONS, ids, n);
		proto_numbers(&writer->message, SAMPLE_VALUES, values, N_TYPES);
		proto_number(&writer->inner, LABEL_KEY, key);
		proto_number(&writer->inner, LABEL_TEXT,
			     string_number(writer, kind_name(charge->kind)));
		write_inner(writer, SAMPLE_LABEL);
		write_field(writer, PROFILE_SAMPLE);
	}
	free(ids);
}

static void write_mappings(struct writer *writer)
{
	for (size_t i = 0; i < writer->modules.n; i++) {
		const struct module *module = writer->modules.things[i].a;
		char build_id[2 * sizeof(module->build_id) + 1] = "";
		for (uint32_t k = 0; k < module->build_id_size; k++) {
			snprintf(build_id + (size_t)2 * k, 3, "%02x", module->build_id[k]);
		}
		proto_number(&writer->message, MAPPING_ID, i + 1);
		proto_number(&writer->message, MAPPING_START,
			     address_in(writer, module->load_bias));
		proto_number(&writer->message, MAPPING_LIMIT, writer->limits[i]);
		proto_number(&writer->message, MAPPING_FILE, string_number(writer, module->path));
		proto_number(&writer->message, MAPPING_BUILD_ID, string_number(writer, build_id));
		// No reader is to look for names by itself.
		for (unsigned has = MAPPING_HAS_FIRST; has <= MAPPING_HAS_LAST; has++) {
			proto_number(&writer->message, has, 1);
		}
		write_field(writer, PROFILE_MAPPING);
	}
}

static void write_functions(struct writer *writer)
{
	for (size_t i = 0; i < writer->functions.n; i++) {
		const struct numbered *function = &writer->functions.things[i];
		proto_number(&writer->message, FUNCTION_ID, i + 1);
		proto_number(&writer->message, FUNCTION_NAME, string_number(writer, function->a));
		proto_number(&writer->message, FUNCTION_FILE, string_number(writer, function->b));
		write_field(writer, PROFILE_FUNCTION);
	}
}

static void write_strings(struct writer *writer)
{
	for (size_t i = 0; i < writer->strings.n; i++) {
		char *text;
		size_t size;
		FILE *escaped = open_memstream(&text, &size);
		if (escaped == NULL) {
			die("no memory");
		}
		text_escape(escaped, writer->strings.things[i].a, 0);
		if (fclose(escaped) != 0) {
			die("no memory");
		}
		proto_bytes(&writer->message, PROFILE_STRING, text, size);
		gzip_write(writer->gzip, writer->message.bytes, writer->message.n);
		proto_clear(&writer->message);
		free(text);
	}
}

bool report_pprof_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			const struct report_options *options)
{
	struct writer writer = {
		.snapshot = snapshot,
		.symbols = symbols,
		.gzip = gzip_new(out, GZIP_SMALL),
		.texts = text_store_new(),
	};
	string_number(&writer, ""); // has to be the first
	write_head(&writer, options);
	number_modules(&writer);
	write_locations(&writer);
	write_samples(&writer);
	write_mappings(&writer);
	write_functions(&writer);
	write_strings(&writer);
	gzip_end(writer.gzip);
	numbering_free(&writer.strings);
	numbering_free(&writer.functions);
	numbering_free(&writer.modules);
	free(writer.limits);
	text_store_free(writer.texts);
	proto_free(&writer.field);
	proto_free(&writer.message);
	proto_free(&writer.inner);
	return fflush(out) == 0 && !ferror(out);
}
