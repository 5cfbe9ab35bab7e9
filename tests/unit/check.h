// SPDX-License-Identifier: GPL-3.0-or-later
// What a unit test says things with: CHECK, CHECK_EQ, CHECK_STR, check_lack; main ends with `return check_result();`.
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdio.h>
#include <stdlib.h>
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

// Notes that something to test with is missing; where CI=true that is a failure. A main that can do
// nothing without it returns what this returns: 77, the test is skipped.
static inline int check_lack(const char *what)
{
	const char *ci = getenv("CI");
	int is_failure = ci != NULL && strcmp(ci, "true") == 0;

	printf("%s: there is no %s\n", is_failure ? "FAILED" : "skipped", what);
	check_done++;
	check_failed += is_failure;
	return is_failure ? 1 : 77;
}

#define CHECK(condition) check_count((condition) != 0, __FILE__, __LINE__, #condition)
#define CHECK_EQ(is, expected)                                                                     \
	check_equal((unsigned long long)(is), (unsigned long long)(expected), __FILE__, __LINE__,  \
		    #is)
#define CHECK_STR(is, expected) check_text((is), (expected), __FILE__, __LINE__, #is)

#endif
