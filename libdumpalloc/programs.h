// SPDX-License-Identifier: LGPL-2.1-or-later
// Which programs are traced, by their names.
#ifndef LIBDUMPALLOC_PROGRAMS_H
#define LIBDUMPALLOC_PROGRAMS_H

#include <stdbool.h>

// Patterns are separated by commas; * stands for any text, ? for any character, and ! in front of one leaves programs
// out. The first that fits decides. If none does, a program is traced unless some pattern has no !.

// Whether all patterns have something to fit.
bool programs_are_valid(const char *patterns);

// Whether a program is traced whose executable is `path`, and which was started as `name`, with folders or without. A
// pattern with a slash is for the path, any other for the name or the last part of the path.
bool programs_include(const char *patterns, const char *path, const char *name);

// The same for the calling process.
bool programs_include_this(const char *patterns);

#endif
