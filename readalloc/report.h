// SPDX-License-Identifier: GPL-3.0-or-later
// The table of output formats: one row each, one file report_NAME.c each.
#ifndef READALLOC_REPORT_H
#define READALLOC_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "row_order.h"
#include "snapshot.h"

struct symbols;

// How a tree is drawn.
enum report_view {
	VIEW_TOP_DOWN,
	VIEW_BOTTOM_UP,     // its roots are the functions that allocate
	VIEW_CALLER_CALLEE, // no tree: each function with its callers and those it calls
};

// What a report may be told by the command line.
struct report_options {
	enum cost_column metric;
	const char *path; // where it goes, - standard output; NULL: it has the default name
	double threshold; // per cent of the metric's total; below 0: the report's own
	enum report_view view;
	struct row_sort sort;
};

typedef bool report_writer(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			   const struct report_options *options);

// What a report needs besides costs; each is made only where some report asks for it.
enum report_need {
	NEEDS_TIMELINE = 1,     // snapshot->timeline
	NEEDS_CENSUS = 2,       // snapshot->census
	NEEDS_LIVES = 4,        // snapshot->lives
	NEEDS_CHANGES = 8,      // snapshot->changes
	NEEDS_LIFE_FILTER = 16, // snapshot->life_filter; of filters, not of a report
	NEEDS_WRAPPERS = 128,   // stacks from which no wrapper was left out
};

// How a report shows the difference of two runs.
enum report_difference {
	DIFFERENCE_NONE,      // not at all: it shows the run itself
	DIFFERENCE_INCREASES, // what there is more; it has no negative numbers
	DIFFERENCE_SIGNED,
};

struct report {
	const char *name;          // as given to -f
	const char *suffix;        // the default file is PROGRAM.PID.suffix
	const char *title;         // for --help
	bool to_stdout_by_default; // without -o: standard output instead of the default file
	// Writes the whole report. False: writing failed, errno says why. The caller opens and closes `out`
	// and must check fclose. NULL: the report is written event by event while decoding
	// (report_events.h).
	report_writer *write;
	unsigned needs; // enum report_need
	enum report_difference difference;
	const struct row_column *columns; // that its rows can be sorted by; NULL: it has no rows
};

// The row named `name`; NULL if there is none.
const struct report *report_find(const char *name);

// The rows in the order of the listing: row 0 is the default format; NULL after the last.
const struct report *report_at(size_t i);

// The columns of the report tree.
enum tree_column { TREE_COLUMN_COST, TREE_COLUMN_SELF, TREE_COLUMN_FUNCTION };

extern const struct row_column report_blocks_columns[], report_summary_columns[],
	report_tree_columns[];

report_writer report_blocks_write, report_callgrind_write, report_collapsed_write, report_csv_write,
	report_dhat_write, report_dot_write, report_heaptrack_write, report_html_write,
	report_json_write, report_massif_write, report_pprof_write, report_speedscope_write,
	report_summary_write, report_suppressions_write, report_tree_write;

#endif
