// SPDX-License-Identifier: GPL-3.0-or-later
// What analyses of the whole run tell, in the page of the html report.
#include "html_analyses.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "census.h"
#include "growth.h"
#include "packed_numbers.h"
#include "sampling.h"
#include "snapshot.h"

static void write_sizes(FILE *out, const struct census *census)
{
	fputs(",\n\"sizes\":\"", out);
	for (unsigned i = 0; i < CENSUS_SIZES; i++) {
		const struct census_size *size = &census->sizes[i];
		if (size->total_blocks != 0) {
			packed_unsigned(out, census_size_least(i));
			packed_unsigned(out, size->total_blocks);
			packed_unsigned(out, size->total_bytes);
			packed_unsigned(out, size->live_blocks);
			packed_unsigned(out, size->live_bytes);
		}
	}
	putc('"', out);
}

static void write_charges(FILE *out, const struct census *census, size_t n_charges)
{
	fputs(",\n\"census\":\"", out);
	for (size_t i = 0; i < n_charges; i++) {
		struct census_charge charge = census_of(census, i);
		packed_unsigned(out, charge.asked_bytes);
		packed_difference(out, charge.asked_bytes, charge.usable_bytes);
		packed_unsigned(out, charge.short_blocks);
	}
	putc('"', out);
}

static void write_growth(FILE *out, const struct snapshot *snapshot)
{
	size_t n;
	struct growth *growths = growth_find(snapshot->timeline, snapshot->n_charges, &n);
	const char *before = "";
	fputs(",\n\"growth\":[", out);
	for (size_t i = 0; i < n; i++) {
		if (growth_bytes(&growths[i]) >= sampling_sure_bytes(snapshot)) {
			fprintf(out, "%s[%u,%.3f,%.6f]", before, growths[i].charge,
				growths[i].slope, growths[i].confidence);
			before = ",";
		}
	}
	putc(']', out);
	free(growths);
}

void html_analyses_write(FILE *out, const struct snapshot *snapshot)
{
	if (snapshot->census) {
		write_sizes(out, snapshot->census);
		write_charges(out, snapshot->census, snapshot->n_charges);
	}
	if (snapshot->timeline) {
		write_growth(out, snapshot);
	}
}
