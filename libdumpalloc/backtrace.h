// SPDX-License-Identifier: LGPL-2.1-or-later
// A call stack and the mappings it leads through, as text, for crash handlers.
#ifndef LIBDUMPALLOC_BACKTRACE_H
#define LIBDUMPALLOC_BACKTRACE_H

#include <stdbool.h>

struct unwind_start;

// Writes them to `fd`. Takes no lock and allocates nothing; of the tracer it uses what no event changes. False: there
// is no memory to walk in, or the descriptor takes nothing.
bool backtrace_write(int fd, const struct unwind_start *start);

#endif
