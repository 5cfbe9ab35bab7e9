// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of frames found without tables: how far they hold, and beyond which modules they do not.
#include "summary_quality.h"

#include "snapshot.h"
#include "stack_quality.h"
#include "summary_text.h"
#include "util.h"

#include <inttypes.h>

enum { MODULES_MAX = 10 };

static void write_part(FILE *out, uint64_t n, const char *what, const char **before)
{
	char count[NUMBER_TEXT_SIZE];
	if (n != 0) {
		fprintf(out, "%s%s %s", *before, text_number(count, n), what);
		*before = ", ";
	}
}

static void write_verdicts(FILE *out, const uint64_t n[N_EDGE_VERDICTS])
{
	const char *before = ": ";
	write_part(out, n[EDGE_CONFIRMED], "confirmed", &before);
	write_part(out, n[EDGE_BEHIND_CALL], "behind a call of who knows what", &before);
	write_part(out, n[EDGE_NO_CALL], "not behind a call", &before);
	write_part(out, n[EDGE_OTHER_FUNCTION], "behind a call of another function", &before);
	write_part(out, n[EDGE_OTHER_RULE], "against the unwind tables", &before);
	write_part(out, n[EDGE_UNTOLD], "without a file to look at", &before);
}

static void write_module(FILE *out, const struct module_quality *quality)
{
	char told[NUMBER_TEXT_SIZE];
	uint64_t n = quality_told(quality->n);
	fprintf(out, "%6.1f %% of %9s  ", text_percent(quality_good(quality->n), n),
		text_number(told, n));
	text_escape(out, quality->module != NULL ? quality->module->path : "code of no known file",
		    0);
	write_verdicts(out, quality->n);
	fputc('\n', out);
}

static void write_modules(FILE *out, const struct stack_quality *quality)
{
	size_t n_more = 0;
	for (size_t i = 0; i < quality->n_modules; i++) {
		if (quality_told(quality->modules[i].n) == 0) {
			continue;
		}
		if (i < MODULES_MAX) {
			write_module(out, &quality->modules[i]);
		} else {
			n_more++;
		}
	}
	if (n_more != 0) {
		fprintf(out, "       and %zu more %s\n", n_more,
			text_noun(n_more, "module", "modules"));
	}
}

void summary_quality_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols)
{
	struct stack_quality quality;
	char told[NUMBER_TEXT_SIZE], stacks[NUMBER_TEXT_SIZE];
	stack_quality_find(&quality, snapshot, symbols);
	uint64_t n = quality_told(quality.n);
	if (n != 0) {
		fprintf(out,
			"\nStack quality: %.1f %% of %s %s between frames found without tables "
			"%s, by the code of the files\n",
			text_percent(quality_good(quality.n), n), text_number(told, n),
			text_noun(n, "call", "calls"), text_noun(n, "holds", "hold"));
		if (quality.n_doubtful_stacks != 0) {
			fprintf(out,
				"%s %s (%.1f %%) %s, "
				"beyond "
				"the modules named first\n",
				text_number(stacks, quality.n_doubtful_stacks),
				text_noun(quality.n_doubtful_stacks, "allocation", "allocations"),
				text_percent(quality.n_doubtful_stacks, quality.n_stacks),
				text_noun(quality.n_doubtful_stacks,
					  "has doubtful frames in its stack",
					  "have doubtful frames in their stacks"));
		}
		fputc('\n', out);
		write_modules(out, &quality);
	}
	stack_quality_free(&quality);
}
