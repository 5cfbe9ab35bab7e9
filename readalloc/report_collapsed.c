// SPDX-License-Identifier: GPL-3.0-or-later
// Collapsed stacks: the lines flamegraph.pl and its kin take.
#include "report.h"

#include <inttypes.h>

#include "frames.h"
#include "util.h"

bool report_collapsed_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			    const struct report_options *options)
{
	struct frames *frames = frames_new(snapshot, symbols);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t cost = charge->cost.column[options->metric];
		if (cost == 0) {
			continue;
		}
		size_t n;
		const uint32_t *ids = frames_of(frames, snapshot, charge, FRAMES_PLAIN, &n);
		for (size_t k = 0; k < n; k++) {
			if (k != 0) {
				putc(';', out);
			}
			text_escape_also(out, frames->names[ids[k]].function, ";");
		}
		if (snapshot->base != NULL) {
			// The form of difffolded.pl: what there was, and what there is.
			uint64_t before = snapshot->base_costs[i].column[options->metric];
			fprintf(out, " %" PRIu64 " %" PRIu64 "\n", before, before + cost);
		} else {
			fprintf(out, " %" PRIu64 "\n", cost);
		}
	}
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
