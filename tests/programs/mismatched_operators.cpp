// SPDX-License-Identifier: GPL-3.0-or-later
// Some of the C++ operators, replaced as many programs do: the C++ library's others end in them.
#include <cstdlib>
#include <new>

// As in most programs that do so, those with a size are left to the C++ library.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif

void *operator new(std::size_t size)
{
	void *block = malloc(size);

	if (block == nullptr)
		abort();
	return block;
}

void operator delete(void *block) noexcept
{
	free(block);
}
