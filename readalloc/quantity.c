// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes and times as people write them.
#include "quantity.h"

#include <stdlib.h>
#include <string.h>

const struct quantity_unit quantity_sizes[] = {
	{ "kiB", 1024.0 },
	{ "MiB", 1024.0 * 1024 },
	{ "GiB", 1024.0 * 1024 * 1024 },
	{ "TiB", 1024.0 * 1024 * 1024 * 1024 },
	{ "k", 1024.0 },
	{ "K", 1024.0 },
	{ "M", 1024.0 * 1024 },
	{ "G", 1024.0 * 1024 * 1024 },
	{ "T", 1024.0 * 1024 * 1024 * 1024 },
	{ "B", 1.0 },
	{ NULL, 1.0 },
};

const struct quantity_unit quantity_times[] = {
	{ "us", 1.0 }, { "ms", 1000.0 }, { "min", 60e6 },  { "s", 1e6 },
	{ "m", 60e6 }, { "h", 3600e6 },  { "d", 86400e6 }, { NULL, 1e6 },
};

bool quantity_read(const char **at, const struct quantity_unit *units, double *value)
{
	// Of what strtod takes, only plain decimal numbers.
	size_t size = strspn(*at, "0123456789.");
	char *end;
	double number = size != 0 ? strtod(*at, &end) : 0;
	if (size == 0 || end != *at + size) {
		return false;
	}
	while (units->name != NULL && strncmp(end, units->name, strlen(units->name)) != 0) {
		units++;
	}
	*value = number * units->factor;
	*at = end + (units->name != NULL ? strlen(units->name) : 0);
	return true;
}
