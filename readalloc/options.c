// SPDX-License-Identifier: GPL-3.0-or-later
// The command line.
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "option_rows.h"
#include "report.h"
#include "util.h"

void output_add(struct options *options, const struct report *report, const char *path)
{
	options->outputs =
		xrealloc(options->outputs, options->n_outputs + 1, sizeof(*options->outputs));
	options->outputs[options->n_outputs++] =
		(struct output_option){ report, path, options->settings };
}

void directory_add(struct directory_list *list, const char *path)
{
	list->paths = xrealloc(list->paths, list->n + 1, sizeof(*list->paths));
	list->paths[list->n++] = path;
}

// What getopt_long returns for row 0; the others follow.
enum { ROW_FIRST = 256 };

// A checkpoint is written each so many microseconds, unless the user says otherwise.
enum { CHECKPOINT_US = 5 * 60 * 1000000 };

// What getopt_long wants to know, made from the rows.
static void rows_convert(char *letters, struct option *longs)
{
	*letters++ = ':';
	const struct option_row *row;
	for (int i = 0; (row = option_row_at((size_t)i)); i++) {
		*longs++ =
			(struct option){ row->name, row->argument ? required_argument : no_argument,
					 NULL, ROW_FIRST + i };
		if (row->letter) {
			*letters++ = row->letter;
			*letters = ':';
			letters += row->argument != NULL;
		}
	}
	*longs = (struct option){ 0 };
	*letters = '\0';
}

// The row that getopt_long means by `value`; NULL: none.
static const struct option_row *row_of(int value)
{
	if (value >= ROW_FIRST) {
		return option_row_at((size_t)(value - ROW_FIRST));
	}
	const struct option_row *row;
	for (size_t i = 0; (row = option_row_at(i)) && row->letter != value; i++) {
	}
	return row;
}

static enum option_result option_take(struct options *options, int value, char **argv)
{
	const struct option_row *row = value == ':' || value == '?' ? NULL : row_of(value);
	if (!row) {
		say("%s: %s: see readalloc --help", argv[optind - 1],
		    value == ':' ? "an argument is missing" : "no such option");
		return OPTION_WRONG;
	}
	if (row->argument && optarg[0] == '\0') {
		say("--%s: its %s is empty", row->name, row->argument);
		return OPTION_WRONG;
	}
	if (row->take) {
		return row->take(options, optarg);
	}
	if (row->flag) {
		*(bool *)((char *)options + row->flag) = true;
		return OPTION_TAKEN;
	}
	const char **text = (const char **)(void *)((char *)options + row->text);
	if (*text) {
		say("--%s %s: given before, as %s", row->name, optarg, *text);
		return OPTION_WRONG;
	}
	*text = optarg;
	return OPTION_TAKEN;
}

static int exit_code_of(enum option_result result)
{
	switch (result) {
	case OPTION_TAKEN:
	case OPTION_DONE:
		return EXIT_WELL;
	case OPTION_WRONG:
		return EXIT_USAGE;
	case OPTION_FAILED:
		return EXIT_SYSTEM;
	}
	return EXIT_SYSTEM;
}

// What stands behind the options of the doctor: ROOTFS PROGRAM...
static bool doctor_check(struct options *options, int n, char **words)
{
	if (n < 2) {
		say(n == 0 ? "ROOTFS is missing: see readalloc --help"
			   : "--doctor: a program is missing: see readalloc --help");
		return false;
	}
	for (int i = 1; i < n; i++) {
		if (words[i][0] == '\0') {
			say("--doctor: the name of a program is empty");
			return false;
		}
	}
	directory_add(&options->rootfs, words[0]);
	options->programs = (const char *const *)words + 1;
	options->n_programs = (size_t)n - 1;
	return true;
}

bool options_parse(struct options *options, int argc, char **argv, int *exit_code)
{
	char letters[3 * OPTION_ROWS_MAX + 2];
	struct option longs[OPTION_ROWS_MAX + 1];
	*options = (struct options){ .settings = { .threshold = -1 },
				     .checkpoint_time = CHECKPOINT_US };
	rows_convert(letters, longs);
	opterr = 0;
	int value;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		enum option_result result = option_take(options, value, argv);
		if (result != OPTION_TAKEN) {
			*exit_code = exit_code_of(result);
			return false;
		}
	}
	*exit_code = EXIT_USAGE; // of whatever is wrong from here on
	if (!options_check(options)) {
		return false;
	}
	if (argc > optind && argv[optind][0] == '\0') {
		say("ROOTFS is empty: name the directory with a copy of the device's files, or / "
		    "for this machine");
		return false;
	}
	if (argc == optind && options_are_many(options) && options->rootfs.n == 0) {
		directory_add(&options->rootfs, "/");
	}
	if (options->is_doctor) {
		return doctor_check(options, argc - optind, argv + optind);
	}
	if (argc == optind && options->is_verify) {
		return true;
	}
	if (argc - optind > 1 || (argc == optind && options->rootfs.n == 0)) {
		say(argc == optind ? "ROOTFS is missing: see readalloc --help"
				   : "more than one ROOTFS: see readalloc --help");
		return false;
	}
	if (argc > optind) {
		directory_add(&options->rootfs, argv[optind]);
	}
	struct stat rootfs;
	if (options->is_verify && argc > optind && stat(argv[optind], &rootfs) == 0 &&
	    !S_ISDIR(rootfs.st_mode)) {
		say("--verify: %s: not a directory: a stream is named by -i FILE", argv[optind]);
		return false;
	}
	if (options->n_outputs == 0 && options->gates.n == 0) {
		output_add(options, report_at(0), NULL);
	} else if (options->n_outputs != 0 && !options->outputs[0].report) {
		options->outputs[0].report = report_at(0);
	}
	return true;
}

unsigned options_needs(const struct options *options)
{
	unsigned needs = gates_need(&options->gates);
	needs |= filters_have(&options->view.filters, FILTER_LIVE_KEYS) ? NEEDS_LIVES : 0;
	needs |= filters_have(&options->view.filters, FILTER_LIFE_KEYS) ? NEEDS_LIFE_FILTER : 0;
	for (size_t i = 0; i < options->n_outputs; i++) {
		needs |= options->outputs[i].report->needs;
	}
	return needs;
}

bool options_have_part(const struct options *options)
{
	return !options->base && slice_is_wanted(&options->base_slice);
}

const char *options_input_label(const struct options *options)
{
	return options->input ? options->input : "input";
}

struct options options_of_base(const struct options *options)
{
	struct options base = *options;
	base.input = options->base ? options->base : options->input;
	base.base = NULL;
	base.base_slice = (struct slice_bounds){ 0 };
	if (slice_is_wanted(&options->base_slice)) {
		base.slice = options->base_slice;
	}
	base.is_following = false;
	base.outputs = NULL;
	base.n_outputs = 0;
	base.gates = (struct gates){ 0 };
	return base;
}

void options_free(struct options *options)
{
	free(options->rootfs.paths);
	free(options->extra.paths);
	free(options->base_rootfs.paths);
	free(options->debug.paths);
	free(options->calls.paths);
	free(options->style.maps);
	free(options->outputs);
	view_settings_free(&options->view);
	slice_bounds_free(&options->slice);
	slice_bounds_free(&options->base_slice);
	gates_free(&options->gates);
	*options = (struct options){ 0 };
}
