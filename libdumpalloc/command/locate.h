// SPDX-License-Identifier: LGPL-2.1-or-later
// Where things are: programs as a shell finds them, and the library beside the command.
#ifndef LIBDUMPALLOC_COMMAND_LOCATE_H
#define LIBDUMPALLOC_COMMAND_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

enum { LOCATE_PATH_MAX = 4096 };

// The file that execvp would run for `name` into `path`. False: errno is ENOENT, or EACCES where one was found that may not
// be run.
bool locate_program(const char *name, char path[LOCATE_PATH_MAX]);

// libdumpalloc.so: `wanted` if that is not NULL, else the one beside this command or in the folder of libraries that goes with
// its own. False: after a line that says where it was looked for.
bool locate_library(const char *wanted, char path[LOCATE_PATH_MAX]);

#endif
