// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces some of the C++ operators (mismatched_operators.cpp), and releases by others too.
#include <cstddef>
#include <new>

int main()
{
	for (int i = 0; i < 3; i++) {
		operator delete(operator new(48));
		operator delete(operator new(48), std::size_t(48));
		operator delete[](operator new[](48));
	}
	return 0;
}
