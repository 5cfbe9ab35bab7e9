// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the options of a command line fit together.
#include "options.h"

#include <sys/stat.h>

#include "options_paths.h"
#include "util.h"

bool options_are_many(const struct options *options)
{
	return options->listen || options->calls.n != 0;
}

static bool is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// --listen and --connect read many streams, and none from elsewhere.
static bool many_check(const struct options *options)
{
	if (options->is_announcing && !options->listen) {
		say("--announce: --listen is missing");
		return false;
	}
	if (!options_are_many(options)) {
		return true;
	}
	if (options->input) {
		say("-i %s: not together with --listen or --connect", options->input);
		return false;
	}
	for (size_t i = 0; i < options->n_outputs; i++) {
		if (options->outputs[i].path) {
			say("-o %s: not a directory: with --listen or --connect each stream has "
			    "files of its own",
			    options->outputs[i].path);
			return false;
		}
	}
	return true;
}

// --verify reads one stream and writes no report.
static bool verify_check(const struct options *options)
{
	const char *other = options_are_many(options)               ? "--listen or --connect"
			    : options->is_doctor                    ? "--doctor"
			    : options->n_outputs                    ? "-f or -o"
			    : options->gates.n                      ? "--fail-if"
			    : slice_is_wanted(&options->slice)      ? "--from or --to"
			    : slice_is_wanted(&options->base_slice) ? "--base-from or --base-to"
								    : NULL;
	if (options->is_verify && other) {
		say("--verify: not together with %s", other);
		return false;
	}
	return true;
}

// --doctor looks at files and says what it finds on standard output.
static bool doctor_check(const struct options *options)
{
	const char *other = options->n_outputs ? "-f or -o" : options->gates.n ? "--fail-if" : NULL;
	if (options->is_doctor && other) {
		say("--doctor: not together with %s", other);
		return false;
	}
	return true;
}

static bool follow_check(const struct options *options)
{
	if (options->is_following && !options->input) {
		say("--follow: -i FILE is missing");
		return false;
	}
	return true;
}

// Reports that tell more than the state has.
static const struct report *checkpoint_refuses(const struct options *options)
{
	for (size_t i = 0; i < options->n_outputs; i++) {
		const struct report *report = options->outputs[i].report;
		if (report && (!report->write || report->needs & NEEDS_CHANGES)) {
			return report;
		}
	}
	return NULL;
}

static bool checkpoint_check(const struct options *options)
{
	const char *path = options->checkpoint;
	if (!path) {
		if (options->has_checkpoint_interval) {
			say("--checkpoint-every: --checkpoint FILE is missing");
		}
		return !options->has_checkpoint_interval;
	}
	const struct report *report = checkpoint_refuses(options);
	if (options_are_many(options)) {
		say("--checkpoint %s: not together with --listen or --connect: what has come over "
		    "a connection cannot be read again",
		    path);
	} else if (options->is_verify || options->is_doctor) {
		say("--checkpoint %s: not together with %s", path,
		    options->is_verify ? "--verify" : "--doctor");
	} else if (!options->input) {
		say("--checkpoint %s: -i FILE is missing: standard input cannot be read again: "
		    "write it to a file (nc -lp PORT > FILE) and read that with -i FILE --follow",
		    path);
	} else if (report) {
		say("--checkpoint %s: not together with -f %s, which tells every event of the run",
		    path, report->name);
	} else if (filters_have(&options->view.filters, FILTER_LIFE_KEYS)) {
		say("--checkpoint %s: not together with --include life or --exclude life", path);
	} else {
		return true;
	}
	return false;
}

static bool gates_check(const struct options *options)
{
	if (options->junit && options->gates.n == 0) {
		say("--junit %s: --fail-if is missing", options->junit);
		return false;
	}
	if (options->junit && options_are_many(options) && !is_directory(options->junit)) {
		say("--junit %s: not a directory: with --listen or --connect each stream has a "
		    "file of its own",
		    options->junit);
		return false;
	}
	return true;
}

static bool base_check(const struct options *options)
{
	if (options->base_rootfs.n != 0 && !options->base) {
		say("--base-rootfs %s: --base is missing", options->base_rootfs.paths[0]);
		return false;
	}
	return true;
}

static bool slice_check(const struct options *options)
{
	const struct slice_bounds *const slices[] = { &options->slice, &options->base_slice };
	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		const struct moment *from = &slices[i]->from, *to = &slices[i]->to;
		if (moments_are_reversed(from, to)) {
			say("%s %s: not after %s %s", to->option, to->text, from->option,
			    from->text);
			return false;
		}
	}
	return true;
}

// Finds the column of one report. False, after having said why: it has none such.
static bool sort_check_one(const struct report *report, struct row_sort *sort)
{
	char names[ROW_NAMES_SIZE];
	if (report->columns == NULL) {
		say("--sort %s: -f %s has no rows to sort", sort->text, report->name);
		return false;
	}
	if (!row_sort_find(sort, report->columns, names)) {
		say("--sort %s: -f %s has no such column: there are %s, also with :up or :down "
		    "behind",
		    sort->text, report->name, names);
		return false;
	}
	return true;
}

static bool sort_check(struct options *options)
{
	const char *unused = options->settings.sort.text;
	for (size_t i = 0; i < options->n_outputs; i++) {
		const struct report *report = options->outputs[i].report;
		report = report ? report : report_at(0);
		struct row_sort *sort = &options->outputs[i].settings.sort;
		if (sort->text == NULL || (sort->is_shared && report->columns == NULL)) {
			continue;
		}
		if (!sort_check_one(report, sort)) {
			return false;
		}
		unused = sort->is_shared ? NULL : unused;
	}
	if (unused != NULL) {
		say("--sort %s: no report has rows to sort", unused);
	}
	return unused == NULL;
}

bool options_check(struct options *options)
{
	return many_check(options) && verify_check(options) && doctor_check(options) &&
	       follow_check(options) && checkpoint_check(options) && gates_check(options) &&
	       base_check(options) && slice_check(options) && sort_check(options) &&
	       options_paths_check(options);
}
