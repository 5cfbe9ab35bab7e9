// SPDX-License-Identifier: GPL-3.0-or-later
// The order of a table's rows by one of its columns, as --sort asks for it.
#ifndef READALLOC_ROW_ORDER_H
#define READALLOC_ROW_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A column that a report's rows can be sorted by.
struct row_column {
	const char *name; // NULL ends a list of them
	bool is_text;
};

struct row_sort {
	const char *text; // as it was given; NULL: the rows have the report's own order
	bool is_shared;   // of all reports that have such a column
	unsigned column;  // of the report's columns, once it is checked
	bool is_text, is_ascending;
};

// What a row has in the column: a number or a text.
struct row_key {
	int64_t number;
	const char *text; // borrowed
	uint32_t row;
};

// Reads COLUMN, COLUMN:up or COLUMN:down into `sort`, whose text it becomes: borrowed.
void row_sort_read(struct row_sort *sort, const char *text, bool is_shared);

// Finds the column among `columns`. False: there is none; then `names` is what there is.
enum { ROW_NAMES_SIZE = 256 };
bool row_sort_find(struct row_sort *sort, const struct row_column *columns,
		   char names[ROW_NAMES_SIZE]);

// Sorts `keys`; rows that are equal stay in the order of their numbers.
void rows_sort(struct row_key *keys, size_t n, const struct row_sort *sort);

#endif
