// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces some of the C++ operators, as many do: the C++ library's others end in them.
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

int main()
{
	for (int i = 0; i < 3; i++) {
		operator delete(operator new(48));
		operator delete(operator new(48), std::size_t(48));
		operator delete[](operator new[](48));
	}
	return 0;
}
