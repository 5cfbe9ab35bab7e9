// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time as a picture of characters.
#include "summary_plot.h"

#include <stdbool.h>
#include <string.h>

#include "memory_curve.h"
#include "snapshot.h"
#include "summary_style.h"
#include "summary_text.h"
#include "timeline.h"

enum { WIDTH = 72, HEIGHT = 10, LABEL = 11 };

static const double MICROSECONDS = 1e6;

struct column {
	bool has_change;
	uint64_t least, most;
	uint64_t resident; // of the process; 0: not known yet
};

// The time that is pictured, microseconds.
struct span {
	uint64_t begin, end;
};

static unsigned column_at(uint64_t time, const struct span *span)
{
	uint64_t passed = time > span->begin ? time - span->begin : 0;
	unsigned i = (unsigned)((double)passed / (double)(span->end - span->begin) * WIDTH);
	return i < WIDTH ? i : WIDTH - 1;
}

static void column_note(struct column *column, uint64_t least, uint64_t most)
{
	column->least = column->has_change && column->least < least ? column->least : least;
	column->most = column->has_change && column->most > most ? column->most : most;
	column->has_change = true;
}

static void columns_fill(struct column columns[WIDTH], const struct timeline *timeline,
			 const struct span *span)
{
	uint64_t level = 0;
	unsigned last = 0;
	memset(columns, 0, WIDTH * sizeof(*columns));
	for (size_t i = 0; i < timeline->n_points; i++) {
		const struct timeline_point *point = &timeline->points[i];
		unsigned at = column_at(point->time, span);
		// The level before holds until then.
		for (; last < at; last++) {
			column_note(&columns[last], level, level);
		}
		column_note(&columns[at], point->least_bytes, point->most_bytes);
		column_note(&columns[column_at(point->most_time, span)], point->most_bytes,
			    point->most_bytes);
		level = point->bytes;
	}
	for (; last < WIDTH; last++) {
		column_note(&columns[last], level, level);
	}
}

// What the kernel counted last holds until it is looked at again. Returns the greatest that is pictured.
static uint64_t columns_fill_resident(struct column columns[WIDTH],
				      const struct memory_curve *memory, const struct span *span)
{
	uint64_t level = 0, greatest = 0;
	size_t next = 0;
	for (unsigned i = 0; memory_curve_has(memory) && i < WIDTH; i++) {
		uint64_t most = 0;
		for (; next < memory->n && memory->points[next].time <= span->end &&
		       column_at(memory->points[next].time, span) <= i;
		     next++) {
			level = memory->points[next].bytes[WIRE_MEMORY_RESIDENT];
			bool is_within = memory->points[next].time >= span->begin;
			most = is_within && level > most ? level : most;
		}
		columns[i].resident = most != 0 ? most : level;
		greatest = columns[i].resident > greatest ? columns[i].resident : greatest;
	}
	return greatest;
}

// How many rows so many bytes take; what is more than nothing takes one.
static unsigned height_of(uint64_t bytes, uint64_t top)
{
	unsigned rows = (unsigned)((double)bytes / (double)top * HEIGHT + 0.5);
	return bytes != 0 && rows == 0 ? 1 : rows;
}

static void write_row(FILE *out, const struct column columns[WIDTH], unsigned row, uint64_t top)
{
	char text[WIDTH + 1];
	size_t n = 0;
	for (size_t i = 0; i < WIDTH; i++) {
		text[i] = row <= height_of(columns[i].least, top)      ? '#'
			  : row <= height_of(columns[i].most, top)     ? '.'
			  : row == height_of(columns[i].resident, top) ? 'o'
								       : ' ';
		n = text[i] != ' ' ? i + 1 : n;
	}
	text[n] = '\0';
	style_set(out, STYLE_PICTURE);
	fputs(text, out);
	style_set(out, STYLE_PLAIN);
	fputc('\n', out);
}

void summary_plot_write(FILE *out, const struct snapshot *snapshot)
{
	const struct timeline *timeline = snapshot->timeline;
	uint64_t top = snapshot->total.column[COST_peak_bytes];
	double begin = snapshot_begin(snapshot);
	struct span span = { (uint64_t)(begin * MICROSECONDS + 0.5),
			     (uint64_t)(snapshot->duration * MICROSECONDS + 0.5) };
	bool has_memory = memory_curve_has(snapshot->memory);
	if (timeline == NULL || timeline->n_points == 0 || top == 0 || span.end <= span.begin) {
		return;
	}
	struct column columns[WIDTH];
	char label[NUMBER_TEXT_SIZE];
	columns_fill(columns, timeline, &span);
	uint64_t resident = columns_fill_resident(columns, snapshot->memory, &span);
	top = resident > top ? resident : top;
	style_set(out, STYLE_TITLE);
	fputs("\nLive bytes over time", out);
	style_set(out, STYLE_PLAIN);
	fprintf(out, " (# the least, . the most of a column's time%s)\n\n",
		has_memory ? ", o resident memory of the process" : "");
	for (unsigned row = HEIGHT; row > 0; row--) {
		bool has_label = row == HEIGHT || row == HEIGHT / 2;
		fprintf(out, "%*s |", LABEL,
			has_label ? text_size(label, (uint64_t)((double)top * row / HEIGHT)) : "");
		write_row(out, columns, row, top);
	}
	fprintf(out, "%*s +", LABEL, "0");
	for (int i = 0; i < WIDTH; i++) {
		fputc('-', out);
	}
	char first[NUMBER_TEXT_SIZE];
	snprintf(first, sizeof(first), begin == 0 ? "0 s" : "%.3f s", begin);
	snprintf(label, sizeof(label), "%.3f s", snapshot->duration);
	int n = fprintf(out, "\n%*s", LABEL + 3, first) - 1;
	fprintf(out, "%*s\n", LABEL + 2 + WIDTH - n, label);
}
