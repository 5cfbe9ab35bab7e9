// SPDX-License-Identifier: LGPL-2.1-or-later
// What the subcommands of dumpalloc share.
#ifndef LIBDUMPALLOC_COMMAND_COMMAND_H
#define LIBDUMPALLOC_COMMAND_COMMAND_H

#include <stdbool.h>

// As env(1) and timeout(1) have it: `run` ends like its program otherwise.
enum command_exit {
	COMMAND_FAULT = 1,       // doctor, selftest: something is wrong
	COMMAND_USAGE = 125,     // the command line, or the library is not found
	COMMAND_NOT_RUN = 126,   // the program is there and cannot be run
	COMMAND_NOT_FOUND = 127, // there is no such program
	COMMAND_CHILD = 64,      // a child of selftest: it could not do what it is for
};

// Gets the subcommand's name as argv[0], returns the exit code.
typedef int command_function(int argc, char **argv);

command_function command_run, command_order, command_doctor, command_selftest,
	command_selftest_child;

// One line to standard error; control characters are shown as ?.
void command_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same to standard output, without a name before it.
void command_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The next line of a report on standard output: "ok", "note" or "FAULT", then the text. Counts the faults.
enum finding { FINDING_OK, FINDING_NOTE, FINDING_FAULT };
void command_find(enum finding finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool command_has_fault(void);

#endif
