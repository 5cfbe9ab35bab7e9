// SPDX-License-Identifier: GPL-3.0-or-later
// A program that has 24 MiB in use for a while: it says when, and goes on when it is told to by a line.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 24 << 20 };

static void await(const char *stage)
{
	puts(stage);
	fflush(stdout);
	while (getchar() != '\n' && !feof(stdin)) {
	}
}

int main(void)
{
	await("few");
	char *block = malloc(BYTES);
	if (!block) {
		return 2;
	}
	memset(block, 1, BYTES);
	await("many");
	free(block);
	await("few again");
	return 0;
}
