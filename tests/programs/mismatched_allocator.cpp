// SPDX-License-Identifier: GPL-3.0-or-later
// An allocator for programs that are linked with it: malloc, free, and the operators that are made of these.
#include <cstddef>
#include <new>

extern "C" {
void *__libc_malloc(std::size_t size);
void __libc_free(void *block);

void *malloc(std::size_t size)
{
	return __libc_malloc(size);
}

void free(void *block)
{
	__libc_free(block);
}
}

void *operator new(std::size_t size)
{
	return __libc_malloc(size);
}

void operator delete(void *block) noexcept
{
	__libc_free(block);
}

void operator delete(void *block, std::size_t) noexcept
{
	__libc_free(block);
}
