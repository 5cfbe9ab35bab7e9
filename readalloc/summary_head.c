// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's head: what ran, and what of it is shown.
#include "summary_head.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "../libdumpalloc/wire.h"
#include "snapshot.h"
#include "snapshot_title.h"
#include "summary_text.h"
#include "util.h"

static void write_text(FILE *out, const char *label, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		fprintf(out, "%-12s", label);
		text_escape(out, text, 0);
		fputc('\n', out);
	}
}

static void write_origin(FILE *out, const struct snapshot *snapshot)
{
	if (snapshot->parent_stream == 0) {
		return;
	}
	char count[NUMBER_TEXT_SIZE];
	fprintf(out, "%-12sfrom process %" PRIu64, "Forked", snapshot->parent_stream);
	if (snapshot->parent_position != 0) {
		fprintf(out, ", after event %s of its stream",
			text_number(count, snapshot->parent_position));
	}
	fputc('\n', out);
}

static void write_start(FILE *out, const char *label, const struct snapshot *snapshot)
{
	time_t start = (time_t)(snapshot->start_time / 1000000000);
	struct tm parts;
	char text[64];
	if (snapshot->start_time != 0 && gmtime_r(&start, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) > 0) {
		write_text(out, label, text);
	}
}

// Of a difference: what there is more or less than where.
static void write_base(FILE *out, const struct snapshot *snapshot)
{
	if (snapshot->base != NULL) {
		char *text = snapshot_base_text(snapshot);
		fputs("Compared    with ", out);
		text_escape(out, text, 0);
		fputs("; + is what there is more, - what there is less\n", out);
		free(text);
		if (!snapshot->base->is_same_run) {
			write_start(out, "", snapshot->base);
		}
	}
}

static void write_sampling(FILE *out, const struct snapshot *snapshot)
{
	char size[NUMBER_TEXT_SIZE];
	if (snapshot->sampling != 0) {
		fprintf(out,
			"%-12sone point in %s: bytes and blocks are estimates, +- is the standard "
			"error;\n%-12sthe peak is rather too high, temporary and short-lived "
			"blocks "
			"are not known\n",
			"Sampled", text_size(size, snapshot->sampling), "");
	}
}

static void write_elision(FILE *out, const struct snapshot *snapshot)
{
	static const char *const reasons[WIRE_ELIDED_REASONS] = {
#define X(number, id, word, words) [number] = (words),
		WIRE_ELIDED_LIST(X)
#undef X
	};
	char n[NUMBER_TEXT_SIZE], limit[NUMBER_TEXT_SIZE];
	if (snapshot->elide_limit == 0) {
		return;
	}
	fprintf(out,
		"%-12s%s events of blocks that lived for %s events at most, by DUMPALLOC_ELIDE: "
		"what\n"
		"%-12sis live, the peak and all sums are exact; lives and times in between are "
		"not known\n",
		"Left out", text_number(n, snapshot->n_elided),
		text_number(limit, snapshot->elide_limit), "");
	if (snapshot->slice != NULL) {
		fprintf(out, "%-12sof a slice the peak may have been higher\n", "");
	}
	if (snapshot->elide_end != 0) {
		fprintf(out, "%-12sit was given up before the end, as %s\n", "",
			snapshot->elide_end < WIRE_ELIDED_REASONS ? reasons[snapshot->elide_end]
								  : "a later version can say");
	}
}

static void write_first_malloc(FILE *out, const char *path)
{
	if (path != NULL && *path != '\0') {
		fprintf(out, "%-12s", "Not traced");
		text_escape(out, path, 0);
		fputs(": its malloc comes before the tracer's, and what it allocates is not seen\n",
		      out);
	}
}

void summary_head_write(FILE *out, const struct snapshot *snapshot)
{
	fputs("Heap of ", out);
	text_escape(out, snapshot->program != NULL ? snapshot->program : "??", 0);
	fprintf(out, ", process %" PRIu64, snapshot->pid);
	if (snapshot->parent_pid != 0) {
		fprintf(out, ", started by %" PRIu64, snapshot->parent_pid);
	}
	fputs("\n\n", out);
	write_origin(out, snapshot);
	write_text(out, "Command", snapshot->command_line);
	write_text(out, "Executable", snapshot->executable);
	write_start(out, "Started", snapshot);
	fprintf(out, "%-12s%.3f s\n", snapshot->slice != NULL ? "Slice of" : "Traced for",
		snapshot->duration - snapshot_begin(snapshot));
	write_base(out, snapshot);
	write_text(out, "Shown", snapshot->view);
	write_sampling(out, snapshot);
	write_elision(out, snapshot);
	write_text(out, "Damaged", snapshot->damage);
	write_first_malloc(out, snapshot->first_malloc);
	fputc('\n', out);
}
