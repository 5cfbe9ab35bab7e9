// SPDX-License-Identifier: GPL-3.0-or-later
// The order of a table's rows by one of its columns, as --sort asks for it.
#include "row_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char up[] = ":up", down[] = ":down";

void row_sort_read(struct row_sort *sort, const char *text, bool is_shared)
{
	*sort = (struct row_sort){ .text = text, .is_shared = is_shared };
}

// Whether `text` is `name` with `end` behind it.
static bool is_name_with(const char *text, const char *name, const char *end)
{
	size_t size = strlen(name);
	return strncmp(text, name, size) == 0 && strcmp(text + size, end) == 0;
}

bool row_sort_find(struct row_sort *sort, const struct row_column *columns,
		   char names[ROW_NAMES_SIZE])
{
	names[0] = '\0';
	for (unsigned i = 0; columns[i].name != NULL; i++) {
		const char *name = columns[i].name;
		bool is_up = is_name_with(sort->text, name, up);
		if (is_up || is_name_with(sort->text, name, down) ||
		    strcmp(sort->text, name) == 0) {
			sort->column = i;
			sort->is_text = columns[i].is_text;
			// Of numbers the greatest first.
			sort->is_ascending =
				is_up || (sort->is_text && strcmp(sort->text, name) == 0);
			return true;
		}
		size_t used = strlen(names);
		snprintf(names + used, ROW_NAMES_SIZE - used, "%s%s", i == 0 ? "" : ", ", name);
	}
	return false;
}

static int compare_rows(const struct row_key *one, const struct row_key *two)
{
	return one->row < two->row ? -1 : one->row > two->row;
}

static int compare(const struct row_key *one, const struct row_key *two)
{
	if (one->text != NULL && two->text != NULL) {
		return strcmp(one->text, two->text);
	}
	return one->number < two->number ? -1 : one->number > two->number;
}

static int compare_up(const void *a, const void *b)
{
	int order = compare(a, b);
	return order != 0 ? order : compare_rows(a, b);
}

static int compare_down(const void *a, const void *b)
{
	int order = compare(b, a);
	return order != 0 ? order : compare_rows(a, b);
}

void rows_sort(struct row_key *keys, size_t n, const struct row_sort *sort)
{
	if (n != 0) {
		qsort(keys, n, sizeof(*keys), sort->is_ascending ? compare_up : compare_down);
	}
}
