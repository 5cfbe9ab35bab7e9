// SPDX-License-Identifier: GPL-3.0-or-later
// The unwind tables of a module's files, and whether the scanner's rules agree with them.
#include "code_tables.h"

#include <stdlib.h>

#include "unwind/scan.h"
#include "util.h"

enum {
	TABLES_MAX = 4,
	ENTRIES_MAX = 1 << 22,
};

struct place {
	uint64_t start, end;
	uint32_t table;
	size_t at; // in the table
};

struct code_tables {
	struct rule_check *check;
	struct cfi_table tables[TABLES_MAX];
	void *owned[TABLES_MAX];
	uint32_t n_tables;
	struct place *places; // by start
	size_t n_places, room;
	struct scan_work work;
};

static void entries_load(struct code_tables *tables, uint32_t i)
{
	struct cfi_entry entry;
	size_t at = 0;
	for (size_t before = 0; cfi_next(&tables->tables[i], &at, &entry); before = at) {
		if (tables->n_places == ENTRIES_MAX) {
			return;
		}
		if (tables->n_places == tables->room) {
			tables->room = grown_capacity(tables->room, 0);
			tables->places =
				xrealloc(tables->places, tables->room, sizeof(*tables->places));
		}
		tables->places[tables->n_places++] =
			(struct place){ entry.start & ~UINT64_C(1), entry.end, i, before };
	}
}

static void table_add(struct code_tables *tables, const struct elf_image *image, const char *name)
{
	struct elf_part part = { 0 };
	uint32_t i = tables->n_tables;
	if (rule_check_table(tables->check, image, name, &part, &tables->tables[i])) {
		tables->owned[i] = part.owned;
		tables->n_tables++;
		entries_load(tables, i);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a, *two = b;
	return one->start < two->start ? -1 : one->start > two->start;
}

struct code_tables *code_tables_new(struct rule_check *check, const struct elf_image *file,
				    const struct elf_image *debug)
{
	struct code_tables *tables = xcalloc(1, sizeof(*tables));
	tables->check = check;
	table_add(tables, file, ".eh_frame");
	table_add(tables, file, ".debug_frame");
	if (debug != file) {
		table_add(tables, debug, ".debug_frame");
	}
	if (tables->n_places != 0) {
		qsort(tables->places, tables->n_places, sizeof(*tables->places), compare_places);
	}
	return tables;
}

void code_tables_free(struct code_tables *tables)
{
	for (uint32_t i = 0; i < tables->n_tables; i++) {
		free(tables->owned[i]);
	}
	free(tables->places);
	free(tables);
}

// The last entry that begins at or before `address`; NULL: none does.
static const struct place *place_find(const struct code_tables *tables, uint64_t address)
{
	size_t low = 0, high = tables->n_places;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (tables->places[middle].start <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low != 0 ? &tables->places[low - 1] : NULL;
}

enum code_rule code_tables_compare(struct code_tables *tables, uint64_t pc,
				   const struct scan_isa *isa)
{
	struct rule_check *check = tables->check;
	const struct place *place = place_find(tables, pc - 1);
	struct cfi_entry entry;
	struct unwind_rule rule;
	if (place == NULL || pc > place->end) {
		return CODE_RULE_UNTOLD;
	}
	size_t at = place->at;
	const struct cfi_table *table = &tables->tables[place->table];
	if (!cfi_next(table, &at, &entry) || !rule_check_look_at(check, entry.start)) {
		return CODE_RULE_UNTOLD;
	}
	check->view.isa = isa;
	rule_check_load(check, table, &entry);
	const struct unwind_rule *before = rule_check_row(check, pc - 1);
	const struct unwind_rule *behind = rule_check_row(check, pc);
	if (!rule_check_is_row(before)) {
		return CODE_RULE_UNTOLD;
	}
	scan_rule(&check->view, pc, &tables->work, &rule);
	if (rule.kind == RULE_UNKNOWN) {
		return CODE_RULE_UNTOLD;
	}
	bool is_right = rule_check_is_right(check, &entry, pc, &rule, before) ||
			(behind != NULL && rule_check_is_right(check, &entry, pc, &rule, behind));
	return is_right ? CODE_RULE_AGREES : CODE_RULE_DIFFERS;
}
