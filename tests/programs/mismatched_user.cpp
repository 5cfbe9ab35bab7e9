// SPDX-License-Identifier: GPL-3.0-or-later
// Releases by the C++ operator that comes first what a library's own operator has made (mismatched_symbolic.cpp).
#include <new>

extern "C" void *symbolic_new();

int main()
{
	for (int i = 0; i < 3; i++)
		operator delete(symbolic_new());
	return 0;
}
