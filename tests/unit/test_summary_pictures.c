// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's plot and tables show what the timeline and the census have.
#define _GNU_SOURCE
#include "census.h"
#include "check.h"
#include "report.h"
#include "snapshot.h"
#include "summary_plot.h"
#include "summary_style.h"
#include "summary_tables.h"
#include "timeline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct snapshot snapshot;

static char *written(void (*write)(FILE *out, const struct snapshot *shown))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	write(out, &snapshot);
	CHECK_EQ(fclose(out), 0);
	return text;
}

static struct row_sort sort;

static void tables_write(FILE *out, const struct snapshot *shown)
{
	summary_tables_write(out, shown, &sort);
}

// Sorts the rows of what is written next.
static void sort_by(const char *column)
{
	char names[ROW_NAMES_SIZE];
	row_sort_read(&sort, column, false);
	CHECK(row_sort_find(&sort, report_summary_columns, names));
}

static void the_plot_has_the_least_and_the_most(void)
{
	// In 72 s, a column a second: half from 18 s on, between a tenth and all at 36 s, nothing from 54 s on.
	struct timeline_point points[] = {
		{ 18000000, 500, 1, 500, 18000000, 500 },
		{ 36500000, 500, 1, 1000, 36400000, 100 },
		{ 54000000, 0, 0, 500, 54000000, 0 },
	};
	struct timeline timeline = { .points = points, .n_points = 3 };
	snapshot = (struct snapshot){ 0 };
	snapshot.timeline = &timeline;
	snapshot.duration = 72;
	snapshot.total.column[COST_peak_bytes] = 1000;
	char *text = written(summary_plot_write);
	CHECK_STR(text, "\nLive bytes over time (# the least, . the most of a column's time)\n\n"
			" 1000 bytes |                                    .\n"
			"            |                                    .\n"
			"            |                                    .\n"
			"            |                                    .\n"
			"            |                                    .\n"
			"  500 bytes |                  ##################.#################.\n"
			"            |                  ##################.#################.\n"
			"            |                  ##################.#################.\n"
			"            |                  ##################.#################.\n"
			"            |                  ####################################.\n"
			"          0 +-------------------------------------------------------"
			"-----------------\n"
			"           0 s                                                       "
			"        72.000 s\n");
	free(text);
}

static void nothing_is_drawn_of_no_time(void)
{
	struct timeline_point point = { 0, 5, 1, 5, 0, 5 };
	struct timeline timeline = { .points = &point, .n_points = 1 };
	snapshot = (struct snapshot){ 0 };
	snapshot.timeline = &timeline;
	snapshot.duration = 0;
	snapshot.total.column[COST_peak_bytes] = 5;
	char *text = written(summary_plot_write);
	CHECK_STR(text, "");
	free(text);
}

