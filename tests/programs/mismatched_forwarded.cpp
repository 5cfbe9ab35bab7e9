// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces operators by others: arrays by those of single objects, aligned ones by those without an alignment,
// and these by a malloc that they leave for. Sizes and nothrow are left to the C++ library.
#include <cstdlib>
#include <new>
#include <string>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif

#ifdef FORWARD_TO_MALLOC
void *operator new(std::size_t size)
{
	return malloc(size);
}

void operator delete(void *block) noexcept
{
	free(block);
}
#else
void *operator new[](std::size_t size)
{
	return operator new(size);
}

void operator delete[](void *block) noexcept
{
	operator delete(block);
}

void *operator new(std::size_t size, std::align_val_t alignment)
{
	return operator new(size + static_cast<std::size_t>(alignment));
}

void operator delete(void *block, std::align_val_t) noexcept
{
	operator delete(block);
}
#endif

int main()
{
	constexpr std::align_val_t alignment{ 16 };

	for (int i = 0; i < 3; i++) {
		operator delete[](operator new[](48), std::size_t(48));
		operator delete[](operator new[](48, std::nothrow));
		operator delete(operator new(48, alignment), std::size_t(48), alignment);
		operator delete(operator new(48, alignment, std::nothrow), alignment);
		std::string text(20, 'x');
		text.reserve(1000); // allocated in the library
	}
	return 0;
}
