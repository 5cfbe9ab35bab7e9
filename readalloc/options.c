// SPDX-License-Identifier: GPL-3.0-or-later
// The command line.
#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "option_rows.h"
#include "report.h"
#include "util.h"

static bool usage_error(int *exit_code)
{
	*exit_code = EXIT_USAGE;
	return false;
}

static void output_add(struct options *options, const struct report *report, const char *path)
{
	options->outputs =
		xrealloc(options->outputs, options->n_outputs + 1, sizeof(*options->outputs));
	options->outputs[options->n_outputs++] =
		(struct output_option){ report, path, options->settings };
}

static bool format_take(struct options *options, const char *name)
{
	const struct report *report = report_find(name);
	if (!report) {
		char names[256] = "";
		const struct report *known;
		for (size_t i = 0; (known = report_at(i)); i++) {
			size_t used = strlen(names);
			snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
				 known->name);
		}
		say("-f %s: no such report: there are %s", name, names);
		return false;
	}
	// A path that came before any format belongs to the first.
	if (options->n_outputs == 1 && !options->outputs[0].report) {
		options->outputs[0].report = report;
	} else {
		output_add(options, report, NULL);
	}
	return true;
}

static bool path_take(struct options *options, const char *path)
{
	struct stat stat_of_path;
	if (stat(path, &stat_of_path) == 0 && S_ISDIR(stat_of_path.st_mode)) {
		options->directory = path;
		return true;
	}
	if (options->n_outputs == 0) {
		output_add(options, NULL, path);
		return true;
	}
	struct output_option *last = &options->outputs[options->n_outputs - 1];
	if (last->path) {
		say("-o %s: the report before it goes to %s already", path, last->path);
		return false;
	}
	last->path = path;
	return true;
}

// Reads a number of bytes, greater than 0.
static bool memory_take(struct options *options, const char *text)
{
	static const char units[] = "kMG";
	char *end;
	unsigned long long n = strspn(text, "0123456789") != 0 ? strtoull(text, &end, 10) : 0;
	const char *unit = n != 0 && *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (n == 0 || end[unit != NULL] != '\0' || n > SIZE_MAX >> shift) {
		say("--memory %s: not understood: bytes, or with k, M or G behind it, are", text);
		return false;
	}
	options->memory = (size_t)n << shift;
	return true;
}

static void directory_add(struct directory_list *list, const char *path)
{
	list->paths = xrealloc(list->paths, list->n + 1, sizeof(*list->paths));
	list->paths[list->n++] = path;
}

static bool map_take(struct options *options, const char *text)
{
	const char *equals = strchr(text, '=');
	if (equals == NULL || equals == text) {
		say("--source-map %s: not of the form FROM=TO", text);
		return false;
	}
	struct symbols_style *style = &options->style;
	style->maps = xrealloc(style->maps, style->n_maps + 1, sizeof(*style->maps));
	style->maps[style->n_maps++] =
		(struct symbols_map){ text, (size_t)(equals - text), equals + 1 };
	return true;
}

// Where the settings of an option go: to the report named before it, or else to all.
static struct report_options *settings_place(struct options *options)
{
	return options->n_outputs != 0 ? &options->outputs[options->n_outputs - 1].settings
				       : &options->settings;
}

static bool metric_take(struct report_options *settings, const char *name)
{
	static const char *const names[N_COSTS] = {
#define X(field, word, title) [COST_##field] = #field,
		COST_LIST(X)
#undef X
	};
	for (int i = 0; i < N_COSTS; i++) {
		if (strcmp(names[i], name) == 0) {
			settings->metric = (enum cost_column)i;
			return true;
		}
	}
	say("--metric %s: no such cost: see readalloc --help", name);
	return false;
}

static bool threshold_take(struct report_options *settings, const char *text)
{
	char *end;
	double percent = strtod(text, &end);
	if (end == text || *end != '\0' || !(percent >= 0 && percent <= 100)) {
		say("--threshold %s: not a number from 0 to 100", text);
		return false;
	}
	settings->threshold = percent;
	return true;
}

// What getopt_long wants to know, made from the rows.
static void rows_convert(char *letters, struct option *longs)
{
	*letters++ = ':';
	const struct option_row *row;
	for (size_t i = 0; (row = option_row_at(i)); i++) {
		*longs++ =
			(struct option){ row->name, row->argument ? required_argument : no_argument,
					 NULL, row->value };
		if (row->value < 256) {
			*letters++ = (char)row->value;
			*letters = ':';
			letters += row->argument != NULL;
		}
	}
	*longs = (struct option){ 0 };
	*letters = '\0';
}

