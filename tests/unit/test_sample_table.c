// SPDX-License-Identifier: GPL-3.0-or-later
// The table of sampled blocks, by one thread and by many.
#define _GNU_SOURCE
#include "libdumpalloc/sample_table.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { STEP = 48, BASE = 0x10000, THREADS = 4, BLOCKS = 500, ROUNDS = 200 };

static uintptr_t block_at(size_t i)
{
	return BASE + i * STEP;
}

static void blocks_are_found_until_they_are_removed(void)
{
	CHECK(sample_table_start());
	for (size_t i = 0; i < 1000; i++)
		CHECK(sample_table_add(block_at(i)));
	for (size_t i = 0; i < 1000; i++)
		CHECK(sample_table_may_have(block_at(i)) && sample_table_has(block_at(i)));
	for (size_t i = 1000; i < 3000; i++)
		CHECK(!sample_table_has(block_at(i)) && !sample_table_remove(block_at(i)));
	for (size_t i = 0; i < 1000; i++) {
		CHECK(sample_table_remove(block_at(i)));
		CHECK(!sample_table_has(block_at(i)) && !sample_table_remove(block_at(i)));
	}
	for (size_t i = 0; i < 1000; i++)
		CHECK(!sample_table_may_have(block_at(i)));
}

static void few_blocks_are_taken_for_others(void)
{
	size_t n = 0;

	CHECK(sample_table_start());
	for (size_t i = 0; i < 200; i++)
		sample_table_add(block_at(i * 7));
	for (size_t i = 0; i < 10000; i++)
		n += sample_table_may_have(block_at(100000 + i));
	CHECK(n < 10000 / 80);
}

static size_t pages_touched(const void *start, size_t size)
{
	enum { PAGES_MAX = 256 };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)start / page * page;
	unsigned char is_there[PAGES_MAX] = { 0 };
	size_t n = ((uintptr_t)start + size - first + page - 1) / page, touched = 0;

	CHECK(n <= PAGES_MAX && mincore((void *)first, n * page, is_there) == 0);
	for (size_t i = 0; i < n; i++)
		touched += is_there[i] & 1;
	return touched;
}

static void few_blocks_touch_few_pages(void)
{
	CHECK(sample_table_start());
	for (size_t i = 0; i < 250; i++)
		CHECK(sample_table_add(block_at(i * 7)));
	CHECK(pages_touched(sample_table, sizeof(*sample_table)) <= 4);
}

// What a program releases together costs it one line of the cache.
static void counts_of_a_page_lie_in_one_line(void)
{
	const uintptr_t page = 0x70012000;

	for (uintptr_t at = 0; at < 4096; at += 16) {
		CHECK_EQ(sample_count_of(page + at) >> SAMPLE_LINE_BITS,
			 sample_count_of(page) >> SAMPLE_LINE_BITS);
		CHECK(at == 0 || at == 2048 || sample_count_of(page + at) != sample_count_of(page));
		CHECK(sample_count_of(page + at) < 1 << SAMPLE_COUNT_BITS);
		CHECK_EQ(sample_count_beside(page + at) >> SAMPLE_LINE_BITS,
			 sample_count_of(page) >> SAMPLE_LINE_BITS);
	}
}

static void a_full_table_refuses(void)
{
	size_t n = 0;

	CHECK(sample_table_start());
	for (size_t i = 0; i < 2 << SAMPLE_SLOT_BITS; i++)
		n += sample_table_add(block_at(i));
	CHECK(n > 3 << SAMPLE_SLOT_BITS >> 2 && n <= 1 << SAMPLE_SLOT_BITS);
	// Counts that have been the greatest stay, the blocks do not.
	for (size_t i = 0; i < 2 << SAMPLE_SLOT_BITS; i++)
		n -= sample_table_remove(block_at(i));
	CHECK_EQ(n, 0);
}

static void *work(void *argument)
{
	size_t first = *(const size_t *)argument, n_wrong = 0;

	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < BLOCKS; i++)
			n_wrong += !sample_table_add(block_at(first + i));
		for (size_t i = 0; i < BLOCKS; i++)
			n_wrong += !sample_table_may_have(block_at(first + i)) ||
				   !sample_table_remove(block_at(first + i));
	}
	return n_wrong != 0 ? argument : NULL;
}

static void threads_do_not_lose_each_others_blocks(void)
{
	pthread_t threads[THREADS];
	size_t first[THREADS];

	CHECK(sample_table_start());
	for (size_t i = 0; i < THREADS; i++) {
		first[i] = i * BLOCKS;
		CHECK_EQ(pthread_create(&threads[i], NULL, work, &first[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		CHECK(wrong == NULL);
	}
	for (size_t i = 0; i < (size_t)THREADS * BLOCKS; i++)
		CHECK(!sample_table_may_have(block_at(i)));
}

static void a_child_begins_with_an_empty_table(void)
{
	int status = -1;

	CHECK(sample_table_start() && sample_table_add(block_at(1)));
	pid_t child = fork();
	if (child == 0)
		_exit(!sample_table_start() || sample_table_may_have(block_at(1)));
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(sample_table_has(block_at(1)));
}

int main(void)
{
	blocks_are_found_until_they_are_removed();
	few_blocks_are_taken_for_others();
	few_blocks_touch_few_pages();
	counts_of_a_page_lie_in_one_line();
	a_full_table_refuses();
	threads_do_not_lose_each_others_blocks();
	a_child_begins_with_an_empty_table();
	return check_result();
}
