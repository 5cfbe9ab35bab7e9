// SPDX-License-Identifier: GPL-3.0-or-later
// Counts every call of the allocator family, by itself: what traced totals are compared with.
//
// The counters live in a shared mapping of the file COUNT_FILE.PID (.1, .2 ... for later images of
// the process), so that they are there however the process ends. A forked child counts from zero
// in a file of its own; a block it inherited is foreign to it. Nothing here is shared with
// libdumpalloc, on purpose. count_preload_cxx.c has operator new and delete.
#define _GNU_SOURCE
#include "count_preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// The live blocks: open addressing, entries moved back on removal, so that a gap ends a search.
struct entry {
	uintptr_t address;
	size_t size;
	int kind;
};

enum { TABLE_BITS = sizeof(void *) == 8 ? 22 : 20, TABLE_END = 1 << TABLE_BITS };

static struct entry *table;
static struct count_file idle_counts;
static struct count_file *counts = &idle_counts;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static __thread int depth; // inside a counted call: what the C library calls itself is part of it

static void lock_take(void)
{
	while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
		sched_yield();
}

static void lock_give(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

static void complain(const char *text)
{
	if (write(2, text, strlen(text)) < 0)
		_exit(126);
	_exit(127);
}

static size_t slot_of(uintptr_t address)
{
	return (size_t)(((uint64_t)(address >> 3) * 0x9E3779B97F4A7C15u) >> (64 - TABLE_BITS));
}

static void table_add(uintptr_t address, size_t size, int kind)
{
	if (counts->field[COUNT_LIVE_BLOCKS] > TABLE_END / 2)
		complain("count_preload: too many live blocks\n");
	size_t i = slot_of(address);
	while (table[i].address && table[i].address != address)
		i = (i + 1) % TABLE_END;
	if (table[i].address)
		complain("count_preload: a live address was given out again\n");
	table[i] = (struct entry){ address, size, kind };
	counts->field[COUNT_LIVE_BLOCKS]++;
	counts->field[COUNT_LIVE_BYTES] += size;
}

static void table_remove(uintptr_t address)
{
	size_t i = slot_of(address);
	while (table[i].address && table[i].address != address)
		i = (i + 1) % TABLE_END;
	if (!table[i].address) {
		counts->field[COUNT_FOREIGN_FREES]++;
		return;
	}
	counts->field[COUNT_FREES]++;
	counts->field[COUNT_LIVE_BLOCKS]--;
	counts->field[COUNT_LIVE_BYTES] -= table[i].size;
	for (size_t next = (i + 1) % TABLE_END; table[next].address;
	     next = (next + 1) % TABLE_END) {
		size_t home = slot_of(table[next].address);
		if ((next - home) % TABLE_END >= (next - i) % TABLE_END) {
			table[i] = table[next];
			i = next;
		}
	}
	table[i].address = 0;
}

static void counts_open(void)
{
	const char *base = getenv("COUNT_FILE");
	size_t size = sizeof(struct entry) * TABLE_END;
	table = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table == MAP_FAILED)
		complain("count_preload: no memory\n");
	memset(&idle_counts, 0, sizeof idle_counts);
	counts = &idle_counts;
	int fd = -1;
	char path[4096];
	for (int image = 0; base && fd < 0 && image < 100; image++) {
		if (image == 0)
			snprintf(path, sizeof path, "%s.%ld", base, (long)getpid());
		else
			snprintf(path, sizeof path, "%s.%ld.%d", base, (long)getpid(), image);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return;
	void *page = MAP_FAILED;
	if (ftruncate(fd, sizeof *counts) == 0)
		page = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return;
	counts = page;
	counts->magic = COUNT_MAGIC;
	int comm = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	if (comm >= 0) {
		ssize_t n = read(comm, counts->program, sizeof counts->program - 1);
		counts->program[n > 0 ? n : 0] = 0;
		close(comm);
	}
}

static void counts_open_in_child(void)
{
	munmap(table, sizeof(struct entry) * TABLE_END);
	lock_give();
	counts_open();
}

static void counts_ready(void)
{
	static int is_ready;
	if (is_ready)
		return;
	is_ready = 1;
	int saved = errno;
	counts_open();
	errno = saved;
}

__attribute__((constructor)) static void start(void)
{
	counts_ready();
	pthread_atfork(NULL, NULL, counts_open_in_child);
}

void *count_real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	if (!function) {
		void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
		function = library ? dlsym(library, name) : NULL;
	}
	if (!function)
		complain("count_preload: a function is missing\n");
	return function;
}

int count_enter(void)
{
	counts_ready();
	return depth++ == 0;
}

void count_leave(void)
{
	depth--;
}

