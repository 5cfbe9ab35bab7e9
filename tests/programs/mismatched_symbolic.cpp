// SPDX-License-Identifier: GPL-3.0-or-later
// A library that has C++ operators for others, and is linked to call its own, whatever others there are.
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

extern "C" void *symbolic_new()
{
	return operator new(48);
}
