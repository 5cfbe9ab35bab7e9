// SPDX-License-Identifier: GPL-3.0-or-later
// What mismatched_static loads: it has the operators of the shared C++ library.
#include <cstdlib>
#include <new>

extern "C" void *plugin_array()
{
	return operator new[](48);
}

extern "C" void plugin_delete(void *block)
{
	operator delete(block);
}

extern "C" void *plugin_malloc()
{
	return malloc(48);
}

// Wrong, whatever the program is.
extern "C" void plugin_mistakes()
{
	operator delete(operator new[](48));
	operator delete(malloc(48));
}
