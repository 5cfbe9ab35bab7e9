// SPDX-License-Identifier: GPL-3.0-or-later
// Colours, where somebody looks at them.
#include "summary_style.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_colours(FILE *out)
{
	const char *refusal = getenv("NO_COLOR"), *terminal = getenv("TERM");
	int fd = fileno(out);
	return fd >= 0 && isatty(fd) && (refusal == NULL || refusal[0] == '\0') &&
	       terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void style_set(FILE *out, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "\x1b[0m",
		[STYLE_TITLE] = "\x1b[1m",
		[STYLE_WARNING] = "\x1b[1;31m",
		[STYLE_PICTURE] = "\x1b[36m",
	};
	if (has_colours(out)) {
		fputs(codes[style], out);
	}
}
