// SPDX-License-Identifier: GPL-3.0-or-later
// Scenarios of the wild program: stacks that lead nowhere, and code that goes away.
#ifndef TESTS_PROGRAMS_WILD_H
#define TESTS_PROGRAMS_WILD_H

#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

enum {
	WILD_SIZE = 4243,  // of a block allocated below a spoiled stack
	WILD_TAME = 4242,  // of any other
	WILD_ROOM = 16384, // bytes of the innermost frames that may be spoiled, at least
};

// A number below `n`, of the calling thread's own sequence.
uint32_t wild_draw(uint32_t n);

// Called below WILD_ROOM bytes of frames that are put back afterwards, so that anything may be done
// to them meanwhile: `spoil` is given the words from the innermost frame outward, then a block is
// allocated.
typedef void wild_spoil(uintptr_t *words, size_t n_words);
void wild_allocate(wild_spoil *spoil);

// Allocates from a function whose return address is `pc`.
void wild_allocate_from(uintptr_t pc);

int wild_smash(void);
int wild_unload(void);

#endif
