// SPDX-License-Identifier: GPL-3.0-or-later
// The options that print: the help is made of the list of options and that of reports.
#include "option_rows.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

enum {
	HELP_COLUMN = 22,
	HELP_WIDTH = 78,
};

// Prints `text` in words, wrapped at HELP_WIDTH and indented to HELP_COLUMN, from column `column` on.
static void help_wrap(const char *text, int column)
{
	if (column >= HELP_COLUMN) {
		putchar('\n');
		column = 0;
	}
	printf("%*s", HELP_COLUMN - column, "");
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

static void reports_print(void)
{
	const struct report *report;
	for (size_t i = 0; (report = report_at(i)); i++) {
		int n = printf("  %s", report->name);
		help_wrap(report->title, n);
	}
}

static void rows_print(void)
{
	const struct option_row *row;
	for (size_t i = 0; (row = option_row_at(i)); i++) {
		int n = row->letter ? printf("  -%c, ", row->letter) : printf("      ");
		n += printf("--%s", row->name);
		n += row->argument ? printf(" %s", row->argument) : 0;
		help_wrap(row->help, n);
	}
}

static enum option_result printed(void)
{
	return fflush(stdout) == 0 ? OPTION_DONE : OPTION_FAILED;
}

enum option_result take_formats(struct options *options, const char *argument)
{
	(void)options, (void)argument;
	reports_print();
	return printed();
}

enum option_result take_help(struct options *options, const char *argument)
{
	(void)options, (void)argument;
	printf("Usage: readalloc [OPTION]... ROOTFS\n"
	       "       readalloc --verify [-i FILE]\n"
	       "       readalloc --doctor [OPTION]... ROOTFS PROGRAM...\n"
	       "Report on the heap of the program whose stream is read; ROOTFS is the root file\n"
	       "system it ran in, / for this machine.\n\n");
	rows_print();
	printf("\nReports:\n");
	reports_print();
	printf("\nThe first is written if none is named. Without -o a report goes to standard "
	       "output\n"
	       "or to the file PROGRAM.PID.NAME in the current directory. SIGUSR1 has the reports\n"
	       "written at once, SIGINT and SIGTERM end the reading.\n");
	return printed();
}

enum option_result take_version(struct options *options, const char *argument)
{
	(void)options, (void)argument;
	printf("readalloc %s\n", DUMPALLOC_VERSION);
	return printed();
}
