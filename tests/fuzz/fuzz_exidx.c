// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as ARM's exception tables: reading ends, inside the tables, and what is said is possible.
#include "unwind/exidx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BASE = 0x10000, FRAME_MAX = 1 << 29 };

static void check_rule(const struct unwind_rule *rule)
{
	if (rule->kind == RULE_BEYOND) {
		return;
	}
	if (rule->kind != RULE_FRAME || rule->base == RULE_WORD_AT_FP || rule->cfa > FRAME_MAX ||
	    rule->cfa < -FRAME_MAX || rule->fp2 > 0 || rule->fp2 % 4 != 0) {
		abort();
	}
}

// The first byte says how to read, the second how many rows the index has, at the beginning; the last
// two where to look.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4) {
		return 0;
	}
	const uint8_t *bytes = data + 2;
	size_t n = size - 4, index_size = data[1] * (size_t)8;
	struct exidx_table table = {
		.index = { bytes, index_size < n ? index_size : n, BASE },
		.entries = { bytes, n, BASE },
		.is_big_endian = (data[0] & 1) != 0,
	};
	uint64_t address = BASE + ((uint64_t)data[size - 2] << 8 | data[size - 1]);
	for (unsigned i = 0; i < 16; i++) {
		struct unwind_rule rule;
		if (exidx_rule(&table, address + i * 0x1000, &rule)) {
			check_rule(&rule);
		}
	}
	return 0;
}
