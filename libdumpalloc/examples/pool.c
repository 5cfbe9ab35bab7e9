// SPDX-License-Identifier: LGPL-2.1-or-later
// An allocator of the program's own, which hands out parts of one block: its users show in the reports as those of malloc do.
#include <dumpalloc.h>

#include <stdio.h>
#include <stdlib.h>

struct pool {
	size_t used, size;
	char *memory;
};

static int pool_create(struct pool *pool, size_t size)
{
	*pool = (struct pool){ .size = size, .memory = malloc(size) };
	if (!pool->memory)
		return 0;
	dumpalloc_pool_create(pool, "messages");
	return 1;
}

static void *pool_alloc(struct pool *pool, size_t size)
{
	if (size > pool->size - pool->used)
		return NULL;
	void *block = pool->memory + pool->used;
	pool->used += size;
	dumpalloc_pool_alloc(pool, block, size);
	return block;
}

static void pool_free(struct pool *pool, void *block)
{
	dumpalloc_pool_free(pool, block); // its memory stays the pool's
}

static void pool_destroy(struct pool *pool)
{
	dumpalloc_pool_destroy(pool);
	free(pool->memory);
}

int main(void)
{
	struct pool pool;
	if (!pool_create(&pool, 10000))
		return 1;
	for (size_t i = 0; i < 8; i++) {
		void *message = pool_alloc(&pool, 100);
		if (message && i % 2 == 0)
			pool_free(&pool, message);
	}
	printf("%zu bytes of the pool are used\n", pool.used);
	pool_destroy(&pool);
	return 0;
}
