// SPDX-License-Identifier: GPL-3.0-or-later
// What a unit test says things with: CHECK, CHECK_EQ, CHECK_STR; main ends with `return check_result();`.
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdio.h>
#include <string.h>

static unsigned check_done, check_failed;

// The exit code: 0 when every check held and there was at least one.
static inline int check_result(void)
{
	printf("%u checks, %u failed\n", check_done, check_failed);
	return check_done == 0 || check_failed != 0;
}

static inline void check_count(int holds, const char *file, int line, const char *text)
{
	check_done++;
	if (!holds) {
		check_failed++;
		fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	}
}

static inline void check_equal(unsigned long long is, unsigned long long expected, const char *file,
			       int line, const char *text)
{
	check_done++;
	if (is != expected) {
		check_failed++;
		fprintf(stderr, "%s:%d: %s is %llu (0x%llx), not %llu (0x%llx)\n", file, line, text,
			is, is, expected, expected);
	}
}

static inline void check_text(const char *is, const char *expected, const char *file, int line,
			      const char *text)
{
	check_done++;
	if (is == NULL || expected == NULL ? is != expected : strcmp(is, expected) != 0) {
		check_failed++;
		fprintf(stderr, "%s:%d: %s is\n  \"%s\", not\n  \"%s\"\n", file, line, text,
			is != NULL ? is : "(NULL)", expected != NULL ? expected : "(NULL)");
	}
}

#define CHECK(condition) check_count((condition) != 0, __FILE__, __LINE__, #condition)
#define CHECK_EQ(is, expected)                                                                     \
	check_equal((unsigned long long)(is), (unsigned long long)(expected), __FILE__, __LINE__,  \
		    #is)
#define CHECK_STR(is, expected) check_text((is), (expected), __FILE__, __LINE__, #is)

#endif
