// SPDX-License-Identifier: GPL-3.0-or-later
// Costs by stack as comma-separated values (RFC 4180), for spreadsheets and scripts.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "charge_order.h"
#include "frames.h"
#include "life_times.h"
#include "sampling.h"
#include "site_name.h"
#include "text_buffer.h"
#include "unsure.h"
#include "util.h"

// A frame is FUNCTION (FILE:LINE), or what is known of it; the caller's comes before, behind a semicolon.
static void write_stack(FILE *out, const struct frames *frames, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct frame_name *name = &frames->names[ids[i]];
		fputs(i == 0 ? "" : ";", out);
		text_escape_also(out, name->function, ";");
		if (name->file != NULL) {
			fputs(" (", out);
			text_escape_also(out, name->file, ";");
			fprintf(out, ":%" PRIu32 ")", name->line);
		}
	}
}

// Spreadsheets take a field for a formula that begins with one of these.
static void write_field(FILE *out, const char *text)
{
	putc('"', out);
	if (*text != '\0' && strchr("=+-@", *text) != NULL) {
		fprintf(out, "\\x%02x", (unsigned char)*text++);
	}
	for (; *text != '\0'; text++) {
		if (*text == '"') {
			putc('"', out);
		}
		putc(*text, out);
	}
	putc('"', out);
}

static void write_stack_field(FILE *out, const struct frames *frames, const uint32_t *ids, size_t n)
{
	struct text_buffer buffer;
	write_stack(text_buffer_open(&buffer), frames, ids, n);
	char *text = text_buffer_close(&buffer);
	write_field(out, text);
	free(text);
}

// The columns that there were first come before the stack, all others behind it.
enum { N_FIRST_COSTS = COST_temporary_bytes };

static void write_names(FILE *out)
{
	static const char *const names[N_COSTS] = {
#define X(field, word, title) [COST_##field] = #field,
		COST_LIST(X)
#undef X
	};
	fputs("allocator,cut", out);
	for (int i = 0; i < N_FIRST_COSTS; i++) {
		fprintf(out, ",%s", names[i]);
	}
	fputs(",stack", out);
	for (int i = N_FIRST_COSTS; i < N_COSTS; i++) {
		fprintf(out, ",%s", names[i]);
	}
	fputs(",lifetime_us,age_us,oldest_us", out);
}

static void write_costs(FILE *out, const struct cost *cost, int from, int to)
{
	for (int i = from; i < to; i++) {
		fprintf(out, ",%" PRId64, (int64_t)cost->column[i]);
	}
}

static void write_unsure(FILE *out, const struct snapshot *snapshot, const struct unsure *unsure)
{
	if (snapshot->base != NULL) {
		fputs(",,", out);
	} else {
		fprintf(out, ",%" PRIu64 ",%" PRIu64, unsure->blocks, unsure->bytes);
	}
}

bool report_csv_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		      const struct report_options *options)
{
	struct frames *frames = frames_new(snapshot, symbols);
	struct life_time *times = life_times_new(snapshot);
	struct unsure *unsure = unsure_of_charges(snapshot);
	uint32_t *order = charge_order_new(snapshot, times, &options->sort);
	write_names(out);
	if (snapshot->sampling != 0) {
		fputs(",live_bytes_error,peak_bytes_error,total_bytes_error", out);
	}
	fputs(",unsure_blocks,unsure_bytes\r\n", out);
	for (size_t row = 0; row < snapshot->n_charges; row++) {
		uint32_t i = order[row];
		const struct charge *charge = &snapshot->charges[i];
		fprintf(out, "%s,%s", kind_name(charge->kind), cut_name(charge->cut));
		write_costs(out, &charge->cost, 0, N_FIRST_COSTS);
		putc(',', out);
		size_t n;
		const uint32_t *ids = frames_of(frames, snapshot, charge, FRAMES_PLAIN, &n);
		write_stack_field(out, frames, ids, n);
		write_costs(out, &charge->cost, N_FIRST_COSTS, N_COSTS);
		if (times != NULL) {
			fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, times[i].lifetime,
				times[i].age, times[i].oldest);
		} else {
			fputs(",,,", out);
		}
		for (int k = 0; k < COST_temporary_blocks && snapshot->sampling != 0; k += 2) {
			fprintf(out, ",%.0f",
				sampling_error(snapshot, &charge->cost,
					       snapshot_variance(snapshot, charge), k));
		}
		write_unsure(out, snapshot, &unsure[i]);
		fputs("\r\n", out);
	}
	free(unsure);
	free(order);
	free(times);
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
