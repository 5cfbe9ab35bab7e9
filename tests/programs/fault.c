// SPDX-License-Identifier: GPL-3.0-or-later
// fault SCENARIO [ARGUMENT]...: programs that made the predecessor fail, one scenario each.
#include "fault.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) void fault_leak(int n, size_t size)
{
	for (int i = 0; i < n; i++)
		kept = malloc(size);
}

void fault_say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(8);
}

void fault_say_number(const char *name, long number)
{
	char digits[24];
	size_t at = sizeof digits;
	unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;
	digits[--at] = 0;
	digits[--at] = '\n';
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		digits[--at] = '-';
	fault_say(name);
	fault_say(" ");
	fault_say(digits + at);
}

void fault_reap(int pid)
{
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		_exit(9);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		fault_scenario *run;
	} scenarios[] = {
#define X(name) { #name, fault_##name },
		FAULT_LIST(X)
#undef X
	};
	for (size_t i = 0; argc > 1 && i < sizeof scenarios / sizeof *scenarios; i++) {
		if (strcmp(argv[1], scenarios[i].name) == 0)
			return scenarios[i].run(argc - 2, argv + 2);
	}
	return 64;
}
