// SPDX-License-Identifier: GPL-3.0-or-later
// wild SCENARIO: programs whose stacks lead nowhere while they allocate, and whose code goes away.
#include "wild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a spoiled stack needs while it is spoiled lies elsewhere.
static _Thread_local struct {
	uint32_t seed;
	wild_spoil *spoil;
	uintptr_t saved[WILD_ROOM / sizeof(uintptr_t)];
	volatile uintptr_t *words;
	size_t i;
	void *block;
	uintptr_t pc, own_pc;
} self;

uint32_t wild_draw(uint32_t n)
{
	self.seed = self.seed * 1664525u + 1013904223u;
	return (self.seed >> 8) % n;
}

// Everything from here outward is spoiled: this function's own frame may be no exception. It calls
// nothing but `spoil` before and the allocator after.
static NOINLINE void allocate_below(volatile uintptr_t *words)
{
	self.words = words;
	for (self.i = 0; self.i < WILD_ROOM / sizeof(uintptr_t); self.i++)
		self.saved[self.i] = self.words[self.i];
	self.spoil((uintptr_t *)self.words, WILD_ROOM / sizeof(uintptr_t));
	self.block = malloc(WILD_SIZE);
	for (self.i = 0; self.i < WILD_ROOM / sizeof(uintptr_t); self.i++)
		self.words[self.i] = self.saved[self.i];
	free(self.block);
}

static NOINLINE int go_inward(int n)
{
	volatile char room[WILD_ROOM / 8];

	room[n] = (char)n;
	if (n > 0)
		return go_inward(n - 1) + room[n];
	allocate_below((volatile uintptr_t *)(((uintptr_t)__builtin_frame_address(0)) &
					      ~(uintptr_t)(sizeof(uintptr_t) - 1)));
	return room[n];
}

void wild_allocate(wild_spoil *spoil)
{
	self.spoil = spoil;
	(void)go_inward(10);
}

// The slot is found by what is in it.
NOINLINE void wild_allocate_from(uintptr_t pc)
{
	enum { REACH = 64 };
	volatile uintptr_t here = 0;

	self.pc = pc;
	self.own_pc = (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
	// Some machines have their slots below a frame's variables, others above.
	self.words = __builtin_frame_address(0);
	if (self.words > &here)
		self.words = &here;
	for (self.i = 0; self.i < REACH && self.words[self.i] != self.own_pc; self.i++) {
	}
	if (self.i == REACH)
		abort();
	self.words += self.i;
	*self.words = self.pc;
	self.block = malloc(WILD_SIZE);
	*self.words = self.own_pc;
	free(self.block);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} scenarios[] = {
		{ "smash", wild_smash },
		{ "unload", wild_unload },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(argv[1], scenarios[i].name) == 0)
			return scenarios[i].run();
	}
	return 64;
}
