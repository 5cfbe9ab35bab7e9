// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say where files of the target and source files are.
#include "option_take.h"

#include <string.h>

#include "options.h"
#include "util.h"

enum option_result take_rootfs(struct options *options, const char *argument)
{
	directory_add(&options->rootfs, argument);
	return OPTION_TAKEN;
}

enum option_result take_extra(struct options *options, const char *argument)
{
	directory_add(&options->extra, argument);
	return OPTION_TAKEN;
}

enum option_result take_debug_path(struct options *options, const char *argument)
{
	directory_add(&options->debug, argument);
	return OPTION_TAKEN;
}

enum option_result take_source_map(struct options *options, const char *argument)
{
	const char *equals = strchr(argument, '=');
	if (equals == NULL || equals == argument) {
		say("--source-map %s: not of the form FROM=TO", argument);
		return OPTION_WRONG;
	}
	struct symbols_style *style = &options->style;
	style->maps = xrealloc(style->maps, style->n_maps + 1, sizeof(*style->maps));
	style->maps[style->n_maps++] =
		(struct symbols_map){ argument, (size_t)(equals - argument), equals + 1 };
	return OPTION_TAKEN;
}

enum option_result take_base_rootfs(struct options *options, const char *argument)
{
	directory_add(&options->base_rootfs, argument);
	return OPTION_TAKEN;
}
