// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's tables: by size, module, allocator function and thread.
#include "summary_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "culprit.h"
#include "report.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_style.h"
#include "summary_text.h"
#include "util.h"

enum {
	ROWS_MAX = 8,
	COLUMNS = 4,
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

// The costs, of which call stacks have all and tables some, come first; `name` is what the row of a table is about, and no
// column of sizes.
enum {
	SORT_LIVE = COST_live_bytes,
	SORT_PEAK = COST_peak_bytes,
	SORT_TOTAL = COST_total_bytes,
	SORT_BLOCKS = COST_total_blocks,
	SORT_FREES = N_COSTS,
	SORT_NAME,
	SORT_NONE,
};

const struct row_column report_summary_columns[] = {
#define X(field, word, title) [COST_##field] = { #field, false },
	COST_LIST(X)
#undef X
		[SORT_FREES] = { "frees", false },
	[SORT_NAME] = { "name", true },
	[SORT_NONE] = { NULL, false },
};

// What a table has: the title of each column, and what it is to --sort.
struct columns {
	const char *titles[COLUMNS];
	unsigned sorts[COLUMNS];
};

static const enum cost_column costs[COLUMNS] = { COST_live_bytes, COST_peak_bytes, COST_total_bytes,
						 COST_total_blocks };
static const struct columns cost_columns = {
	{ "Live bytes", "Bytes at the peak", "Bytes allocated", "Blocks" },
	{ SORT_LIVE, SORT_PEAK, SORT_TOTAL, SORT_BLOCKS },
};
static const struct columns thread_columns = {
	{ "Live bytes", "Allocations", "Bytes allocated", "Frees" },
	{ SORT_LIVE, SORT_BLOCKS, SORT_TOTAL, SORT_FREES },
};

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

static void write_row(FILE *out, const struct row *row)
{
	char text[NUMBER_TEXT_SIZE];
	for (size_t i = 0; i < COLUMNS; i++) {
		fprintf(out, "%18s", text_number(text, row->numbers[i]));
	}
	fputs("  ", out);
	text_escape(out, row->name, 0);
	fputc('\n', out);
}

// Sorts the rows, which are in the table's own order, if the table has the column.
static void table_sort(struct table *table, const struct columns *columns,
		       const struct row_sort *sort)
{
	size_t at = 0;
	while (at < COLUMNS && columns->sorts[at] != sort->column) {
		at++;
	}
	if (sort->text == NULL || (at == COLUMNS && sort->column != SORT_NAME)) {
		return;
	}
	struct row_key *keys = xcalloc(table->n, sizeof(*keys));
	struct row *rows = xcalloc(table->n, sizeof(*rows));
	for (uint32_t i = 0; i < table->n; i++) {
		keys[i] = (struct row_key){ .row = i };
		if (sort->column == SORT_NAME) {
			keys[i].text = table->rows[i].name;
		} else {
			keys[i].number = (int64_t)table->rows[i].numbers[at];
		}
	}
	rows_sort(keys, table->n, sort);
	for (size_t i = 0; i < table->n; i++) {
		rows[i] = table->rows[keys[i].row];
	}
	free(table->rows);
	free(keys);
	table->rows = rows;
}

// Ends the table too.
static void table_write(FILE *out, struct table *table, const char *title,
			const struct columns *columns, const struct row_sort *sort)
{
	if (table->n > 1) {
		struct row rest = { .name = "" };
		char name[NAME_SIZE];
		qsort(table->rows, table->n, sizeof(*table->rows), compare_rows);
		table_sort(table, columns, sort);
		write_title(out, title);
		for (size_t i = 0; i < COLUMNS; i++) {
			fprintf(out, "%18s", columns->titles[i]);
		}
		fputc('\n', out);
		for (size_t i = 0; i < table->n; i++) {
			if (i < ROWS_MAX) {
				write_row(out, &table->rows[i]);
				continue;
			}
			for (size_t k = 0; k < COLUMNS; k++) {
				rest.numbers[k] += table->rows[i].numbers[k];
			}
		}
		if (table->n > ROWS_MAX) {
			snprintf(name, sizeof(name), "%zu others", table->n - ROWS_MAX);
			rest.name = name;
			write_row(out, &rest);
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
		row->numbers[k] += charge->cost.column[costs[k]];
	}
}

static void write_modules(FILE *out, const struct snapshot *snapshot, const struct row_sort *sort)
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
		    &cost_columns, sort);
}