// Acts on one option; false: the program is done.
static bool option_take(struct options *options, int value, char **argv, int *exit_code)
{
	switch (value) {
	case 'i':
		options->input = strcmp(optarg, "-") == 0 ? NULL : optarg;
		return true;
	case 'f':
		return format_take(options, optarg) || usage_error(exit_code);
	case 'o':
		return path_take(options, optarg) || usage_error(exit_code);
	case OPTION_EXTRA:
		directory_add(&options->extra, optarg);
		return true;
	case OPTION_ROOTFS:
		directory_add(&options->rootfs, optarg);
		return true;
	case OPTION_DEBUG_PATH:
		directory_add(&options->debug, optarg);
		return true;
	case OPTION_SOURCE_MAP:
		return map_take(options, optarg) || usage_error(exit_code);
	case OPTION_NO_DEMANGLE:
		options->style.keeps_mangled = true;
		return true;
	case OPTION_DOCTOR:
		options->is_doctor = true;
		return true;
	case OPTION_FOLLOW:
		options->is_following = true;
		return true;
	case OPTION_NO_PROGRESS:
		options->no_progress = true;
		return true;
	case OPTION_VERIFY:
		options->is_verify = true;
		return true;
	case OPTION_LISTEN:
		options->listen = optarg;
		return true;
	case OPTION_MEMORY:
		return memory_take(options, optarg) || usage_error(exit_code);
	case OPTION_METRIC:
		return metric_take(settings_place(options), optarg) || usage_error(exit_code);
	case OPTION_THRESHOLD:
		return threshold_take(settings_place(options), optarg) || usage_error(exit_code);
	case OPTION_FORMATS:
		option_rows_reports();
		*exit_code = fflush(stdout) == 0 ? EXIT_WELL : EXIT_SYSTEM;
		return false;
	case OPTION_HELP:
		option_rows_help();
		*exit_code = fflush(stdout) == 0 ? EXIT_WELL : EXIT_SYSTEM;
		return false;
	case OPTION_VERSION:
		printf("readalloc %s\n", DUMPALLOC_VERSION);
		*exit_code = fflush(stdout) == 0 ? EXIT_WELL : EXIT_SYSTEM;
		return false;
	case ':':
		say("%s: an argument is missing: see readalloc --help", argv[optind - 1]);
		return usage_error(exit_code);
	default:
		say("%s: no such option: see readalloc --help", argv[optind - 1]);
		return usage_error(exit_code);
	}
}

// What stands behind the options of the doctor: ROOTFS PROGRAM...
static bool doctor_check(struct options *options, int n, char **words)
{
	if (n < 2) {
		say(n == 0 ? "ROOTFS is missing: see readalloc --help"
			   : "--doctor: a program is missing: see readalloc --help");
		return false;
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
	*options = (struct options){ .settings = { .threshold = -1 } };
	rows_convert(letters, longs);
	opterr = 0;
	int value;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (!option_take(options, value, argv, exit_code)) {
			return false;
		}
	}
	if (!options_check(options)) {
		return usage_error(exit_code);
	}
	if (argc == optind && options->listen && options->rootfs.n == 0) {
		directory_add(&options->rootfs, "/");
	}
	if (options->is_doctor) {
		return doctor_check(options, argc - optind, argv + optind) ||
		       usage_error(exit_code);
	}
	if (argc == optind && options->is_verify) {
		return true;
	}
	if (argc - optind > 1 || (argc == optind && options->rootfs.n == 0)) {
		say(argc == optind ? "ROOTFS is missing: see readalloc --help"
				   : "more than one ROOTFS: see readalloc --help");
		return usage_error(exit_code);
	}
	if (argc > optind) {
		directory_add(&options->rootfs, argv[optind]);
	}
	if (options->n_outputs == 0) {
		output_add(options, report_at(0), NULL);
	} else if (!options->outputs[0].report) {
		options->outputs[0].report = report_at(0);
	}
	return true;
}

unsigned options_needs(const struct options *options)
{
	unsigned needs = 0;
	for (size_t i = 0; i < options->n_outputs; i++) {
		needs |= options->outputs[i].report->needs;
	}
	return needs;
}

void options_free(struct options *options)
{
	free(options->rootfs.paths);
	free(options->extra.paths);
	free(options->debug.paths);
	free(options->style.maps);
	free(options->outputs);
	*options = (struct options){ 0 };
}
