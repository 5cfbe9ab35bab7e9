// SPDX-License-Identifier: GPL-3.0-or-later
// A program that is linked statically, or with OWN_MALLOC one that brings an allocator of its own.
#include <stdlib.h>

#ifdef OWN_MALLOC
void *malloc(size_t size)
{
	static char room[1 << 16];
	static size_t used;
	void *block = room + used;

	used += (size + 15) / 16 * 16;
	return used <= sizeof room ? block : NULL;
}
#endif

int main(void)
{
	return 0;
}
