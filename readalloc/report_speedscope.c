// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON that speedscope reads: one profile of weighted stacks for each cost.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "json.h"
#include "snapshot_title.h"

static const struct {
	const char *title, *field;
} columns[N_COSTS] = {
#define X(field, word, title) [COST_##field] = { (title), #field },
	COST_LIST(X)
#undef X
};

static void write_samples(FILE *out, const struct snapshot *snapshot, struct frames *frames,
			  enum cost_column column)
{
	const char *before = "\n";
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		if (charge->cost.column[column] == 0) {
			continue;
		}
		size_t n;
		const uint32_t *ids = frames_of(frames, snapshot, charge, FRAMES_PLAIN, &n);
		fprintf(out, "%s[%" PRIu32, before, ids[0]);
		for (size_t k = 1; k < n; k++) {
			fprintf(out, ",%" PRIu32, ids[k]);
		}
		putc(']', out);
		before = ",\n";
	}
}

static void write_weights(FILE *out, const struct snapshot *snapshot, enum cost_column column)
{
	const char *before = "";
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint64_t cost = snapshot->charges[i].cost.column[column];
		if (cost != 0) {
			fprintf(out, "%s%" PRIu64, before, cost);
			before = ",";
		}
	}
}

static void write_profile(FILE *out, const struct snapshot *snapshot, struct frames *frames,
			  enum cost_column column)
{
	fprintf(out,
		"{\"type\":\"sampled\",\"name\":\"%s\",\"unit\":\"%s\",\"startValue\":0,"
		"\"endValue\":%" PRIu64 ",\n\"samples\":[",
		columns[column].title, strstr(columns[column].field, "bytes") ? "bytes" : "none",
		snapshot->total.column[column]);
	write_samples(out, snapshot, frames, column);
	fputs("],\n\"weights\":[", out);
	write_weights(out, snapshot, column);
	fputs("]}", out);
}

static void write_frames(FILE *out, const struct frames *frames)
{
	fputs("\"shared\":{\"frames\":[", out);
	for (size_t i = 0; i < frames->n; i++) {
		const struct frame_name *name = &frames->names[i];
		fputs(i == 0 ? "\n{\"name\":" : ",\n{\"name\":", out);
		json_text(out, name->function);
		const char *place = name->file != NULL ? name->file : name->object;
		if (place != NULL) {
			fputs(",\"file\":", out);
			json_text(out, place);
		}
		if (name->file != NULL && name->line != 0) {
			fprintf(out, ",\"line\":%" PRIu32, name->line);
		}
		putc('}', out);
	}
	fputs("]}\n", out);
}

bool report_speedscope_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			     const struct report_options *options)
{
	struct frames *frames = frames_new(snapshot, symbols);
	fputs("{\n\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
	      "\"exporter\":\"readalloc\",\n\"name\":",
	      out);
	char *title = snapshot_title(snapshot);
	json_text(out, snapshot->view == NULL && snapshot->base == NULL && snapshot->program != NULL
			       ? snapshot->program
			       : title);
	free(title);
	fprintf(out, ",\n\"activeProfileIndex\":%d,\n\"profiles\":[\n", (int)options->metric);
	for (int column = 0; column < N_COSTS; column++) {
		fputs(column == 0 ? "" : ",\n", out);
		write_profile(out, snapshot, frames, (enum cost_column)column);
	}
	fputs("],\n", out);
	// Last: the stacks above may have added frames.
	write_frames(out, frames);
	fputs("}\n", out);
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