void count_block(int kind, void *block, size_t size)
{
	lock_take();
	if (block) {
		counts->field[kind]++;
		counts->field[COUNT_ALLOCATIONS]++;
		counts->field[COUNT_ALLOCATED] += size;
		table_add((uintptr_t)block, size, kind);
	} else {
		counts->field[COUNT_FAILURES]++;
	}
	lock_give();
}

void count_as_new(int kind, void *block, size_t size)
{
	if (!block || depth > 0)
		return;
	lock_take();
	size_t i = slot_of((uintptr_t)block);
	while (table[i].address && table[i].address != (uintptr_t)block)
		i = (i + 1) % TABLE_END;
	bool is_counted = table[i].address != 0;
	if (is_counted) {
		counts->field[table[i].kind]--;
		counts->field[kind]++;
		counts->field[COUNT_ALLOCATED] += size - table[i].size;
		counts->field[COUNT_LIVE_BYTES] += size - table[i].size;
		table[i].size = size;
		table[i].kind = kind;
	}
	lock_give();
	if (!is_counted)
		count_block(kind, block, size);
}

void count_free(void *block)
{
	if (!block)
		return;
	lock_take();
	table_remove((uintptr_t)block);
	lock_give();
}

#define REAL(result, name, ...)                                                                    \
	static result (*real)(__VA_ARGS__);                                                        \
	if (!real)                                                                                 \
	*(void **)&real = count_real(#name)

// Not every C library declares these.
void *pvalloc(size_t size);
void *reallocarray(void *block, size_t n, size_t size);

// An allocating function: the real call, counted when it is the outermost.
#define ALLOCATOR(kind, name, parameters, arguments, types, size)                                  \
	void *name parameters                                                                      \
	{                                                                                          \
		REAL(void *, name, types);                                                         \
		int is_outermost = count_enter();                                                  \
		void *block = real arguments;                                                      \
		if (is_outermost)                                                                  \
			count_block(kind, block, size);                                            \
		count_leave();                                                                     \
		return block;                                                                      \
	}
#define TWO_SIZES size_t, size_t

static size_t product(size_t n, size_t size)
{
	size_t bytes;
	return __builtin_mul_overflow(n, size, &bytes) ? SIZE_MAX : bytes;
}

ALLOCATOR(COUNT_MALLOC, malloc, (size_t size), (size), size_t, size)
ALLOCATOR(COUNT_VALLOC, valloc, (size_t size), (size), size_t, size)
ALLOCATOR(COUNT_PVALLOC, pvalloc, (size_t size), (size), size_t, size)
ALLOCATOR(COUNT_MEMALIGN, memalign, (size_t align, size_t size), (align, size), TWO_SIZES, size)
ALLOCATOR(COUNT_ALIGNED_ALLOC, aligned_alloc, (size_t align, size_t size), (align, size), TWO_SIZES,
	  size)
ALLOCATOR(COUNT_CALLOC, calloc, (size_t n, size_t size), (n, size), TWO_SIZES, product(n, size))

int posix_memalign(void **block, size_t align, size_t size)
{
	REAL(int, posix_memalign, void **, size_t, size_t);
	int is_outermost = count_enter();
	int error = real(block, align, size);
	if (is_outermost)
		count_block(COUNT_POSIX_MEMALIGN, error ? NULL : *block, size);
	count_leave();
	return error;
}

// The lock is held over the real call: no other thread may be given `old` before it is gone from the table.
static void count_realloc(int kind, void *old, void *block, size_t size)
{
	if (!block && old && size == 0) {
		table_remove((uintptr_t)old);
		lock_give();
		return;
	}
	if (block && old)
		table_remove((uintptr_t)old);
	lock_give();
	count_block(kind, block, size);
}

void *realloc(void *old, size_t size)
{
	REAL(void *, realloc, void *, size_t);
	int is_outermost = count_enter();
	if (is_outermost)
		lock_take();
	void *block = real(old, size);
	if (is_outermost)
		count_realloc(COUNT_REALLOC, old, block, size);
	count_leave();
	return block;
}

void *reallocarray(void *old, size_t n, size_t size)
{
	REAL(void *, reallocarray, void *, size_t, size_t);
	int is_outermost = count_enter();
	if (is_outermost)
		lock_take();
	void *block = real(old, n, size);
	if (is_outermost)
		count_realloc(COUNT_REALLOCARRAY, old, block, product(n, size));
	count_leave();
	return block;
}

void free(void *block)
{
	static void (*real)(void *);
	static bool is_searching; // dlsym frees the text of its last error
	if (is_searching)
		return;
	if (!real) {
		is_searching = true;
		*(void **)&real = count_real("free");
		is_searching = false;
	}
	if (count_enter())
		count_free(block);
	real(block);
	count_leave();
}
