// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say what is read.
#include "option_take.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "util.h"

enum option_result take_input(struct options *options, const char *argument)
{
	options->input = strcmp(argument, "-") == 0 ? NULL : argument;
	return OPTION_TAKEN;
}

enum option_result take_connect(struct options *options, const char *argument)
{
	directory_add(&options->calls, argument);
	return OPTION_TAKEN;
}

enum option_result take_memory(struct options *options, const char *argument)
{
	static const char units[] = "kMG";
	char *end;
	bool is_number = strspn(argument, "0123456789") != 0;
	unsigned long long n = is_number ? strtoull(argument, &end, 10) : 0;
	const char *unit = n != 0 && *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (n == 0 || end[unit != NULL] != '\0' || n > SIZE_MAX >> shift) {
		say("--memory %s: not understood: bytes, or with k, M or G behind it, are",
		    argument);
		return OPTION_WRONG;
	}
	options->memory = (size_t)n << shift;
	return OPTION_TAKEN;
}
