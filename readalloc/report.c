// SPDX-License-Identifier: GPL-3.0-or-later
// The table of output formats: one row each, one file report_NAME.c each.
#include "report.h"

#include <string.h>

#include "charge_order.h"

static const struct report reports[] = {
	{ "callgrind", "callgrind", "profile for KCachegrind and callgrind_annotate", false,
	  report_callgrind_write, 0, DIFFERENCE_INCREASES, NULL },
	{ "summary", "summary", "totals and top call stacks as text", true, report_summary_write,
	  NEEDS_TIMELINE | NEEDS_CENSUS, DIFFERENCE_SIGNED, report_summary_columns },
	{ "events", "events", "every event with its call stack, one line each", true, NULL, 0,
	  DIFFERENCE_NONE, NULL },
	{ "tree", "tree", "the call tree with the share of each call, as text", true,
	  report_tree_write, 0, DIFFERENCE_SIGNED, report_tree_columns },
	{ "blocks", "blocks", "every live block with its age and call stack, one line each", true,
	  report_blocks_write, NEEDS_LIVES, DIFFERENCE_NONE, report_blocks_columns },
	{ "collapsed", "collapsed", "stacks with one cost each, for flamegraph.pl and others", true,
	  report_collapsed_write, 0, DIFFERENCE_SIGNED, NULL },
	{ "json", "json", "everything, for scripts", false, report_json_write, NEEDS_LIVES,
	  DIFFERENCE_SIGNED, charge_columns },
	{ "csv", "csv", "costs by stack, for spreadsheets", false, report_csv_write, NEEDS_LIVES,
	  DIFFERENCE_SIGNED, charge_columns },
	{ "pprof", "pb.gz", "profile for pprof", false, report_pprof_write, 0, DIFFERENCE_SIGNED,
	  NULL },
	{ "speedscope", "speedscope.json", "flame graphs for speedscope", false,
	  report_speedscope_write, 0, DIFFERENCE_INCREASES, NULL },
	{ "massif", "massif", "the heap over time, for ms_print and massif-visualizer", false,
	  report_massif_write, NEEDS_TIMELINE, DIFFERENCE_NONE, NULL },
	{ "html", "html", "a page for a browser: flame graph, time line, tables", false,
	  report_html_write, NEEDS_TIMELINE | NEEDS_CENSUS, DIFFERENCE_SIGNED, NULL },
	{ "heaptrack", "heaptrack.gz", "the run, for heaptrack_gui and heaptrack_print", false,
	  report_heaptrack_write, NEEDS_CHANGES | NEEDS_WRAPPERS, DIFFERENCE_NONE, NULL },
	{ "dhat", "dhat.json", "lifetimes and maxima of each stack, for dh_view.html", false,
	  report_dhat_write, NEEDS_LIVES | NEEDS_WRAPPERS, DIFFERENCE_NONE, NULL },
	{ "dot", "dot", "the call graph, for Graphviz", false, report_dot_write, 0,
	  DIFFERENCE_SIGNED, NULL },
	{ "suppressions", "supp", "suppressions for all leaks, as Valgrind has them", true,
	  report_suppressions_write, NEEDS_WRAPPERS, DIFFERENCE_NONE, NULL },
};

enum { N_REPORTS = sizeof(reports) / sizeof(reports[0]) };

const struct report *report_find(const char *name)
{
	for (size_t i = 0; i < N_REPORTS; i++) {
		if (strcmp(reports[i].name, name) == 0) {
			return &reports[i];
		}
	}
	return NULL;
}

const struct report *report_at(size_t i)
{
	return i < N_REPORTS ? &reports[i] : NULL;
}
