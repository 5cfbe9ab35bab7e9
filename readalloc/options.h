// SPDX-License-Identifier: GPL-3.0-or-later
// The command line.
#ifndef READALLOC_OPTIONS_H
#define READALLOC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate.h"
#include "report.h"
#include "slice.h"
#include "symbols.h"
#include "view.h"

struct directory_list {
	const char **paths;
	size_t n;
};

// A wanted report and where it goes.
struct output_option {
	const struct report *report;
	const char *path; // NULL: not said; "-": standard output
	struct report_options settings;
};

struct options {
	struct directory_list rootfs;      // at least one; the first stands over the others
	const char *input;                 // NULL: standard input
	const char *checkpoint;            // where the state of the reading is kept; NULL: nowhere
	bool has_checkpoint_interval;      // one was given
	uint64_t checkpoint_time;          // it is written each so many microseconds,
	uint64_t checkpoint_bytes;         // or bytes read; 0: the other is meant
	const char *base;                  // the input it is compared with; NULL: none
	struct directory_list base_rootfs; // of it; none: the same as the other's
	bool is_following;                 // of `input`, which grows
	bool is_announcing;                // of `listen`: who asks the local net is answered
	bool no_progress;                  // it is not to be shown
	const char *listen;                // [ADDRESS:]PORT; NULL: one stream from `input`
	struct directory_list calls; // HOST:PORT that streams are fetched from, as by `listen`
	size_t memory;               // bytes that the streams of `listen` may hold; 0: not said
	struct directory_list extra; // searched after them
	struct directory_list debug; // searched for debug files
	struct symbols_style style;
	bool asks_servers;           // of debuginfod
	bool is_verify;              // of the stream it is only said whether it is whole
	bool is_doctor;              // no stream is read
	const char *const *programs; // of the doctor; as the target names them
	size_t n_programs;
	struct output_option *outputs; // at least one, or there are gates
	size_t n_outputs;
	const char *directory;          // of the default-named files; NULL: not said
	struct report_options settings; // of reports that are named later
	struct view_settings view;
	struct slice_bounds slice; // of the run, that is all reports are of
	// Of what it is compared with: of `base`, or without that of the same run. None: `slice` is that of both.
	struct slice_bounds base_slice;
	struct gates gates;
	const char *junit; // where their results go; NULL: not said
};

// Reads the command line; texts are borrowed from it. False: the program is done and ends with `*exit_code`,
// after --help, --version or a line that says what is wrong.
bool options_parse(struct options *options, int argc, char **argv, int *exit_code);
// What the reports that are wanted need: enum report_need.
unsigned options_needs(const struct options *options);
void options_free(struct options *options);

// For the options: adds a report that is wanted, with the settings of this moment.
void output_add(struct options *options, const struct report *report, const char *path);
void directory_add(struct directory_list *list, const char *path);

// Whether the run is compared with another part of itself.
bool options_have_part(const struct options *options);

// The options by which the run, or the part of it, is read that `options` has for a base: no report is wanted of it. What they
// point to stays that of `options`.
struct options options_of_base(const struct options *options);

// What messages call the one input: its file, or "input" where it is standard input.
const char *options_input_label(const struct options *options);

// Whether many streams are read.
bool options_are_many(const struct options *options);

// For options.c: whether what was given fits together, and finds the columns to sort by. False, after having said why: it does
// not.
bool options_check(struct options *options);

#endif
