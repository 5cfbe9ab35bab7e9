// SPDX-License-Identifier: GPL-3.0-or-later
// Calls of two functions that compilers make one instruction of, which a jump leads to behind another's load of its
// register: anet's servers in redis are called so on MIPS.
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 100 };

void *merged_first(int *place, int n, const char *name);
void *merged_second(int *place, int n, const char *name);
void merged_choose(int *places, int n, const char *const *names);

static void *volatile kept;

__attribute__((noinline)) void *merged_first(int *place, int n, const char *name)
{
	kept = malloc((size_t)n + strlen(name));
	*place = n;
	return kept;
}

__attribute__((noinline)) void *merged_second(int *place, int n, const char *name)
{
	kept = malloc((size_t)n + strlen(name) + 1000);
	*place = n + 1;
	return kept;
}

__attribute__((noinline)) void merged_choose(int *places, int n, const char *const *names)
{
	for (int i = 0; i < n; i++) {
		const char *name = names[i];
		void *block;
		if (strchr(name, ':') != NULL)
			block = merged_first(places + i, n, name);
		else
			block = merged_second(places + i, n, name);
		if (block == NULL)
			abort();
		free(block);
	}
}

int main(void)
{
	static const char *const names[] = { "a", "b:", "c", ":d" };
	int places[4];

	for (int i = 0; i < ROUNDS; i++)
		merged_choose(places, 4, names);
	return 0;
}
