// SPDX-License-Identifier: GPL-3.0-or-later
// wild smash: allocates while the words of the innermost 16 KiB of frames are others than they should be.
#include "wild.h"

#include <stdio.h>

enum {
	ROUNDS = 600,
	FORMS = 7,
};

static uint32_t form; // FORMS: all of them mixed

// What a return address, a frame pointer or anything else may have become.
static uintptr_t wild_word(const uintptr_t *words, size_t n_words, size_t i, uint32_t of_form)
{
	uintptr_t code = (uintptr_t)wild_draw;

	switch (of_form) {
	case 0: // any number
		return wild_draw(1 << 16) * (UINTPTR_MAX / 0xffff);
	case 1: // a place in the stack, aligned or not
		return (uintptr_t)words + wild_draw((uint32_t)(n_words * sizeof(*words)));
	case 2: // itself: a frame that is its own caller's
		return (uintptr_t)&words[i];
	case 3: // a place in the program's code
		return code + wild_draw(512);
	case 4: // another word: return addresses where none were
		return words[wild_draw((uint32_t)n_words)];
	case 5: // inward
		return (uintptr_t)&words[i > 8 ? i - wild_draw(8) : 0];
	default:
		return 0;
	}
}

static void spoil(uintptr_t *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++) {
		uint32_t of_form = form < FORMS ? form : wild_draw(FORMS);

		// Some words are left, so that walks come further.
		if (form == FORMS && wild_draw(4) != 0)
			continue;
		words[i] = wild_word(words, n_words, i, of_form);
	}
}

int wild_smash(void)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		form = round % (2 * FORMS);
		form = form < FORMS ? form : FORMS;
		wild_allocate(spoil);
	}
	printf("%d blocks\n", ROUNDS);
	return 0;
}
