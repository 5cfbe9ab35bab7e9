// SPDX-License-Identifier: GPL-3.0-or-later
// What an input of fuzz_checkpoint is: a checkpoint of a reading with these options, without its start and its first section,
// which are of the version that reads it.
#ifndef TESTS_FUZZ_CHECKPOINT_INPUT_H
#define TESTS_FUZZ_CHECKPOINT_INPUT_H

#include <stdlib.h>

#include "archive.h"
#include "options.h"

static inline void checkpoint_input_options(struct options *options)
{
	static char *argv[] = { "readalloc", "-i", "-x",   "-f", "summary", "-f",
				"json",      "-f", "html", "/",  NULL };
	int exit_code;
	optind = 1;
	if (!options_parse(options, 10, argv, &exit_code)) {
		abort();
	}
}

// Where it begins in a whole one.
static inline size_t checkpoint_input_at(const uint8_t *checkpoint)
{
	return ARCHIVE_START_SIZE + ARCHIVE_SECTION_SIZE +
	       bytes_u32(checkpoint + ARCHIVE_START_SIZE + 4);
}

#endif
