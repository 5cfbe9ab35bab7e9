// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of options.
#ifndef READALLOC_OPTION_ROWS_H
#define READALLOC_OPTION_ROWS_H

#include <stddef.h>

#include "option_take.h"

// Exactly one of `flag`, `text` and `take` says what the option does.
struct option_row {
	char letter; // 0: it has none
	const char *name;
	const char *argument; // NULL: none
	const char *help;
	size_t flag; // offset in struct options of a bool that becomes true
	size_t text; // the same of a const char * that becomes the argument
	option_taker *take;
};

// The rows in the order of the help; NULL after the last.
const struct option_row *option_row_at(size_t i);

enum { OPTION_ROWS_MAX = 128 };

#endif
