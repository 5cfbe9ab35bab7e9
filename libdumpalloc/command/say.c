// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines that the command writes.
#include "libdumpalloc/command/command.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 8192 };

static unsigned n_faults;

static __attribute__((format(printf, 3, 0))) void write_line(FILE *out, const char *start,
							     const char *format, va_list arguments)
{
	char line[LINE_SIZE];

	vsnprintf(line, sizeof line, format, arguments);
	for (char *at = line; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
	fprintf(out, "%s%s\n", start, line);
	fflush(out); // a child may write next
}

void command_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(stderr, "dumpalloc: ", format, arguments);
	va_end(arguments);
}

void command_show(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(stdout, "", format, arguments);
	va_end(arguments);
}

void command_find(enum finding finding, const char *format, ...)
{
	static const char *const starts[] = { "ok     ", "note   ", "FAULT  " };
	va_list arguments;

	n_faults += finding == FINDING_FAULT;
	va_start(arguments, format);
	write_line(stdout, starts[finding], format, arguments);
	va_end(arguments);
}

bool command_has_fault(void)
{
	return n_faults > 0;
}
