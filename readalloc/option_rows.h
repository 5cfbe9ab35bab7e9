// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of options, and the help that is made of it.
#ifndef READALLOC_OPTION_ROWS_H
#define READALLOC_OPTION_ROWS_H

#include <stddef.h>

// What getopt_long returns for an option that has no letter.
enum {
	OPTION_EXTRA = 256,
	OPTION_METRIC,
	OPTION_THRESHOLD,
	OPTION_FORMATS,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_LISTEN,
	OPTION_MEMORY,
	OPTION_ROOTFS,
	OPTION_DEBUG_PATH,
	OPTION_SOURCE_MAP,
	OPTION_NO_DEMANGLE,
	OPTION_DOCTOR,
	OPTION_VERIFY,
	OPTION_FOLLOW,
	OPTION_NO_PROGRESS,
};

struct option_row {
	int value; // the letter, if below 256
	const char *name;
	const char *argument; // NULL: none
	const char *help;
};

// The rows in the order of the help; NULL after the last.
const struct option_row *option_row_at(size_t i);

enum { OPTION_ROWS_MAX = 64 };

// Prints the options and the reports to standard output.
void option_rows_help(void);

// Prints the reports, one line each.
void option_rows_reports(void);

#endif
