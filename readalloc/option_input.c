// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say what is read.
#include "option_take.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "quantity.h"
#include "util.h"

enum option_result take_input(struct options *options, const char *argument)
{
	if (options->input) {
		say("-i %s: given before, as %s", argument, options->input);
		return OPTION_WRONG;
	}
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

// A number without a unit is one of seconds.
enum option_result take_checkpoint_every(struct options *options, const char *argument)
{
	double time = 0, bytes = 0;
	const char *at = argument, *end = argument;
	bool is_time = quantity_read(&at, quantity_times, &time) && *at == '\0';
	bool is_size = !is_time && quantity_read(&end, quantity_sizes, &bytes) && *end == '\0';
	if ((!is_time && !is_size) || time + bytes < 1 || time + bytes >= (double)INT64_MAX) {
		say("--checkpoint-every %s: neither a time such as 90s, 5m or 1h nor a size such "
		    "as 500k, 64M or 1G",
		    argument);
		return OPTION_WRONG;
	}
	options->has_checkpoint_interval = true;
	options->checkpoint_time = (uint64_t)time;
	options->checkpoint_bytes = (uint64_t)bytes;
	return OPTION_TAKEN;
}
