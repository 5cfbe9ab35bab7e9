// SPDX-License-Identifier: GPL-3.0-or-later
// What other heap profilers are to say the same of: one thread, every size known, the highest moment in peak().
#include <cstdlib>
#include <cstring>

enum { N_BETWEEN = 3 };

static void *volatile sink;

__attribute__((noinline)) static void leak()
{
	for (int i = 0; i < 7; i++) {
		sink = std::malloc(40 + static_cast<std::size_t>(i));
		sink = new char[300];
	}
}

__attribute__((noinline)) static void temporary()
{
	for (int i = 0; i < 100; i++) {
		sink = std::calloc(3, 50);
		std::free(sink);
		int *number = new int(i);
		sink = number;
		delete number;
	}
}

// Temporary here; not to heaptrack, as another block is released before.
__attribute__((noinline)) static void between()
{
	for (int i = 0; i < N_BETWEEN; i++) {
		void *first = std::malloc(60);
		void *second = std::malloc(70);
		sink = first;
		std::free(first);
		sink = second;
		std::free(second);
	}
}

__attribute__((noinline)) static void grow()
{
	void *block = nullptr;
	for (std::size_t size = 10; size < 5000; size *= 3) {
		block = std::realloc(block, size);
		sink = block;
		std::memset(block, 1, size);
	}
	std::free(block);
}

__attribute__((noinline)) static void peak()
{
	void *blocks[20];
	for (void *&block : blocks) {
		block = std::malloc(10000);
		sink = block;
	}
	for (void *block : blocks) {
		std::free(block);
	}
}

int main()
{
	leak();
	temporary();
	between();
	grow();
	peak();
	return 0;
}
