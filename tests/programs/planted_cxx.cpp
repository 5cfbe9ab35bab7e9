// SPDX-License-Identifier: GPL-3.0-or-later
// The planted defects of C++.
#include "planted.h"

#include <cstdlib>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

struct packet {
	char bytes[72];
};

// Where the compiler does not see which function made the block.
PLANTED void release(void *block)
{
	std::free(block);
}

PLANTED void release_one(char *block)
{
	delete block;
}

struct connection {
	char *buffer;

	PLANTED explicit connection(bool fails, bool is_bad)
	    : buffer(new char[400]) // planted: exception
	{
		if (!fails)
			return;
		if (!is_bad)
			delete[] buffer;
		throw std::runtime_error("refused");
	}
	PLANTED ~connection()
	{
		delete[] buffer;
	}
};

struct node {
	std::shared_ptr<node> other;
	char bytes[50];
};

std::list<std::string> history;

PLANTED size_t length_of_copy(std::vector<std::string> names)
{
	return names.size();
}

PLANTED size_t length(const std::vector<std::string> &names)
{
	return names.size();
}

} // namespace

extern "C" PLANTED void planted_mismatch(int is_bad)
{
	packet *volatile made = new packet; // planted: mismatch
	if (is_bad)
		release(made);
	else
		delete made;
}

extern "C" PLANTED void planted_array_mismatch(int is_bad)
{
	char *volatile made = new char[90]; // planted: array_mismatch
	if (is_bad)
		release_one(made);
	else
		delete[] made;
}

// All is freed when the program ends.
extern "C" PLANTED void planted_container(int is_bad)
{
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		history.push_back("x"); // planted: container
		if (!is_bad && history.size() > 10)
			history.pop_front();
	}
}

extern "C" PLANTED void planted_exception(int is_bad)
{
	for (int i = 0; i < 20; i++) {
		try {
			connection made(i % 4 == 0, is_bad);
			planted_sink = &made;
		} catch (const std::runtime_error &) {
			planted_sink = nullptr;
		}
	}
}

extern "C" PLANTED void planted_cycle(int is_bad)
{
	for (int i = 0; i < 12; i++) {
		std::shared_ptr<node> one = std::make_shared<node>(); // planted: cycle
		if (is_bad)
			one->other = one;
	}
}

// All names are there twice for a moment.
extern "C" PLANTED void planted_copy(int is_bad)
{
	std::vector<std::string> names(3000, std::string(100, 'n'));
	size_t n = 0;
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		if (i == PLANTED_ROUNDS / 2)
			n += is_bad ? length_of_copy(names) // planted: copy
				    : length(names);
	}
	planted_sink = reinterpret_cast<void *>(n);
}

// All samples ever taken, or, beside those of the start-up, which are kept, only those of the last rounds.
extern "C" PLANTED void planted_vector(int is_bad)
{
	std::vector<double> start, samples;
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		for (int k = 0; k < 25; k++) {
			samples.push_back(k); // planted: vector
			if (i < 10)
				start.push_back(k);
		}
		if (!is_bad && i % 8 == 7)
			samples = std::vector<double>();
	}
	planted_sink = start.data();
}
