// SPDX-License-Identifier: GPL-3.0-or-later
// A library that has C++ operators for others, and is linked to call its own, whatever others there are.
#include <new>

extern "C" void *symbolic_new()
{
	return operator new(48);
}
