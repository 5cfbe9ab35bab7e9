// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc run: sets the environment of a traced program, and becomes it.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/inspect.h"
#include "libdumpalloc/command/locate.h"
#include "libdumpalloc/config.h"

enum { NAME_MAX_SIZE = 64 };

static const char prefix[] = "DUMPALLOC_";

// The short ways of saying some.
static const struct {
	char letter;
	const char *variable;
} letters[] = {
	{ 'o', "DUMPALLOC_FILE" },
	{ 's', "DUMPALLOC_SERVER" },
};

// DUMPALLOC_ON_FULL is --on-full.
static void option_name(const char *variable, char name[NAME_MAX_SIZE])
{
	size_t n = 0;

	for (const char *at = variable + strlen(prefix); *at != '\0' && n < NAME_MAX_SIZE - 1; at++)
		name[n++] = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
	name[n] = '\0';
}

static int help(void)
{
	const char *accepted, *variable;

	puts("usage: dumpalloc run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	     "Each option is a variable of dumpalloc(7), which it stands over:");
	for (size_t i = 0; (variable = config_variable(i, &accepted)) != NULL; i++) {
		char name[NAME_MAX_SIZE];
		const char *letter = "";
		option_name(variable, name);
		if (strcmp(variable, letters[0].variable) == 0)
			letter = "-o, ";
		else if (strcmp(variable, letters[1].variable) == 0)
			letter = "-s, ";
		printf("  %s--%s VALUE\n          %s: %s\n", letter, name, variable, accepted);
	}
	puts("  -l, --library PATH\n          libdumpalloc.so, if it is not beside this command\n"
	     "Without a file or a peer the records go to PROGRAM.PID.dump in this folder.");
	return fflush(stdout) == 0 ? 0 : COMMAND_USAGE;
}

// The place of the variable an option (n bytes, without dashes) stands for; -1: none.
static int find_variable(const char *option, size_t n)
{
	const char *accepted, *variable;

	for (size_t i = 0; (variable = config_variable(i, &accepted)) != NULL; i++) {
		char name[NAME_MAX_SIZE];
		option_name(variable, name);
		if (strlen(name) == n && memcmp(name, option, n) == 0)
			return (int)i;
	}
	return -1;
}

// By letter or name; `*value` is what stands behind the name in the same word, or NULL. "library" is -2.
enum { IS_LIBRARY = -2 };

static int find_option(const char *word, const char **value)
{
	*value = NULL;
	if (word[1] == '-') {
		size_t n = strcspn(word + 2, "=");
		if (word[2 + n] == '=')
			*value = word + 2 + n + 1;
		if (n == strlen("library") && memcmp(word + 2, "library", n) == 0)
			return IS_LIBRARY;
		return find_variable(word + 2, n);
	}
	if (word[2] != '\0')
		*value = word + 2;
	if (word[1] == 'l')
		return IS_LIBRARY;
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
		char name[NAME_MAX_SIZE];
		option_name(letters[i].variable, name);
		if (letters[i].letter == word[1])
			return find_variable(name, strlen(name));
	}
	return -1;
}

static bool take_option(const char *word, int i, const char *value, const char **library)
{
	const char *accepted;

	if (i == IS_LIBRARY) {
		*library = value;
		return true;
	}
	const char *variable = config_variable((size_t)i, &accepted);
	if (!config_accepts((size_t)i, value)) {
		command_say("%.*s %s: not understood, accepted is %s", (int)strcspn(word, "="),
			    word, value, accepted);
		return false;
	}
	return setenv(variable, value, 1) == 0;
}

// Returns the place of the program's name in argv; 0: after a line that says what is wrong.
static int take_options(int argc, char **argv, const char **library)
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; at++) {
		const char *word = argv[at], *value;
		if (strcmp(word, "--") == 0) {
			at++;
			break;
		}
		int i = find_option(word, &value);
		if (i == -1) {
			command_say("%s: no such option: see dumpalloc run --help", word);
			return 0;
		}
		if (value == NULL && at + 1 == argc) {
			command_say("%s: a value is missing", word);
			return 0;
		}
		if (!take_option(word, i, value != NULL ? value : argv[++at], library))
			return 0;
	}
	if (at < argc && argv[at][0] != '\0')
		return at;
	command_say("no program given: see dumpalloc run --help");
	return 0;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

// What is preloaded already stays, behind the library.
static bool preload(const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char *value;

	if (strpbrk(library, " :") != NULL) {
		command_say("%s: LD_PRELOAD cannot hold a name with a space or a colon: move it",
			    library);
		return false;
	}
	if (asprintf(&value, "%s%s%s", library, before != NULL && *before != '\0' ? ":" : "",
		     before != NULL ? before : "") < 0)
		return false;
	bool is_done = setenv("LD_PRELOAD", value, 1) == 0;
	free(value);
	return is_done;
}

int command_run(int argc, char **argv)
{
	const char *wanted = NULL;
	char library[LOCATE_PATH_MAX], program[LOCATE_PATH_MAX];

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return help();
	int at = take_options(argc, argv, &wanted);
	if (at == 0 || !locate_library(wanted, library))
		return COMMAND_USAGE;
	if (!locate_program(argv[at], program)) {
		bool is_there = errno == EACCES;
		command_say("%s: %s", argv[at], strerror(errno));
		return is_there ? COMMAND_NOT_RUN : COMMAND_NOT_FOUND;
	}
	struct inspection found;
	inspect(program, library, &found);
	if (found.obstacle[0] != '\0') {
		command_say("%s: %s", program, found.obstacle);
		return COMMAND_NOT_RUN;
	}
	if (!is_set("DUMPALLOC_FILE") && !is_set("DUMPALLOC_FD") && !is_set("DUMPALLOC_SERVER") &&
	    !is_set("DUMPALLOC_LISTEN")) {
		setenv("DUMPALLOC_FILE", "%e.%p.dump", 1);
		command_say("recording to %s.%ld.dump",
			    strrchr(program, '/') != NULL ? strrchr(program, '/') + 1 : program,
			    (long)getpid());
	}
	if (!preload(library))
		return COMMAND_USAGE;
	execvp(program,
	       argv + at); // it has a slash: nothing is searched, but a script without #! goes to the shell
	command_say("%s: %s", program, strerror(errno));
	return COMMAND_NOT_RUN;
}
