// SPDX-License-Identifier: GPL-3.0-or-later
// The roll of all streams of a run: one row each, and the summary of all.
#include "roll.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "summary_text.h"
#include "util.h"

enum { ROWS_MAX = 10000, TEXT_MAX = 64 };

static const double MICROSECONDS = 1e6;

static void row_free(struct roll_row *row)
{
	free(row->name);
	free(row->host);
}

void roll_free(struct roll *roll)
{
	for (size_t i = 0; i < roll->n; i++) {
		row_free(&roll->rows[i]);
	}
	free(roll->rows);
	*roll = (struct roll){ 0 };
}

static void row_sum(struct roll_row *sum, const struct roll_row *row)
{
	for (size_t i = 0; i < N_COSTS; i++) {
		sum->total.column[i] += row->total.column[i];
	}
	sum->n_events += row->n_events;
	sum->n_lost += row->n_lost;
	sum->has_leaks = sum->has_leaks && row->has_leaks;
	sum->duration = sum->duration > row->duration ? sum->duration : row->duration;
}

// Those that have most live first; of those that have the same, those that allocated most.
static int row_compare(const void *a, const void *b)
{
	static const enum cost_column columns[] = { COST_live_bytes, COST_peak_bytes,
						    COST_total_bytes };
	const struct roll_row *one = a, *two = b;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		uint64_t x = one->total.column[columns[i]], y = two->total.column[columns[i]];
		if (x != y) {
			return x > y ? -1 : 1;
		}
	}
	int order = strcmp(one->host, two->host);
	return order ? order : strcmp(one->name, two->name);
}

static void roll_sort(struct roll *roll)
{
	if (roll->n != 0) {
		qsort(roll->rows, roll->n, sizeof(*roll->rows), row_compare);
	}
}

static void roll_fold(struct roll *roll)
{
	roll_sort(roll);
	while (roll->n > ROWS_MAX) {
		struct roll_row *last = &roll->rows[--roll->n];
		roll->others.has_leaks = roll->others.has_leaks || roll->n_others == 0;
		row_sum(&roll->others, last);
		roll->n_others++;
		row_free(last);
	}
}

void roll_add(struct roll *roll, const struct roll_row *row)
{
	if (roll->n >= 2 * (size_t)ROWS_MAX) {
		roll_fold(roll);
	}
	if (roll->n == roll->room) {
		roll->room = grown_capacity(roll->n, 0);
		roll->rows = xrealloc(roll->rows, roll->room, sizeof(*roll->rows));
	}
	struct roll_row *added = &roll->rows[roll->n++];
	*added = *row;
	added->name = xstrndup(row->name, strlen(row->name));
	added->host = xstrndup(row->host, strnlen(row->host, TEXT_MAX));
}

static int host_compare(const void *a, const void *b)
{
	const char *const *one = a, *const *two = b;
	return strcmp(*one, *two);
}

static size_t hosts_count(const struct roll *roll)
{
	const char **hosts = xcalloc(roll->n, sizeof(*hosts));
	size_t n = roll->n != 0;
	for (size_t i = 0; i < roll->n; i++) {
		hosts[i] = roll->rows[i].host;
	}
	qsort(hosts, roll->n, sizeof(*hosts), host_compare);
	for (size_t i = 1; i < roll->n; i++) {
		n += strcmp(hosts[i], hosts[i - 1]) != 0;
	}
	free(hosts);
	return n;
}

static void sum_write(FILE *out, const char *label, const struct roll_row *sum,
		      enum cost_column bytes, enum cost_column blocks, const char *meaning)
{
	char exact[NUMBER_TEXT_SIZE], size[NUMBER_TEXT_SIZE], count[NUMBER_TEXT_SIZE];
	uint64_t n_bytes = sum->total.column[bytes];
	fprintf(out, "%-12s%17s %-5s %10s %14s %s, %s\n", label, text_number(exact, n_bytes),
		text_noun(n_bytes, "byte", "bytes"), n_bytes < 1024 ? "" : text_size(size, n_bytes),
		text_number(count, sum->total.column[blocks]),
		text_noun(sum->total.column[blocks], "block", "blocks"), meaning);
}

static void numbers_write(FILE *out, const struct roll_row *row)
{
	char live[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE], peak[NUMBER_TEXT_SIZE];
	char allocated[NUMBER_TEXT_SIZE], events[NUMBER_TEXT_SIZE];
	fprintf(out, "%15s %11s %15s %19s %15s %12.3f  ",
		text_number(live, row->total.column[COST_live_bytes]),
		text_number(blocks, row->total.column[COST_live_blocks]),
		text_number(peak, row->total.column[COST_peak_bytes]),
		text_number(allocated, row->total.column[COST_total_bytes]),
		text_number(events, row->n_events), (double)row->duration / MICROSECONDS);
}

static void row_write(FILE *out, const struct roll_row *row)
{
	static const char *const states[] = {
		[ROLL_RUNS] = ", still running",
		[ROLL_ENDED] = "",
		[ROLL_EXEC] = ", became another program",
		[ROLL_CUT] = ", cut off",
		[ROLL_DAMAGED] = ", damaged",
	};
	numbers_write(out, row);
	text_escape(out, row->name, 0);
	fputs(" on ", out);
	text_escape(out, row->host, 0);
	if (row->parent_pid != 0) {
		fprintf(out, ", started by %" PRIu64, row->parent_pid);
	}
	fputs(states[row->state], out);
	if (row->n_lost != 0) {
		char count[NUMBER_TEXT_SIZE];
		fprintf(out, ", %s %s lost", text_number(count, row->n_lost),
			text_noun(row->n_lost, "event", "events"));
	}
	fputc('\n', out);
}

bool roll_write(struct roll *roll, FILE *out)
{
	char count[NUMBER_TEXT_SIZE], hosts[NUMBER_TEXT_SIZE];
	struct roll_row sum = roll->others;
	sum.has_leaks = sum.has_leaks || roll->n_others == 0;
	roll_sort(roll);
	for (size_t i = 0; i < roll->n; i++) {
		row_sum(&sum, &roll->rows[i]);
	}
	uint64_t n = roll->n + roll->n_others;
	fprintf(out, "Heaps of %s %s on %s %s\n\n", text_number(count, n),
		text_noun(n, "process", "processes"), text_number(hosts, hosts_count(roll)),
		text_noun(hosts_count(roll), "device", "devices"));
	sum_write(out, sum.has_leaks ? "Leaked" : "Still live", &sum, COST_live_bytes,
		  COST_live_blocks,
		  sum.has_leaks ? "still live at the end" : "not freed before the end");
	sum_write(out, "Allocated", &sum, COST_total_bytes, COST_total_blocks, "all together");
	fprintf(out, "%-12s%17s allocations, frees and reallocations\n", "Events",
		text_number(count, sum.n_events));
	if (sum.n_lost != 0) {
		fprintf(out, "%-12s%17s %s did not arrive: numbers above are lower bounds or off\n",
			"Lost", text_number(count, sum.n_lost),
			text_noun(sum.n_lost, "event", "events"));
	}
	if (n != 0) {
		fprintf(out, "\n%15s %11s %15s %19s %15s %12s  %s\n", "Live bytes", "Blocks",
			"Peak bytes", "Allocated bytes", "Events", "Traced for s", "Process");
	}
	for (size_t i = 0; i < roll->n; i++) {
		row_write(out, &roll->rows[i]);
	}
	if (roll->n_others != 0) {
		numbers_write(out, &roll->others);
		fprintf(out, "%s others together\n", text_number(count, roll->n_others));
	}
	return fflush(out) == 0 && !ferror(out);
}
