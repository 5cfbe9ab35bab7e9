// SPDX-License-Identifier: GPL-3.0-or-later
// readalloc: reports on the heap of a traced program.
#include "options.h"
#include "run.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

// Tables of this size and more get pages of their own, which move as they grow and go back when they are freed. The C library
// would take larger and larger ones from its heap, where what they leave behind stays.
enum { OWN_PAGES_SIZE = 256 << 10 };

static void memory_settle(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, OWN_PAGES_SIZE);
#endif
}

// A standard descriptor that is closed would be the next file that is opened. In its place is what fails as it should.
static void descriptors_settle(void)
{
	int fd;
	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == STDIN_FILENO || fd == STDOUT_FILENO || fd == STDERR_FILENO) {
			close(fd);
			fd = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0) {
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	int exit_code;
	memory_settle();
	descriptors_settle();
	if (options_parse(&options, argc, argv, &exit_code)) {
		exit_code = run(&options);
	}
	options_free(&options);
	return exit_code;
}
