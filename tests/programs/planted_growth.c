// SPDX-License-Identifier: GPL-3.0-or-later
// The planted defects that are buffers which grow, some of them by doubling.
#include "planted.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 37 };

struct text {
	char *bytes;
	size_t n, room;
};

static PLANTED void text_reserve(struct text *text, size_t n)
{
	if (text->n + n <= text->room)
		return;
	text->room = text->room ? text->room * 2 : 2 * n;
	text->bytes = realloc(text->bytes, text->room); // planted: journal
	if (!text->bytes)
		_exit(3);
}

static PLANTED void text_add(struct text *text, size_t n)
{
	text_reserve(text, n);
	memset(text->bytes + text->n, 'j', n);
	text->n += n;
}

// All that was ever said, or what was said since it was written last. It is freed in the end.
void planted_journal(int is_bad)
{
	struct text journal = { 0 };
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		for (size_t k = 0; k < 10; k++)
			text_add(&journal, LINE);
		if (!is_bad)
			journal.n = 0;
	}
	free(journal.bytes);
}

// A picture that is ever larger. None is kept, but there is one for all but a moment.
void planted_picture(int is_bad)
{
	char *picture = NULL;
	for (size_t i = 0; i < PLANTED_ROUNDS; i++) {
		if (!is_bad)
			free(picture);
		picture = malloc(1000 + i * 100); // planted: picture
		planted_sink = picture;
		planted_round();
	}
	free(picture);
}