static void sizes_and_threads_have_tables(void)
{
	static struct census census;
	struct census_thread threads[11] = {
		{ .tid = 70,
		  .name = "main",
		  .n_allocations = 9,
		  .bytes = 5000,
		  .n_releases = 8,
		  .live_bytes = 1200 },
		{ .tid = 71, .name = "wor\x1bker", .n_allocations = 1, .bytes = 20 },
	};
	for (uint32_t i = 2; i < 11; i++) {
		threads[i] = (struct census_thread){ .tid = 70 + i, .n_releases = 1 };
	}
	threads[10] = (struct census_thread){ .tid = 80 };
	census.threads = threads;
	census.n_threads = 11;
	census.sizes[0] = (struct census_size){ 1, 0, 1, 0 };
	census.sizes[5] = (struct census_size){ 1000, 20000, 10, 200 };
	census.sizes[33] = (struct census_size){ 500, 1ull << 41, 0, 0 };
	snapshot = (struct snapshot){ 0 };
	snapshot.census = &census;
	char *text = written(tables_write);
	CHECK_STR(text,
		  "\nBy size asked for\n\n"
		  "        Live bytes   Bytes allocated            Blocks  at least\n"
		  "                 0                 0                 1  0        #\n"
		  "               200            20,000             1,000  16       "
		  "##############################\n"
		  "                 0 2,199,023,255,552               500  4 GiB    "
		  "###############\n"
		  "\nBy thread\n\n"
		  "        Live bytes       Allocations   Bytes allocated             Frees\n"
		  "             1,200                 9             5,000                 8  70 "
		  "main\n"
		  "                 0                 1                20                 0  71 "
		  "wor\\x1bker\n"
		  "                 0                 0                 0                 1  72 \n"
		  "                 0                 0                 0                 1  73 \n"
		  "                 0                 0                 0                 1  74 \n"
		  "                 0                 0                 0                 1  75 \n"
		  "                 0                 0                 0                 1  76 \n"
		  "                 0                 0                 0                 1  77 \n"
		  "                 0                 0                 0                 2  2 "
		  "others\n");
	free(text);
	// By another column; a table without it keeps its order.
	sort_by("frees:up");
	text = written(tables_write);
	CHECK(strstr(text, "16       ") < strstr(text, "4 GiB    "));
	CHECK(strstr(text, "  71 wor") < strstr(text, "  72 \n"));
	CHECK(strstr(text, "  78 \n") != NULL && strstr(text, "  70 main") == NULL);
	free(text);
	sort_by("live_bytes");
	text = written(tables_write);
	CHECK(strstr(text, "  16       ") < strstr(text, "  0        #"));
	CHECK(strstr(text, "  0        #") < strstr(text, "4 GiB    "));
	free(text);
	sort_by("name:down");
	text = written(tables_write);
	CHECK(strstr(text, "  79 \n") < strstr(text, "  78 \n"));
	free(text);
	sort = (struct row_sort){ 0 };
}

static void columns_of_a_sort_are_found_by_their_whole_names(void)
{
	static const struct row_column columns[] = { { "size", false },
						     { "size_name", true },
						     { NULL, false } };
	char names[ROW_NAMES_SIZE];
	row_sort_read(&sort, "size_name", false);
	CHECK(row_sort_find(&sort, columns, names) && sort.column == 1 && sort.is_ascending);
	row_sort_read(&sort, "size_name:down", false);
	CHECK(row_sort_find(&sort, columns, names) && sort.column == 1 && !sort.is_ascending);
	row_sort_read(&sort, "size", false);
	CHECK(row_sort_find(&sort, columns, names) && sort.column == 0 && !sort.is_ascending);
	row_sort_read(&sort, "size:upward", false);
	CHECK(!row_sort_find(&sort, columns, names));
	CHECK_STR(names, "size, size_name");
	sort = (struct row_sort){ 0 };
}

static void census_lines_stand_in_the_totals(void)
{
	static struct census census;
	struct census_charge charges[] = { { 1000, 1500, 3 }, { 1000, 3000, 5 } };
	census.charges = charges;
	census.n_charges = 2;
	snapshot = (struct snapshot){ 0 };
	snapshot.census = &census;
	snapshot.total.column[COST_total_blocks] = 16;
	char *text = written(summary_census_write);
	CHECK_STR(
		text,
		"Short-lived                                             8 blocks, 50.0 % of all, "
		"freed within 16 events\n"
		"Rounding              2,500 bytes    2.4 KiB more than asked for, 125.0 %\n");
	free(text);
}

// What comes out of a terminal into which a title is written.
static const char *on_terminal(const char *terminal, const char *refusal)
{
	static char text[64];
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	FILE *out = fdopen(fd, "w");
	CHECK(out != NULL);
	setenv("TERM", terminal, 1);
	setenv("NO_COLOR", refusal, 1);
	style_set(out, STYLE_TITLE);
	fputs("title", out);
	style_set(out, STYLE_PLAIN);
	fflush(out);
	ssize_t n = read(master, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	fclose(out);
	close(master);
	return text;
}

static void colours_are_for_terminals(void)
{
	CHECK_STR(on_terminal("xterm", ""), "\x1b[1mtitle\x1b[0m");
	CHECK_STR(on_terminal("xterm", "1"), "title");
	CHECK_STR(on_terminal("dumb", ""), "title");
}

int main(void)
{
	the_plot_has_the_least_and_the_most();
	nothing_is_drawn_of_no_time();
	sizes_and_threads_have_tables();
	columns_of_a_sort_are_found_by_their_whole_names();
	census_lines_stand_in_the_totals();
	colours_are_for_terminals();
	return check_result();
}
