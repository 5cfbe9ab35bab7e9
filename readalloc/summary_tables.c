// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's tables: by size, module, allocator function and thread.
#include "summary_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "culprit.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_style.h"
#include "summary_text.h"
#include "util.h"

enum {
	ROWS_MAX = 8,
	COLUMNS = 4,   // at most
	RANKED_BY = 2, // of the columns
	BAR = 30,
	NAME_SIZE = 64,
};

struct row {
	const void *key;
	const char *name;
	uint64_t numbers[COLUMNS];
};

struct table {
	struct row *rows;
	size_t n, room;
};

static const enum cost_column charge_columns[COLUMNS] = { COST_live_bytes, COST_peak_bytes,
							  COST_total_bytes, COST_total_blocks };
static const char *const charge_titles[COLUMNS] = { "Live bytes", "Bytes at the peak",
						    "Bytes allocated", "Blocks" };

static struct row *row_of(struct table *table, const void *key, const char *name)
{
	size_t i = 0;
	while (i < table->n && table->rows[i].key != key) {
		i++;
	}
	if (i == table->n) {
		if (table->n == table->room) {
			table->room = grown_capacity(table->n, 0);
			table->rows = xrealloc(table->rows, table->room, sizeof(*table->rows));
		}
		table->rows[table->n++] = (struct row){ .key = key, .name = name };
	}
	return &table->rows[i];
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *one = a, *two = b;
	uint64_t x = one->numbers[RANKED_BY], y = two->numbers[RANKED_BY];
	return x == y ? strcmp(one->name, two->name) : (x < y ? 1 : -1);
}

static void write_title(FILE *out, const char *title)
{
	fputc('\n', out);
	style_set(out, STYLE_TITLE);
	fputs(title, out);
	style_set(out, STYLE_PLAIN);
	fputs("\n\n", out);
}

static void write_row(FILE *out, const struct row *row, size_t n_columns)
{
	char text[NUMBER_TEXT_SIZE];
	for (size_t i = 0; i < n_columns; i++) {
		fprintf(out, "%18s", text_number(text, row->numbers[i]));
	}
	fputs("  ", out);
	text_escape(out, row->name, 0);
	fputc('\n', out);
}

// Ends the table too.
static void table_write(FILE *out, struct table *table, const char *title,
			const char *const *titles, size_t n_columns)
{
	if (table->n > 1) {
		struct row rest = { .name = "" };
		char name[NAME_SIZE];
		qsort(table->rows, table->n, sizeof(*table->rows), compare_rows);
		write_title(out, title);
		for (size_t i = 0; i < n_columns; i++) {
			fprintf(out, "%18s", titles[i]);
		}
		fputc('\n', out);
		for (size_t i = 0; i < table->n; i++) {
			if (i < ROWS_MAX) {
				write_row(out, &table->rows[i], n_columns);
				continue;
			}
			for (size_t k = 0; k < COLUMNS; k++) {
				rest.numbers[k] += table->rows[i].numbers[k];
			}
		}
		if (table->n > ROWS_MAX) {
			snprintf(name, sizeof(name), "%zu others", table->n - ROWS_MAX);
			rest.name = name;
			write_row(out, &rest, n_columns);
		}
	}
	free(table->rows);
}

// The module of the innermost frame that is not in the C or C++ library; if all are, that of the innermost.
static const struct module *module_of(const struct snapshot *snapshot, uint32_t stack)
{
	for (uint32_t node = stack; node != STACK_ROOT; node = snapshot->nodes[node].parent) {
		const struct module *module = snapshot->sites[snapshot->nodes[node].site].module;
		if (!culprit_is_library(module)) {
			return module;
		}
	}
	return stack == STACK_ROOT ? NULL : snapshot->sites[snapshot->nodes[stack].site].module;
}

static void row_charge(struct row *row, const struct charge *charge)
{
	for (size_t k = 0; k < COLUMNS; k++) {
		row->numbers[k] += charge->cost.column[charge_columns[k]];
	}
}

static void write_modules(FILE *out, const struct snapshot *snapshot)
{
	struct table table = { 0 };
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		const struct module *module = module_of(snapshot, charge->stack);
		const char *name = module != NULL && module->path[0] != '\0'
					   ? module->path
					   : "code of no known file";
		row_charge(row_of(&table, module, name), charge);
	}
	table_write(out, &table, "By module, the innermost that is not the C or C++ library",
		    charge_titles, COLUMNS);
}

