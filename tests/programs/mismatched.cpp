// SPDX-License-Identifier: GPL-3.0-or-later
// One block for each way to release it, all made in one of the ways that there are: mismatched MAKER. Those that tell a size tell
// a wrong one: mismatched MAKER wrong.
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

#define APART extern "C" __attribute__((noinline))

// A wrong size is one for which an allocator might have made the same block.
enum { SIZE = 48, WRONG_SIZE = 44, ALIGNMENT = 64 };

static const auto alignment = std::align_val_t(ALIGNMENT);

// Each is a frame of its own.
static void *volatile sink;

#define MAKER(name, expression)                                                                    \
	APART void *make_##name()                                                                  \
	{                                                                                          \
		void *block = expression;                                                          \
		sink = block;                                                                      \
		return block;                                                                      \
	}
#define RELEASER(name, expression)                                                                 \
	APART void release_##name(void *block)                                                     \
	{                                                                                          \
		sink = block;                                                                      \
		expression;                                                                        \
		sink = nullptr;                                                                    \
	}

static void *aligned_by_posix()
{
	void *block = nullptr;

	return posix_memalign(&block, ALIGNMENT, SIZE) == 0 ? block : nullptr;
}

#define MAKERS(X)                                                                                  \
	X(malloc, malloc(SIZE))                                                                    \
	X(calloc, calloc(1, SIZE))                                                                 \
	X(realloc, realloc(nullptr, SIZE))                                                         \
	X(memalign, memalign(ALIGNMENT, SIZE))                                                     \
	X(posix_memalign, aligned_by_posix())                                                      \
	X(aligned_alloc, aligned_alloc(ALIGNMENT, ALIGNMENT))                                      \
	X(strdup, strdup("a text that is allocated"))                                              \
	X(new, operator new(SIZE))                                                                 \
	X(new_nothrow, operator new(SIZE, std::nothrow))                                           \
	X(new_aligned, operator new(SIZE, alignment))                                              \
	X(new_aligned_nothrow, operator new(SIZE, alignment, std::nothrow))                        \
	X(array, operator new[](SIZE))                                                             \
	X(array_nothrow, operator new[](SIZE, std::nothrow))                                       \
	X(array_aligned, operator new[](SIZE, alignment))                                          \
	X(array_aligned_nothrow, operator new[](SIZE, alignment, std::nothrow))

#define RELEASERS(X)                                                                               \
	X(free, free(block))                                                                       \
	X(realloc, free(realloc(block, static_cast<size_t>(4) * SIZE)))                            \
	X(delete, operator delete(block))                                                          \
	X(delete_sized, operator delete(block, static_cast<size_t>(SIZE)))                         \
	X(delete_nothrow, operator delete(block, std::nothrow))                                    \
	X(delete_aligned, operator delete(block, alignment))                                       \
	X(delete_aligned_sized, operator delete(block, static_cast<size_t>(SIZE), alignment))      \
	X(array, operator delete[](block))                                                         \
	X(array_sized, operator delete[](block, static_cast<size_t>(SIZE)))                        \
	X(array_nothrow, operator delete[](block, std::nothrow))                                   \
	X(array_aligned, operator delete[](block, alignment))                                      \
	X(array_aligned_sized, operator delete[](block, static_cast<size_t>(SIZE), alignment))

#define WRONG_RELEASERS(X)                                                                         \
	X(delete_wrong, operator delete(block, static_cast<size_t>(WRONG_SIZE)))                   \
	X(delete_aligned_wrong, operator delete(block, static_cast<size_t>(WRONG_SIZE),            \
						alignment))                                        \
	X(array_wrong, operator delete[](block, static_cast<size_t>(WRONG_SIZE)))                  \
	X(array_aligned_wrong, operator delete[](block, static_cast<size_t>(WRONG_SIZE), alignment))

MAKERS(MAKER)
RELEASERS(RELEASER)
WRONG_RELEASERS(RELEASER)

static const struct {
	const char *name;
	void *(*make)();
} makers[] = {
#define X(name, expression) { #name, make_##name },
	MAKERS(X)
#undef X
};

static void (*const releasers[])(void *) = {
#define X(name, expression) release_##name,
	RELEASERS(X)
};

static void (*const wrong_releasers[])(void *) = { WRONG_RELEASERS(X)
#undef X
};

int main(int argc, char **argv)
{
	for (const auto &maker : makers) {
		if (argc < 2 || strcmp(argv[1], maker.name) != 0)
			continue;
		if (argc == 2) {
			for (auto *release : releasers)
				release(maker.make());
		} else {
			for (auto *release : wrong_releasers)
				release(maker.make());
		}
		return 0;
	}
	return 64;
}
