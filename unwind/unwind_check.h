// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares what a scanner says of every call of an ELF file with what the file's tables say.
#ifndef UNWIND_UNWIND_CHECK_H
#define UNWIND_UNWIND_CHECK_H

#include "unwind/elf_image.h"
#include "unwind/rule.h"

#include <stdio.h>

struct check_options {
	bool lists_wrong;
	bool lists_unknown;
	bool is_cold;  // each scan begins with an empty memory
	bool is_quiet; // no line per file
	bool is_exidx; // ARM's exception tables are compared, not the scanner
	bool is_every; // every instruction is a site: what holds where a signal has interrupted it
};

// What became of the calls, or instructions (sites) of one file.
struct check_counts {
	uint64_t n_sites, n_right, n_wrong, n_unknown;
	uint64_t n_visited, max_visited; // instructions, by the scanner
	uint64_t n_tableless; // calls whose table row no rule can express: not counted as sites
};

// Scans the code of `file` and compares with .eh_frame and .debug_frame of both images; `debug` may be
// `file` itself. Lists go to `out`. NULL: success; else what is wrong, a static text.
const char *check_file(const struct elf_image *file, const struct elf_image *debug,
		       const struct check_options *options, FILE *out, struct check_counts *counts);

#endif
