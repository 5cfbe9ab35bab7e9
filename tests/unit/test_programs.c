// SPDX-License-Identifier: GPL-3.0-or-later
// Which programs are traced by their names.
#define _GNU_SOURCE
#include "libdumpalloc/programs.h"

#include "check.h"

static void names_fit_patterns(void)
{
	static const struct {
		const char *patterns, *path, *name;
		bool is_included;
	} cases[] = {
		{ "mydaemon", "/usr/sbin/mydaemon", "mydaemon", true },
		{ "mydaemon", "/usr/sbin/mydaemon2", "mydaemon2", false },
		{ "mydaemon", "/usr/sbin/mydaemo", "mydaemo", false },
		{ "mydaemon,!*sh", "/bin/bash", "bash", false },
		{ "!*sh", "/bin/bash", "bash", false },
		{ "!*sh", "/bin/cat", "cat", true },
		{ "!*sh,*sh", "/bin/cat", "cat", false },
		{ "!bash,*sh", "/bin/bash", "bash", false },
		{ "!bash,*sh", "/bin/dash", "dash", true },
		{ "*sh,!bash", "/bin/bash", "bash", true },
		{ "*", "/bin/cat", "cat", true },
		{ "other, mydaemon", "/usr/sbin/mydaemon", "mydaemon", true },
		{ " !bash, *sh", "/bin/bash", "bash", false },
		{ "my daemon", "/usr/sbin/my daemon", "my daemon", true },
		{ "***", "", "", true },
		{ "?", "", "", false },
		{ "c?t", "/bin/cat", "cat", true },
		{ "c??t", "/bin/cat", "cat", false },
		{ "a*b*c", "/x/aXbYbZc", "", true },
		{ "a*b*c", "/x/aXbYbZ", "", false },
		{ "udhcpc", "/bin/busybox", "/sbin/udhcpc", true },
		{ "busybox", "/bin/busybox", "udhcpc", true },
		{ "!busybox", "/bin/busybox", "udhcpc", false },
		{ "sh", "/bin/busybox", "-sh", true },
		{ "/usr/*", "/usr/bin/cat", "cat", true },
		{ "/usr/*", "/bin/cat", "/usr/bin/cat", false },
		{ "*/bin/cat", "/usr/bin/cat", "", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (programs_include(cases[i].patterns, cases[i].path, cases[i].name) !=
		    cases[i].is_included) {
			fprintf(stderr, "case %zu: %s\n", i, cases[i].patterns);
			CHECK(false);
		}
	}
}

// What takes exponentially long where each star is tried with each other.
static void many_stars_take_no_time(void)
{
	CHECK(!programs_include(
		"a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""));
}

static void empty_patterns_are_not_valid(void)
{
	CHECK(programs_are_valid("a"));
	CHECK(programs_are_valid("!a,b*"));
	CHECK(!programs_are_valid(""));
	CHECK(!programs_are_valid(" "));
	CHECK(!programs_are_valid("a, "));
	CHECK(!programs_are_valid("!"));
	CHECK(!programs_are_valid("a,"));
	CHECK(!programs_are_valid(",a"));
	CHECK(!programs_are_valid("a,,b"));
	CHECK(!programs_are_valid("a,!,b"));
}

static void this_program_is_itself(void)
{
	CHECK(programs_include_this("test_programs"));
	CHECK(!programs_include_this("!test_programs"));
}

int main(void)
{
	names_fit_patterns();
	many_stars_take_no_time();
	empty_patterns_are_not_valid();
	this_program_is_itself();
	return check_result();
}
