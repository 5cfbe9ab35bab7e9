// SPDX-License-Identifier: LGPL-2.1-or-later
// A crash handler that leaves the call stack and the mappings, for who has the files of the program but no core file.
#define _POSIX_C_SOURCE 200809L
#include <dumpalloc.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void crashed(int number)
{
	dumpalloc_backtrace(STDERR_FILENO);
	raise(number); // which is not caught again, and ends the program
}

__attribute__((noinline)) static void header_parse(const char *header)
{
	if (header[0] != 'H')
		raise(SIGABRT); // as an assertion does
}

int main(void)
{
	struct sigaction action = { .sa_handler = crashed, .sa_flags = (int)SA_RESETHAND };
	char *header = calloc(1, 100);

	sigaction(SIGABRT, &action, NULL);
	if (header)
		header_parse(header);
	free(header);
	return 0;
}
