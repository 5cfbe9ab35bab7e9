// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells the phases of a program apart: tags and a snapshot between them, a thread's name, and a part that is not recorded.
#include <dumpalloc.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

static std::vector<std::string> config_read()
{
	std::vector<std::string> lines;
	for (int i = 0; i < 10; i++)
		lines.push_back("a line that is too long to be kept in the string itself");
	return lines;
}

static char *volatile request; // compilers may leave out a new that nobody sees

// Each but the last one is kept for ever.
static void requests_serve()
{
	dumpalloc_name_thread("requests");
	for (int i = 0; i < 4; i++) {
		dumpalloc_tagf("request %d", i);
		request = new char[1000];
		if (i == 3)
			delete[] request;
	}
}

int main()
{
	dumpalloc_tag("config");
	std::vector<std::string> config = config_read();
	dumpalloc_snapshot("configured");

	dumpalloc_tag("requests");
	std::thread(requests_serve).join();
	dumpalloc_tag("cache");

	dumpalloc_disable();
	std::vector<char> cache(50000); // known, and of no interest
	dumpalloc_enable();
	std::printf("%zu lines, %zu bytes\n", config.size(), cache.size());
	return 0;
}
