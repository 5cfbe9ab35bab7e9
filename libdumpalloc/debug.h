// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tracer does, in lines to standard error, for who looks for a fault in it (DUMPALLOC_DEBUG).
#ifndef LIBDUMPALLOC_DEBUG_H
#define LIBDUMPALLOC_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

// Identifier, word.
#define DEBUG_CLASS_LIST(X)                                                                        \
	X(SESSION, "session") /* streams of processes */                                           \
	X(RELAY, "relay")     /* who carries records, and where to */                              \
	X(THREADS, "threads")                                                                      \
	X(MODULES, "modules")                                                                      \
	X(CONTROL, "control") /* what the program and its user ask */

enum debug_class {
#define X(id, word) DEBUG_##id,
	DEBUG_CLASS_LIST(X)
#undef X
		DEBUG_N_CLASSES,
};

// 0: nothing, 1: what is seldom, 2: all.
enum { DEBUG_LEVEL_MAX = 2 };

extern uint8_t debug_levels[DEBUG_N_CLASSES];

// Sets levels from "CLASS[:LEVEL],..." (level 1 if there is none; the class may be "all"). False: it is not of that form,
// and nothing is set.
bool debug_parse(const char *text);

// "dumpalloc: debug: CLASS: WHAT NUMBER". Async-signal-safe, keeps errno.
void debug_write(enum debug_class class, const char *what, uint64_t number);

static inline void debug_say(enum debug_class class, unsigned level, const char *what,
			     uint64_t number)
{
	if (__builtin_expect(debug_levels[class] >= level, 0))
		debug_write(class, what, number);
}

#endif
