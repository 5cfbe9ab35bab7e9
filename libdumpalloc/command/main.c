// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc, the command for the target: traces a program, or says whether tracing will work.
#include <stdio.h>
#include <string.h>

#include "libdumpalloc/command/command.h"

static const struct command {
	const char *name;
	const char *arguments;
	const char *title; // NULL: not for people
	command_function *function;
} commands[] = {
	{ "run", "[OPTION]... [--] PROGRAM [ARGUMENT]...", "traces a program", command_run },
	{ "doctor", "PROGRAM", "says whether a program can be traced", command_doctor },
	{ "selftest", "", "checks on this very device that all parts work", command_selftest },
	{ "status", "PID|SOCKET", "what a traced process records, and where to", command_order },
	{ "enable", "PID|SOCKET", "records its allocations again", command_order },
	{ "disable", "PID|SOCKET", "records them no more, only frees", command_order },
	{ "tag", "PID|SOCKET TEXT...", "puts a text between its events", command_order },
	{ "snapshot", "PID|SOCKET [NAME]", "marks a moment to report on", command_order },
	{ "flush", "PID|SOCKET", "waits until all is with the file or the peer", command_order },
	{ "selftest-child", "", NULL, command_selftest_child },
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static int help(void)
{
	puts("usage: dumpalloc COMMAND ...");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (commands[i].title != NULL)
			printf("  dumpalloc %s %s\n          %s\n", commands[i].name,
			       commands[i].arguments, commands[i].title);
	}
	puts("  dumpalloc --help | --version");
	puts("`dumpalloc run --help` lists the options of a run.");
	return fflush(stdout) == 0 ? 0 : COMMAND_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help();
	if (strcmp(name, "--version") == 0) {
		puts("dumpalloc " DUMPALLOC_VERSION);
		return fflush(stdout) == 0 ? 0 : COMMAND_USAGE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].function(argc - 1, argv + 1);
	}
	if (*name == '\0')
		command_say("no command given: see dumpalloc --help");
	else
		command_say("%s: no such command: see dumpalloc --help", name);
	return COMMAND_USAGE;
}
