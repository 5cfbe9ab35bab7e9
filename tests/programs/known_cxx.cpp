// SPDX-License-Identifier: GPL-3.0-or-later
// The C++ part of the known program: every form of operator new and delete.
#include "known.h"

#include <cstdint>
#include <new>
#include <vector>

namespace known
{

struct blob {
	char bytes[24];
};

struct alignas(64) wide {
	char bytes[128];
};

template <typename T> static KNOWN T *keep(T *block)
{
	known_sink = block;
	return block;
}

static KNOWN void plain()
{
	keep(new blob);
	delete keep(new blob);
	keep(new blob);
}

static KNOWN void array()
{
	keep(new char[100]);
	delete[] keep(new char[200]);
	delete[] keep(new char[0]);
}

static KNOWN void nothrow()
{
	keep(new (std::nothrow) blob);
	keep(new (std::nothrow) char[60]);
}

static KNOWN void aligned()
{
	wide *one = keep(new wide);
	known_check(reinterpret_cast<std::uintptr_t>(one) % 64 == 0, "aligned new aligns");
	wide *many = keep(new wide[3]);
	known_check(reinterpret_cast<std::uintptr_t>(many) % 64 == 0, "aligned new[] aligns");
	delete one;
}

static KNOWN void sized()
{
	void *block = keep(::operator new(500));
	::operator delete(block, std::size_t(500));
	block = keep(::operator new[](600));
	::operator delete[](block, std::size_t(600));
}

static KNOWN void grow()
{
	std::vector<char> bytes;
	bytes.reserve(100);
	bytes.reserve(300);
}

// The exception is allocated in libstdc++, with a size of its own choice; nothrow new catches one, too.
static KNOWN void outer_nothrow()
{
	known_check(!keep(::operator new[](known_huge + 1, std::nothrow)),
		    "nothrow new gives a null pointer");
}

static KNOWN void outer_throw()
{
	bool is_caught = false;
	try {
		keep(::operator new(known_huge + 1));
	} catch (const std::bad_alloc &) {
		is_caught = true;
	}
	known_check(is_caught, "new throws std::bad_alloc");
}

} // namespace known

void known_cxx(void)
{
	known::plain();
	known::array();
	known::nothrow();
	known::aligned();
	known::sized();
	known::grow();
	known::outer_nothrow();
	known::outer_throw();
}
