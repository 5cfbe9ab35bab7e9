// SPDX-License-Identifier: LGPL-2.1-or-later
// Records of what is no allocation and no release. All keep errno.
#ifndef LIBDUMPALLOC_TRACER_ASIDE_H
#define LIBDUMPALLOC_TRACER_ASIDE_H

#include <sys/types.h>

// A library was unloaded; a child was forked (parent's side).
void tracer_unloaded(void);
void tracer_forked(pid_t child);

// The calling thread ends; the program reaches its normal end; `text` for the user: say so in the
// stream.
void tracer_end_thread(void);
void tracer_exit(void);
void tracer_say(const char *text);

#endif
