// SPDX-License-Identifier: GPL-3.0-or-later
// readalloc: reports on the heap of a traced program.
#include "options.h"
#include "run.h"

int main(int argc, char **argv)
{
	struct options options;
	int exit_code;
	if (options_parse(&options, argc, argv, &exit_code)) {
		exit_code = run(&options);
	}
	options_free(&options);
	return exit_code;
}
