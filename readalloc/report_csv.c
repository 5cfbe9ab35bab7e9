// SPDX-License-Identifier: GPL-3.0-or-later
// Costs by stack as comma-separated values (RFC 4180), for spreadsheets and scripts.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "sampling.h"
#include "site_name.h"
#include "text_buffer.h"
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

bool report_csv_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		      const struct report_options *options)
{
	(void)options;
	struct frames *frames = frames_new(snapshot, symbols);
	fputs("allocator,cut", out);
#define X(field, word, title) fputs("," #field, out);
	COST_LIST(X)
#undef X
	fputs(",stack", out);
	if (snapshot->sampling != 0) {
		fputs(",live_bytes_error,peak_bytes_error,total_bytes_error", out);
	}
	fputs("\r\n", out);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		fprintf(out, "%s,%s", kind_name(charge->kind), cut_name(charge->cut));
		for (int k = 0; k < N_COSTS; k++) {
			fprintf(out, ",%" PRId64, (int64_t)charge->cost.column[k]);
		}
		putc(',', out);
		size_t n;
		const uint32_t *ids = frames_of(frames, snapshot, charge, FRAMES_PLAIN, &n);
		write_stack_field(out, frames, ids, n);
		for (int k = 0; k < COST_temporary_blocks && snapshot->sampling != 0; k += 2) {
			fprintf(out, ",%.0f", sampling_error(snapshot, &charge->cost, k));
		}
		fputs("\r\n", out);
	}
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
