// SPDX-License-Identifier: GPL-3.0-or-later
// A program that maps memory itself, cuts it, moves it and lays it over: tests/live/mapped knows what is left of each.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEPT static __attribute__((noinline, noclone))

static size_t page;
static char *volatile sink;

KEPT char *map(char *where, size_t n_pages, int flags)
{
	return mmap(where, n_pages * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

// 16 pages, of which 2 in the middle and the last are given back: 3 and 10 are left.
KEPT void cut(void)
{
	char *memory = map(NULL, 16, 0);
	munmap(memory + 3 * page, 2 * page);
	munmap(memory + 15 * page, page);
	sink = memory;
}

// 8 pages, 2 of which another mapping takes the place of: 6 and 2 are left.
KEPT void overlay(void)
{
	char *memory = map(NULL, 8, 0);
	sink = map(memory + 6 * page, 2, MAP_FIXED);
}

// 4 pages become 40.
KEPT void move(void)
{
	sink = mremap(map(NULL, 4, 0), 4 * page, 40 * page, MREMAP_MAYMOVE);
}

// A part of a page is a page.
KEPT void file(const char *path)
{
	int fd = open(path, O_RDONLY);
	sink = mmap(NULL, 100, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
}

KEPT void all(void)
{
	char *memory = map(NULL, 5, 0);
	munmap(memory, 5 * page);
}

// The allocator maps a block of this size itself, which is no mapping of the program's.
KEPT void block(void)
{
	sink = malloc(4 << 20);
	memset(sink, 1, 4 << 20);
}

// A C library may refuse to move the end of the data, as musl does.
KEPT void data(void)
{
	if (sbrk(10000) != (void *)-1) {
		sbrk(-4000);
	}
}

KEPT void refused(void)
{
	sink = mmap(NULL, SIZE_MAX - 4 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sink != MAP_FAILED || munmap((char *)page + 1, page) == 0) {
		abort();
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	page = (size_t)sysconf(_SC_PAGESIZE);
	cut();
	overlay();
	move();
	file(argv[0]);
	all();
	block();
	data();
	refused();
	printf("%zu\n", page);
	return 0;
}
