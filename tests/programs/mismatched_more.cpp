// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces operator new by one that asks the next one for more, and leaves to the C++ library the operator delete
// that is told a size.
#include <cstdlib>
#include <dlfcn.h>
#include <new>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif

template <typename Function> static Function next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == nullptr)
		abort();
	return reinterpret_cast<Function>(found);
}

void *operator new(std::size_t size)
{
	return next<void *(*)(std::size_t)>(sizeof(size) > 4 ? "_Znwm" : "_Znwj")(size + 16);
}

void operator delete(void *block) noexcept
{
	next<void (*)(void *)>("_ZdlPv")(block);
}

int main()
{
	for (int i = 0; i < 3; i++)
		operator delete(operator new(48), std::size_t(48));
	return 0;
}
