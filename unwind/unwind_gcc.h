// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks by the compiler's unwind tables, through _Unwind_Backtrace of libgcc.
#ifndef UNWIND_UNWIND_GCC_H
#define UNWIND_UNWIND_GCC_H

#include <stdbool.h>

// Whether its functions are there: linked, loaded with the program, or found.
bool unwind_has_gcc(void);

// Has `find` look up what is not; false: it does not find all. Not during a walk.
bool unwind_find_gcc(void *(*find)(const char *name));

#endif
