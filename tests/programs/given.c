// SPDX-License-Identifier: GPL-3.0-or-later
// A program that the C library gives blocks to: each by a function of its own, and kept. tests/live/given knows them all.
#define _GNU_SOURCE
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define KEPT static __attribute__((noinline, noclone))

static void *volatile given;

KEPT void by_strdup(void)
{
	given = strdup("a name of 20 letters");
}

KEPT void by_strndup(void)
{
	given = strndup("a name of 20 letters", 15);
}

KEPT void by_wcsdup(void)
{
	given = wcsdup(L"wide");
}

// Longer than what the library begins with.
KEPT void by_asprintf(void)
{
	char *text;
	given = asprintf(&text, "%0300d", 1) > 0 ? text : NULL;
}

KEPT void by_vasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, format);
	given = vasprintf(&text, format, arguments) > 0 ? text : NULL;
	va_end(arguments);
}

KEPT void by_getline(FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	given = getline(&line, &size, file) > 0 ? line : NULL;
}

KEPT void by_getdelim(FILE *file)
{
	char *part = NULL;
	size_t size = 0;
	given = getdelim(&part, &size, ' ', file) > 0 ? part : NULL;
}

KEPT void by_realpath(void)
{
	given = realpath("/.", NULL);
}

KEPT void by_getcwd(void)
{
	given = getcwd(NULL, 0);
}

KEPT void by_sscanf(void)
{
	char *word = NULL;
	given = sscanf("word", "%ms", &word) == 1 ? word : NULL;
}

static int is_wanted(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") == 0;
}

KEPT void by_scandir(void)
{
	struct dirent **list;
	given = scandir("/", &list, is_wanted, alphasort) >= 0 ? list : NULL;
}

int main(void)
{
	FILE *file = tmpfile();
	if (!file || fputs("one line\nand a part \n", file) < 0) {
		return 2;
	}
	rewind(file);
	by_strdup();
	by_strndup();
	by_wcsdup();
	by_asprintf();
	by_vasprintf("%s", "text");
	by_getline(file);
	by_getdelim(file);
	by_realpath();
	by_getcwd();
	by_sscanf();
	by_scandir();
	return fclose(file) == 0 && given ? 0 : 1;
}
