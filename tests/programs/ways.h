// SPDX-License-Identifier: GPL-3.0-or-later
// What ways.c and its module call each other by.
#ifndef TESTS_PROGRAMS_WAYS_H
#define TESTS_PROGRAMS_WAYS_H

typedef int ways_function(void);

// Calls `function` and returns what it does.
int ways_bare_call(ways_function *function);

#endif
