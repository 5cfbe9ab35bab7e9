// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as text, five bits a character, for the page of report_html.c.
#include "packed_numbers.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// `low` bit, then those of `number`, which so may have 64 of its own.
static void put(FILE *out, uint64_t number, unsigned low, unsigned n_low)
{
	unsigned group = low | (unsigned)(number << n_low & 31);
	number >>= 5 - n_low;
	while (number != 0) {
		putc(alphabet[group | 32], out);
		group = (unsigned)(number & 31);
		number >>= 5;
	}
	putc(alphabet[group], out);
}

void packed_unsigned(FILE *out, uint64_t number)
{
	put(out, number, 0, 0);
}

void packed_difference(FILE *out, uint64_t from, uint64_t to)
{
	if (to >= from) {
		put(out, to - from, 0, 1);
	} else {
		put(out, from - to, 1, 1);
	}
}
