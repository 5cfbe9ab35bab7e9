// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as columns: what readalloc makes of them keeps to its room. And as records: the columns of them become these again.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode_columns.h"
#include "libdumpalloc/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Of the exact size, so that a write past the end is seen by the sanitizer.
static const char *undo(const uint8_t *columns, size_t size, uint8_t **records, size_t *n)
{
	*records = malloc(size + 1);
	if (!*records) {
		abort();
	}
	*n = 0;
	return columns_undo(cursor_over(columns, size), *records, n);
}

static void there_and_back(const uint8_t *records, size_t size)
{
	uint8_t *columns = malloc(columns_room(size));
	uint8_t *back;
	size_t n_back;
	if (!columns) {
		abort();
	}
	size_t n = columns_of_records(records, size, columns);
	if (n != 0) {
		if (n > columns_room(size) || undo(columns, n, &back, &n_back) || n_back != size ||
		    memcmp(back, records, size) != 0) {
			abort();
		}
		free(back);
	}
	free(columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *records;
	size_t n;
	there_and_back(data, size);
	if (!undo(data, size, &records, &n)) {
		there_and_back(records, n);
	}
	free(records);
	return 0;
}
