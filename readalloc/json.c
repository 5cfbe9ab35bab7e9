// SPDX-License-Identifier: GPL-3.0-or-later
// Texts in JSON.
#include "json.h"

#include <stddef.h>
#include <string.h>

#include "utf8.h"

void json_text(FILE *out, const char *text)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	putc('"', out);
	while (*text) {
		size_t n = utf8_shown_size(text);
		unsigned char c = (unsigned char)*text;
		if (n == 0 || c == '\\') {
			fprintf(out, "\\\\x%02x", c);
			n = 1;
		} else if (c == '"') {
			fputs("\\\"", out);
		} else if (strchr("<>&", c)) {
			fprintf(out, "\\u%04x", c);
		} else {
			fwrite(text, 1, n, out);
		}
		text += n;
	}
	putc('"', out);
}