static void write_kinds(FILE *out, const struct snapshot *snapshot)
{
	struct table table = { 0 };
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		const char *name = kind_name(charge->kind);
		row_charge(row_of(&table, name, name), charge);
	}
	table_write(out, &table, "By allocator function", charge_titles, COLUMNS);
}

static void write_threads(FILE *out, const struct census *census)
{
	static const char *const titles[] = { "Live bytes", "Allocations", "Bytes allocated",
					      "Frees" };
	enum { N_TITLES = sizeof(titles) / sizeof(titles[0]) };
	struct table table = { 0 };
	char(*names)[NAME_SIZE] = xcalloc(census->n_threads + 1, sizeof(*names));
	for (size_t i = 0; i < census->n_threads; i++) {
		const struct census_thread *thread = &census->threads[i];
		if (thread->n_allocations != 0 || thread->n_releases != 0) {
			snprintf(names[i], sizeof(names[i]), "%" PRIu32 " %s", thread->tid,
				 thread->name);
			struct row *row = row_of(&table, names[i], names[i]);
			row->numbers[0] = thread->live_bytes;
			row->numbers[1] = thread->n_allocations;
			row->numbers[RANKED_BY] = thread->bytes;
			row->numbers[3] = thread->n_releases;
		}
	}
	table_write(out, &table, "By thread", titles, N_TITLES);
	free(names);
}

// A number of bytes that is a power of two, as short as it can be said.
static const char *power_text(char text[NUMBER_TEXT_SIZE], unsigned size_class)
{
	static const char *const units[] = { "", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
	unsigned shift = size_class - 1;
	snprintf(text, NUMBER_TEXT_SIZE, "%u%s", 1u << shift % 10, units[shift / 10]);
	return text;
}

static void write_sizes(FILE *out, const struct census *census)
{
	uint64_t most = 0;
	unsigned n = 0;
	for (unsigned i = 0; i < CENSUS_SIZES; i++) {
		uint64_t blocks = census->sizes[i].total_blocks;
		most = blocks > most ? blocks : most;
		n += blocks != 0;
	}
	if (n < 2) {
		return;
	}
	write_title(out, "By size asked for");
	fprintf(out, "%18s%18s%18s  at least\n", "Live bytes", "Bytes allocated", "Blocks");
	for (unsigned i = 0; i < CENSUS_SIZES; i++) {
		const struct census_size *size = &census->sizes[i];
		char live[NUMBER_TEXT_SIZE], bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE],
			least[NUMBER_TEXT_SIZE];
		if (size->total_blocks == 0) {
			continue;
		}
		fprintf(out, "%18s%18s%18s  %-8s ", text_number(live, size->live_bytes),
			text_number(bytes, size->total_bytes),
			text_number(blocks, size->total_blocks),
			i == 0 ? "0" : power_text(least, i));
		style_set(out, STYLE_PICTURE);
		int length = (int)((double)size->total_blocks / (double)most * BAR + 0.5);
		for (int k = 0; k < (length > 0 ? length : 1); k++) {
			fputc('#', out);
		}
		style_set(out, STYLE_PLAIN);
		fputc('\n', out);
	}
}

void summary_tables_write(FILE *out, const struct snapshot *snapshot)
{
	const struct census *census = snapshot->census;
	if (census != NULL) {
		write_sizes(out, census);
	}
	write_modules(out, snapshot);
	write_kinds(out, snapshot);
	if (census != NULL) {
		write_threads(out, census);
	}
}

void summary_census_write(FILE *out, const struct snapshot *snapshot)
{
	const struct census *census = snapshot->census;
	uint64_t asked = 0, usable = 0, n_short = 0;
	char exact[NUMBER_TEXT_SIZE], size[NUMBER_TEXT_SIZE], count[NUMBER_TEXT_SIZE];
	if (census == NULL) {
		return;
	}
	for (size_t i = 0; i < census->n_charges; i++) {
		asked += census->charges[i].asked_bytes;
		usable += census->charges[i].usable_bytes;
		n_short += census->charges[i].short_blocks;
	}
	if (snapshot->sampling == 0) {
		fprintf(out, "%-12s%33s%12s blocks, %.1f %% of all, freed within %d events\n",
			"Short-lived", "", text_number(count, n_short),
			text_percent(n_short, snapshot->total.column[COST_total_blocks]),
			CENSUS_SHORT_LIFE);
	}
	if (usable > asked) {
		fprintf(out, "%-12s%15s bytes %10s more than asked for, %.1f %%\n", "Rounding",
			text_number(exact, usable - asked),
			usable - asked < 1024 ? "" : text_size(size, usable - asked),
			text_percent(usable - asked, asked));
	}
}
