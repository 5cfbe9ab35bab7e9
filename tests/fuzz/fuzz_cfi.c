// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as call frame information: reading ends, inside the table, with rows in order; the last is the first and only one of those
// from there on.
#include "unwind/cfi.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const struct cfi_entry *entry;
	uint64_t at;
	uint64_t last; // row's start
	struct unwind_rule rule;
	unsigned n_last;
};

static bool check_row(void *context, uint64_t start, uint64_t end, const struct unwind_rule *rule)
{
	struct seen *seen = context;
	if (start < seen->at || end <= start || end > seen->entry->end ||
	    rule->kind > RULE_OUTERMOST) {
		abort();
	}
	seen->at = end;
	seen->last = start;
	seen->rule = *rule;
	return true;
}

static bool check_last(void *context, uint64_t start, uint64_t end, const struct unwind_rule *rule)
{
	struct seen *seen = context;
	if (start != seen->last || end != seen->at || !rule_is_equal(rule, &seen->rule)) {
		abort();
	}
	seen->n_last++;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1) {
		return 0;
	}
	struct cfi_table table = {
		.bytes = data + 1,
		.size = size - 1,
		.address = 0x1000,
		.is_eh_frame = (data[0] & 1) != 0,
		.is_big_endian = (data[0] & 2) != 0,
		.word_size = (data[0] & 4) != 0 ? 8 : 4,
		.sp = 29,
		.fp = 30,
	};
	struct cfi_entry entry;
	for (size_t at = 0; cfi_next(&table, &at, &entry);) {
		struct seen seen = { .entry = &entry, .at = entry.start, .last = entry.end };
		cfi_rows(&table, &entry, 0, check_row, &seen);
		cfi_rows(&table, &entry, seen.last, check_last, &seen);
		if (seen.n_last != (seen.last != entry.end)) {
			abort();
		}
	}
	return 0;
}
