// SPDX-License-Identifier: GPL-3.0-or-later
// Allocates from frames of every shape a walker must step out of.
#include "walks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

volatile int walks_sum;

NOINLINE void walks_use(int n)
{
	void *volatile block = malloc((size_t)(unsigned char)n + 1);

	free(block);
	walks_sum = walks_sum + n;
}

static void *work(void *unused)
{
	walks_shapes();
	walks_callbacks();
	if (walks_cxx != NULL)
		walks_cxx();
	return unused;
}

int main(int count, char **arguments)
{
	int rounds = count > 1 ? atoi(arguments[1]) : 1;
	pthread_attr_t attributes;
	pthread_t threads[2];

	for (int i = 0; i < rounds; i++)
		work(NULL);
	walks_jumps();
	// Some frames are larger than all of a thread's stack in musl.
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], &attributes, work, NULL) != 0)
			return 1;
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	puts("done");
	return 0;
}
