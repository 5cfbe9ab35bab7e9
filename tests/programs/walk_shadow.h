// SPDX-License-Identifier: GPL-3.0-or-later
// A shadow stack: what a program says of its own frames, for a walker to be compared with.
//
// Each function of such a program notes the address it returns to. A caller of the C library, which
// returns to an address that only the library sees, notes WALK_SHADOW_ANY: one frame in the program.
#ifndef TESTS_PROGRAMS_WALK_SHADOW_H
#define TESTS_PROGRAMS_WALK_SHADOW_H

#include <stdint.h>

enum { WALK_SHADOW_MAX = 512, WALK_SHADOW_ANY = 1 };

struct walk_shadow {
	unsigned n;
	uintptr_t entries[WALK_SHADOW_MAX]; // outermost first
};

// The calling thread's frames at this moment; the program defines it.
const struct walk_shadow *walk_shadow_now(void) __attribute__((weak, visibility("default")));

#endif
