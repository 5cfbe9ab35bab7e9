// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of options, and the help that is made of it.
#include "option_rows.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

static const struct option_row rows[] = {
	{ 'i', "input", "FILE", "read the stream from FILE instead of standard input" },
	{ OPTION_FOLLOW, "follow", NULL,
	  "with -i: where FILE ends wait for more, until the end of the stream or a signal; also "
	  "when another FILE takes its place, or FILE is not there yet" },
	{ 'f', "format", "NAME", "write the report NAME; may be given several times" },
	{ 'o', "output", "PATH",
	  "write the report named before to PATH; - is standard output; a directory takes "
	  "every report without a PATH of its own" },
	{ OPTION_EXTRA, "extra", "DIR",
	  "look for the target's files in DIR too, after ROOTFS; may be given several times" },
	{ OPTION_LISTEN, "listen", "[ADDR:]PORT",
	  "take any number of streams at this port, of the loopback unless ADDR is given; each "
	  "has its reports in files, and a summary of all goes to standard output" },
	{ OPTION_MEMORY, "memory", "SIZE",
	  "with --listen: end the largest stream when all hold more than SIZE bytes (k, M and G "
	  "multiply); half of this machine's memory if not given" },
	{ OPTION_ROOTFS, "rootfs", "DIR",
	  "lay DIR over ROOTFS, which may then be left out: of two files of a path that of the "
	  "tree named first is meant; may be given several times" },
	{ OPTION_DEBUG_PATH, "debug-path", "DIR",
	  "look for debug files in DIR too: a tree of .build-id, a whole staging tree, or the "
	  "files themselves; may be given several times" },
	{ OPTION_SOURCE_MAP, "source-map", "FROM=TO",
	  "show source files below the directory FROM as below TO; may be given several times, "
	  "the first that fits counts" },
	{ OPTION_NO_DEMANGLE, "no-demangle", NULL,
	  "show the names of functions as the linker has them" },
	{ OPTION_DOCTOR, "doctor", NULL,
	  "read no stream: say which names will be unknown in the programs named behind ROOTFS "
	  "and in all they need, and what to do about it" },
	{ OPTION_VERIFY, "verify", NULL,
	  "write no report: say whether the stream is whole, or what is missing and where; no "
	  "ROOTFS is needed" },
	{ OPTION_METRIC, "metric", "NAME",
	  "what the report named before shows, where it shows one cost alone: live_bytes (the "
	  "default), live_blocks, "
	  "peak_bytes, peak_blocks, total_bytes, total_blocks or temporary_blocks; before any "
	  "report: all of them" },
	{ OPTION_THRESHOLD, "threshold", "PERCENT",
	  "leave out of the report named before what has less of the whole; before any report: of "
	  "all" },
	{ OPTION_NO_PROGRESS, "no-progress", NULL,
	  "do not show on the terminal how far the reading is" },
	{ OPTION_FORMATS, "formats", NULL, "list the reports" },
	{ OPTION_HELP, "help", NULL, "print this help" },
	{ OPTION_VERSION, "version", NULL, "print the version" },
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0]),
	HELP_COLUMN = 22,
	HELP_WIDTH = 78,
};
_Static_assert((int)N_ROWS <= (int)OPTION_ROWS_MAX, "getopt_long is told of all");

const struct option_row *option_row_at(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

// Prints `text` in words, wrapped at HELP_WIDTH and indented to HELP_COLUMN, from column `column` on.
static void help_wrap(const char *text, int column)
{
	printf("%*s", column < HELP_COLUMN ? HELP_COLUMN - column : 1, "");
	column = HELP_COLUMN;
	while (*text) {
		int n = (int)strcspn(text, " ");
		if (column + n > HELP_WIDTH && column > HELP_COLUMN) {
			printf("\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		printf("%s%.*s", column > HELP_COLUMN ? " " : "", n, text);
		column += n + 1;
		text += n;
		text += *text == ' ';
	}
	putchar('\n');
}

void option_rows_reports(void)
{
	const struct report *report;
	for (size_t i = 0; (report = report_at(i)); i++) {
		int n = printf("  %s", report->name);
		help_wrap(report->title, n);
	}
}

void option_rows_help(void)
{
	printf("Usage: readalloc [OPTION]... ROOTFS\n"
	       "       readalloc --verify [-i FILE]\n"
	       "       readalloc --doctor [OPTION]... ROOTFS PROGRAM...\n"
	       "Report on the heap of the program whose stream is read; ROOTFS is the root file\n"
	       "system it ran in, / for this machine.\n\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		int n = rows[i].value < 256 ? printf("  -%c, ", rows[i].value) : printf("      ");
		n += printf("--%s", rows[i].name);
		n += rows[i].argument ? printf(" %s", rows[i].argument) : 0;
		help_wrap(rows[i].help, n);
	}
	printf("\nReports:\n");
	option_rows_reports();
	printf("\nThe first is written if none is named. Without -o a report goes to standard "
	       "output\n"
	       "or to the file PROGRAM.PID.NAME in the current directory. SIGUSR1 has the reports\n"
	       "written at once, SIGINT and SIGTERM end the reading.\n");
}
