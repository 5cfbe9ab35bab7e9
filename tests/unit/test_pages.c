// SPDX-License-Identifier: GPL-3.0-or-later
// Tables in large pages keep what they hold as they grow.
#include "util.h"

#include <string.h>

#include "check.h"

enum { KIB = 1 << 10, MIB = 1 << 20, STEP = 997 };

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 31 >> 4);
}

static void fill(uint8_t *pages, size_t from, size_t to)
{
	for (size_t i = from; i < to; i += STEP) {
		pages[i] = byte_at(i);
	}
}

static void grown_pages_keep_their_bytes(void)
{
	static const size_t sizes[] = {
		KIB, 70 * KIB, MIB, 2 * MIB, 3 * MIB + 5, 8 * MIB, 8 * MIB
	};
	size_t size = 0;
	uint8_t *pages = NULL;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		pages = pages_grow(pages, size, sizes[i]);
		fill(pages, (size + STEP - 1) / STEP * STEP, sizes[i]);
		size = sizes[i];
		size_t n_wrong = 0;
		for (size_t at = 0; at < size; at += STEP) {
			n_wrong += pages[at] != byte_at(at);
		}
		CHECK_EQ(n_wrong, 0);
	}
	pages_free(pages, size);
	pages_free(NULL, size);
}

// The capacity is more than before, and no large page has room behind it for another element.
static void capacities_fill_large_pages(void)
{
	for (size_t n = 0; n < 4 * MIB; n += n / 3 + 1) {
		size_t grown = grown_to_pages(n, 28);
		CHECK(grown > n);
		CHECK(grown * 28 < 2 * MIB || grown * 28 % (2 * MIB) == 0 ||
		      grown * 28 % (2 * MIB) > 2 * MIB - 28);
	}
}

int main(void)
{
	grown_pages_keep_their_bytes();
	capacities_fill_large_pages();
	return check_result();
}
