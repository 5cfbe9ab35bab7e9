// SPDX-License-Identifier: GPL-3.0-or-later
// What the options do that are more than a flag or a text.
#ifndef READALLOC_OPTION_TAKE_H
#define READALLOC_OPTION_TAKE_H

struct options;

enum option_result {
	OPTION_TAKEN,
	OPTION_WRONG,  // and a line has said why
	OPTION_DONE,   // the program has nothing more to do
	OPTION_FAILED, // the same, but it could not be written
};

// Acts on one option; `argument` is borrowed from the command line, NULL where the option has none.
typedef enum option_result option_taker(struct options *options, const char *argument);

// option_reports.c: which reports there are, where they go and what they show.
option_taker take_format, take_output, take_metric, take_threshold, take_view, take_sort,
	take_gen_suppressions;

// option_trees.c: where files are looked for.
option_taker take_rootfs, take_extra, take_debug_path, take_source_map, take_base_rootfs;

// option_view.c: what is seen of it.
option_taker take_include, take_exclude, take_skip, take_suppressions, take_fail_if, take_from,
	take_to, take_base_from, take_base_to;

// option_input.c: what is read.
option_taker take_input, take_memory, take_connect, take_checkpoint_every;

// option_help.c: what is printed.
option_taker take_formats, take_help, take_version;

#endif
