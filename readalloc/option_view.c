// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say what of the run is seen, and what it is held to.
#include "option_take.h"

#include "options.h"

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

enum option_result take_from(struct options *options, const char *argument)
{
	return moment_read(&options->slice.from, "--from", argument) ? OPTION_TAKEN : OPTION_WRONG;
}

enum option_result take_to(struct options *options, const char *argument)
{
	return moment_read(&options->slice.to, "--to", argument) ? OPTION_TAKEN : OPTION_WRONG;
}

enum option_result take_base_from(struct options *options, const char *argument)
{
	return moment_read(&options->base_slice.from, "--base-from", argument) ? OPTION_TAKEN
									       : OPTION_WRONG;
}

enum option_result take_base_to(struct options *options, const char *argument)
{
	return moment_read(&options->base_slice.to, "--base-to", argument) ? OPTION_TAKEN
									   : OPTION_WRONG;
}