static void write_kinds(FILE *out, const struct snapshot *snapshot, const struct row_sort *sort)
{
	struct table table = { 0 };
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		const char *name = kind_name(charge->kind);
		row_charge(row_of(&table, name, name), charge);
	}
	table_write(out, &table, "By allocator function", &cost_columns, sort);
}

static void write_threads(FILE *out, const struct census *census, const struct row_sort *sort)
{
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
	table_write(out, &table, "By thread", &thread_columns, sort);
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

static struct row_key size_key(const struct census_size *size, unsigned size_class, unsigned column)
{
	uint64_t number = column == SORT_LIVE    ? size->live_bytes
			  : column == SORT_TOTAL ? size->total_bytes
						 : size->total_blocks;
	return (struct row_key){ .number = (int64_t)number, .row = size_class };
}

static void write_size(FILE *out, const struct census_size *size, unsigned size_class,
		       uint64_t most)
{
	char live[NUMBER_TEXT_SIZE], bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE],
		least[NUMBER_TEXT_SIZE];
	fprintf(out, "%18s%18s%18s  %-8s ", text_number(live, size->live_bytes),
		text_number(bytes, size->total_bytes), text_number(blocks, size->total_blocks),
		size_class == 0 ? "0" : power_text(least, size_class));
	style_set(out, STYLE_PICTURE);
	int length = (int)((double)size->total_blocks / (double)most * BAR + 0.5);
	for (int k = 0; k < (length > 0 ? length : 1); k++) {
		fputc('#', out);
	}
	style_set(out, STYLE_PLAIN);
	fputc('\n', out);
}

static void write_sizes(FILE *out, const struct census *census, const struct row_sort *sort)
{
	struct row_key keys[CENSUS_SIZES];
	uint64_t most = 0;
	unsigned n = 0;
	for (unsigned i = 0; i < CENSUS_SIZES; i++) {
		uint64_t blocks = census->sizes[i].total_blocks;
		most = blocks > most ? blocks : most;
		if (blocks != 0) {
			keys[n++] = size_key(&census->sizes[i], i, sort->column);
		}
	}
	if (n < 2) {
		return;
	}
	if (sort->text != NULL && (sort->column == SORT_LIVE || sort->column == SORT_TOTAL ||
				   sort->column == SORT_BLOCKS)) {
		rows_sort(keys, n, sort);
	}
	write_title(out, "By size asked for");
	fprintf(out, "%18s%18s%18s  at least\n", "Live bytes", "Bytes allocated", "Blocks");
	for (unsigned i = 0; i < n; i++) {
		write_size(out, &census->sizes[keys[i].row], keys[i].row, most);
	}
}

void summary_tables_write(FILE *out, const struct snapshot *snapshot, const struct row_sort *sort)
{
	const struct census *census = snapshot->census;
	if (census != NULL) {
		write_sizes(out, census, sort);
	}
	write_modules(out, snapshot, sort);
	write_kinds(out, snapshot, sort);
	if (census != NULL) {
		write_threads(out, census, sort);
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
		fprintf(out, "%-12s%33s%12s %s, %.1f %% of all, freed within %d events\n",
			"Short-lived", "", text_number(count, n_short),
			text_noun(n_short, "block", "blocks"),
			text_percent(n_short, snapshot->total.column[COST_total_blocks]),
			CENSUS_SHORT_LIFE);
	}
	if (usable > asked) {
		fprintf(out, "%-12s%15s %-5s %10s more than asked for, %.1f %%\n", "Rounding",
			text_number(exact, usable - asked),
			text_noun(usable - asked, "byte", "bytes"),
			usable - asked < 1024 ? "" : text_size(size, usable - asked),
			text_percent(usable - asked, asked));
	}
}
