// SPDX-License-Identifier: GPL-3.0-or-later
// A program to be killed at any moment, which counts what it has finished where its killer can see it.
#include "fault.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { N_THREADS_MAX = 8, SIZE_FIRST = 1000, TIME_LIMIT = 100 };

// The counter page, a file. Each count is raised after the call has returned, before the next.
struct page {
	_Atomic uint32_t one; // tells the byte order
	struct count {
		_Alignas(64) _Atomic uint32_t n_blocks;
		_Atomic uint32_t n_frees;
	} threads[N_THREADS_MAX];
};

static struct page *page;

static void count_one(_Atomic uint32_t *count)
{
	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1,
			      memory_order_release);
}

// Thread I allocates blocks of SIZE_FIRST + I bytes.
static void *count_for_ever(void *argument)
{
	struct count *count = argument;
	size_t size = (size_t)(SIZE_FIRST + (count - page->threads));

	for (;;) {
		char *volatile block = malloc(size);
		count_one(&count->n_blocks);
		free(block);
		count_one(&count->n_frees);
		block = malloc(size);
		count_one(&count->n_blocks);
		block = realloc(block, size);
		count_one(&count->n_blocks);
		free(block);
		count_one(&count->n_frees);
	}
	return NULL;
}

// counted FILE N: N threads, the first one included, until somebody ends it.
int fault_counted(int argc, char **argv)
{
	pthread_t thread;
	int n = argc > 1 ? atoi(argv[1]) : 0;
	int fd = argc > 1 ? open(argv[0], O_RDWR | O_CREAT, 0666) : -1;
	if (n < 1 || n > N_THREADS_MAX || fd < 0 || ftruncate(fd, sizeof *page) != 0)
		return 64;
	page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return 1;
	alarm(TIME_LIMIT); // should the killer never come
	atomic_store(&page->one, 1);
	for (int i = 1; i < n; i++) {
		if (pthread_create(&thread, NULL, count_for_ever, &page->threads[i]) != 0)
			return 1;
	}
	count_for_ever(&page->threads[0]);
	return 0;
}
