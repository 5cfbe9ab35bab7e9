// SPDX-License-Identifier: GPL-3.0-or-later
// A program linked with an allocator (mismatched_allocator.cpp): two right releases, and two wrong ones.
#include <cstdlib>
#include <new>

int main()
{
	operator delete(operator new(48));
	free(malloc(48));
	free(operator new(48));
	operator delete(malloc(48));
	return 0;
}
