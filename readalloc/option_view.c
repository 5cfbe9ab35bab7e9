// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say what of the run is seen, and what it is held to.
#include "option_take.h"

#include "options.h"
#include "util.h"

enum option_result take_include(struct options *options, const char *argument)
{
	return filters_add(&options->view.filters, "--include", argument, false) ? OPTION_TAKEN
										 : OPTION_WRONG;
}

enum option_result take_exclude(struct options *options, const char *argument)
{
	return filters_add(&options->view.filters, "--exclude", argument, true) ? OPTION_TAKEN
										: OPTION_WRONG;
}

enum option_result take_skip(struct options *options, const char *argument)
{
	return wrappers_add(&options->view.wrappers, "--skip", argument) ? OPTION_TAKEN
									 : OPTION_WRONG;
}

enum option_result take_suppressions(struct options *options, const char *argument)
{
	return suppressions_read(&options->view.suppressions, argument) ? OPTION_TAKEN
									: OPTION_WRONG;
}

enum option_result take_fail_if(struct options *options, const char *argument)
{
	return gates_add(&options->gates, "--fail-if", argument) ? OPTION_TAKEN : OPTION_WRONG;
}

// The moment of an option that is given once.
static enum option_result moment_take(struct moment *moment, const char *option,
				      const char *argument)
{
	if (moment->text) {
		say("%s %s: given before, as %s", option, argument, moment->text);
		return OPTION_WRONG;
	}
	return moment_read(moment, option, argument) ? OPTION_TAKEN : OPTION_WRONG;
}

enum option_result take_from(struct options *options, const char *argument)
{
	return moment_take(&options->slice.from, "--from", argument);
}

enum option_result take_to(struct options *options, const char *argument)
{
	return moment_take(&options->slice.to, "--to", argument);
}

enum option_result take_base_from(struct options *options, const char *argument)
{
	return moment_take(&options->base_slice.from, "--base-from", argument);
}

enum option_result take_base_to(struct options *options, const char *argument)
{
	return moment_take(&options->base_slice.to, "--base-to", argument);
}
