// SPDX-License-Identifier: GPL-3.0-or-later
// A library that the known program opens, uses and closes; built twice, so that the second takes the first's addresses.
#include <stdlib.h>

// Defined by the build: the function's name, the number of blocks and the bytes of each.
void PLUGIN_FUNCTION(void);

static void *volatile kept;

__attribute__((noinline)) void PLUGIN_FUNCTION(void)
{
	for (int i = 0; i < PLUGIN_BLOCKS; i++)
		kept = malloc(PLUGIN_BYTES);
}
