// SPDX-License-Identifier: GPL-3.0-or-later
// C++ frames: exceptions through cleanups and handlers, destructors, virtual and indirect calls.
#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "walks.h"

namespace
{

struct Guard {
	explicit Guard(int n) : value(n)
	{
		walks_use(value);
	}
	NOINLINE ~Guard()
	{
		walks_use(value);
	}
	int value;
};

struct Shape {
	virtual ~Shape()
	{
		walks_use(1);
	}
	virtual int area(int n) = 0;
};

struct Square : Shape {
	NOINLINE int area(int n) override
	{
		walks_use(n);
		return n * n;
	}
};

struct Tower : Shape {
	NOINLINE int area(int n) override
	{
		std::vector<int> levels(static_cast<size_t>(n) + 1, n);

		walks_use(n);
		return n == 0 ? 0 : area(n - 1) + levels[0];
	}
};

// The call is the last instruction: its return address is behind the function.
NOINLINE __attribute__((noreturn)) void fail(int n)
{
	std::string text(static_cast<size_t>(n) + 20, 'x');

	walks_use(n);
	throw std::runtime_error(text);
}

NOINLINE int descend(int n)
{
	Guard guard(n);
	std::string name(static_cast<size_t>(n) + 17, 'n');

	if (n < 0)
		return n;
	if (n == 0)
		fail(n);
	return descend(n - 1) + guard.value + static_cast<int>(name.size());
}

NOINLINE int rethrow(int n)
{
	try {
		Guard guard(n);
		return n == 0 ? descend(3) : rethrow(n - 1) + guard.value;
	} catch (const std::logic_error &) {
		return 1;
	} catch (...) {
		walks_use(n);
		throw;
	}
}

NOINLINE int sort_and_call(const std::function<int(int)> &call)
{
	std::vector<std::string> words;

	for (int i = 0; i < 8; i++)
		words.push_back(std::string(static_cast<size_t>(i * 7 % 5) + 18, 'w'));
	std::sort(words.begin(), words.end(), [](const std::string &a, const std::string &b) {
		walks_use(2);
		return a + "x" < b;
	});
	return call(static_cast<int>(words.size()));
}

} // namespace

void walks_cxx(void)
{
	Square square;
	Tower tower;
	Shape *shapes[] = { &square, &tower };

	for (Shape *shape : shapes)
		walks_sum = walks_sum + shape->area(4);
	for (int i = 0; i < 3; i++) {
		try {
			walks_sum = walks_sum + rethrow(i);
		} catch (const std::exception &error) {
			walks_use(error.what()[0] & 15);
		}
	}
	walks_sum = walks_sum + sort_and_call([&](int n) {
			    walks_use(n);
			    return tower.area(n / 2);
		    });
}
