// SPDX-License-Identifier: GPL-3.0-or-later
// A program with C++ operators of its own (-static-libstdc++), and a library with those of the shared C++ library: blocks of
// each are released by the other, which is right.
#include <dlfcn.h>
#include <new>
#include <stdexcept>
#include <string>

static void *function(void *library, const char *name)
{
	void *found = dlsym(library, name);

	if (found == nullptr)
		throw std::runtime_error("no function " + std::string(name));
	return found;
}

int main(int argc, char **argv)
{
	std::string directory = argv[0];

	directory.resize(directory.rfind('/'));
	try {
		void *library = dlopen((directory + "/libmismatched_plugin.so").c_str(), RTLD_NOW);
		auto make = reinterpret_cast<void *(*)()>(function(library, "plugin_array"));
		auto release =
			reinterpret_cast<void (*)(void *)>(function(library, "plugin_delete"));

		for (int i = 0; i < 3; i++) {
			operator delete[](make());
			release(operator new(48));
		}
		if (argc == 2)
			reinterpret_cast<void (*)()>(function(library, "plugin_mistakes"))();
	} catch (const std::exception &) {
		return 1;
	}
	return 0;
}
