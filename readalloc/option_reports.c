// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say which reports there are, where they go and what they show.
#include "option_take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "options.h"
#include "report.h"
#include "util.h"

enum option_result take_format(struct options *options, const char *argument)
{
	const struct report *report = report_find(argument);
	if (!report) {
		char names[256] = "";
		const struct report *known;
		for (size_t i = 0; (known = report_at(i)); i++) {
			size_t used = strlen(names);
			snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
				 known->name);
		}
		say("-f %s: no such report: there are %s", argument, names);
		return OPTION_WRONG;
	}
	// A path that came before any format belongs to the first.
	if (options->n_outputs == 1 && !options->outputs[0].report) {
		options->outputs[0].report = report;
	} else {
		output_add(options, report, NULL);
	}
	return OPTION_TAKEN;
}

enum option_result take_output(struct options *options, const char *argument)
{
	struct stat stat_of_path;
	if (stat(argument, &stat_of_path) == 0 && S_ISDIR(stat_of_path.st_mode)) {
		if (options->directory && strcmp(options->directory, argument) != 0) {
			say("-o %s: given before, as the directory %s", argument,
			    options->directory);
			return OPTION_WRONG;
		}
		options->directory = argument;
		return OPTION_TAKEN;
	}
	if (options->n_outputs == 0) {
		output_add(options, NULL, argument);
		return OPTION_TAKEN;
	}
	struct output_option *last = &options->outputs[options->n_outputs - 1];
	if (last->path) {
		say("-o %s: the report before it goes to %s already", argument, last->path);
		return OPTION_WRONG;
	}
	last->path = argument;
	return OPTION_TAKEN;
}

// Where the settings of an option go: to the report named before it, or else to all.
static struct report_options *settings_place(struct options *options)
{
	return options->n_outputs != 0 ? &options->outputs[options->n_outputs - 1].settings
				       : &options->settings;
}

enum option_result take_metric(struct options *options, const char *argument)
{
	static const char *const names[N_COSTS] = {
#define X(field, word, title) [COST_##field] = #field,
		COST_LIST(X)
#undef X
	};
	for (int i = 0; i < N_COSTS; i++) {
		if (strcmp(names[i], argument) == 0) {
			settings_place(options)->metric = (enum cost_column)i;
			return OPTION_TAKEN;
		}
	}
	say("--metric %s: no such cost: see readalloc --help", argument);
	return OPTION_WRONG;
}

enum option_result take_threshold(struct options *options, const char *argument)
{
	char *end;
	double percent = strtod(argument, &end);
	bool is_plain = argument[strspn(argument, "0123456789.")] == '\0';
	if (!is_plain || end == argument || *end != '\0' || !(percent >= 0 && percent <= 100)) {
		say("--threshold %s: not a number from 0 to 100", argument);
		return OPTION_WRONG;
	}
	settings_place(options)->threshold = percent;
	return OPTION_TAKEN;
}

enum option_result take_view(struct options *options, const char *argument)
{
	static const char *const names[] = {
		[VIEW_TOP_DOWN] = "top-down",
		[VIEW_BOTTOM_UP] = "bottom-up",
		[VIEW_CALLER_CALLEE] = "caller-callee",
	};
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], argument) == 0) {
			settings_place(options)->view = (enum report_view)i;
			return OPTION_TAKEN;
		}
	}
	say("--view %s: no such view: there are top-down, bottom-up and caller-callee", argument);
	return OPTION_WRONG;
}

enum option_result take_sort(struct options *options, const char *argument)
{
	row_sort_read(&settings_place(options)->sort, argument, options->n_outputs == 0);
	return OPTION_TAKEN;
}

enum option_result take_gen_suppressions(struct options *options, const char *argument)
{
	output_add(options, report_find("suppressions"), argument);
	return OPTION_TAKEN;
}
