// SPDX-License-Identifier: GPL-3.0-or-later
// Which bytes of a text from outside may be shown as they are.
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>

// The bytes announced by the first one; 0: it is never the first.
static size_t announced_size(unsigned char first)
{
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		return 3;
	}
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static bool controls(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x61c ||
	       character == 0x200e || character == 0x200f || // marks of direction
	       character == 0xfeff || character == 0x200b || // shown as nothing
	       (character >= 0x2060 && character <= 0x2064) || (character >> 7) == 0xe0000 >> 7 ||
	       character == 0xfffe || character == 0xffff ||   // none, which XML does not allow
	       (character >= 0x2028 && character <= 0x202e) || // line, paragraph, direction
	       (character >= 0x2066 && character <= 0x2069);
}

size_t utf8_shown_size(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t n = announced_size(bytes[0]);
	if (n == 0) {
		return 0;
	}
	uint32_t character = n == 1 ? bytes[0] : bytes[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		// The end of the text is no such byte either.
		if ((bytes[i] & 0xc0) != 0x80) {
			return 0;
		}
		character = character << 6 | (bytes[i] & 0x3f);
	}
	bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
	return character < least[n] || character > 0x10ffff || is_surrogate || controls(character)
		       ? 0
		       : n;
}
