// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc doctor: says of a program what will work, and what to do about what will not.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/inspect.h"
#include "libdumpalloc/command/locate.h"

static void tell(const char *program, const struct inspection *found)
{
	const char *preloaded = getenv("LD_PRELOAD");

	if (found->interpreter[0] != '\0')
		command_find(FINDING_NOTE,
			     "%s is a script: %s is traced, and the programs it starts (--follow)",
			     program, found->interpreter);
	if (found->obstacle[0] != '\0') {
		command_find(FINDING_FAULT, "%s: %s", program, found->obstacle);
		return;
	}
	if (found->libc != NULL)
		command_find(FINDING_OK, "dynamically linked, C library %s (%s)", found->libc,
			     found->loader);
	else
		command_find(FINDING_NOTE,
			     "C library not known (%s): run dumpalloc selftest with it if you can",
			     found->loader[0] != '\0' ? found->loader : "the file cannot be read");
	if (found->has_own_malloc)
		command_find(
			FINDING_FAULT,
			"has a malloc of its own, which comes before any preloaded one: what it "
			"allocates is not traced: build it without");
	else if (found->allocator[0] != '\0')
		command_find(FINDING_NOTE,
			     "its malloc comes from %s: calls by malloc's usual names are traced, "
			     "those by other names are not",
			     found->allocator);
	else
		command_find(FINDING_OK, "malloc is the C library's");
	command_find(FINDING_OK, "call stacks: %s",
		     found->has_tables
			     ? "unwind tables where they cover, else the instructions (auto)"
			     : "no unwind tables: by the instructions (auto)");
	if (found->has_debug_data)
		command_find(FINDING_OK, "has debug data: files and lines are told");
	else if (!found->is_stripped)
		command_find(FINDING_NOTE,
			     "has symbols and no debug data: functions without lines");
	else
		command_find(FINDING_NOTE,
			     "stripped%s: give readalloc the unstripped file (--debug-path)",
			     found->has_build_id ? "" : " and without a build-id");
	if (preloaded != NULL && *preloaded != '\0')
		command_find(FINDING_NOTE, "LD_PRELOAD is set already, and stays: %s", preloaded);
}

int command_doctor(int argc, char **argv)
{
	char library[LOCATE_PATH_MAX], program[LOCATE_PATH_MAX];
	struct inspection found;

	if (argc != 2 || argv[1][0] == '-' || argv[1][0] == '\0') {
		command_say("usage: dumpalloc doctor PROGRAM");
		return COMMAND_USAGE;
	}
	if (!locate_library(NULL, library))
		return COMMAND_USAGE;
	if (!locate_program(argv[1], program)) {
		command_find(FINDING_FAULT, "%s: %s", argv[1], strerror(errno));
		return COMMAND_FAULT;
	}
	inspect(program, library, &found);
	tell(program, &found);
	return command_has_fault() ? COMMAND_FAULT : 0;
}
