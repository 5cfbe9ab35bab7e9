// SPDX-License-Identifier: GPL-3.0-or-later
// Compares the stacks of one allocation, counts, and reports by mode.
#ifndef TESTS_PROGRAMS_WALK_COMPARE_H
#define TESTS_PROGRAMS_WALK_COMPARE_H

#include "unwind/unwind.h"

enum { COMPARE_MODES_MAX = 4 };

// Reports go to this descriptor.
extern int compare_output;

// Compares what mode number `i`, named `mode`, found with the memo and without it (`plain`), with the
// truth (NULL: there is none), and with the program's shadow stack if it has one. Not reentrant.
void compare_stacks(unsigned i, const char *mode, const struct unwind_stack *memo,
		    const struct unwind_stack *plain, const struct unwind_stack *truth);

// Writes the counts of each mode that was compared: its name, words and numbers.
void compare_report(void);

#endif
