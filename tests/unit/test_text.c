// SPDX-License-Identifier: GPL-3.0-or-later
// Short texts: what does not fit is cut and marked, numbers are read strictly.
#include "libdumpalloc/text.h"

#include <errno.h>

#include "check.h"

static void parts_are_joined(void)
{
	char buffer[64];
	struct text text = text_start(buffer, sizeof buffer);

	CHECK_STR(buffer, "");
	text_put(&text, "pid ");
	text_number(&text, 0);
	text_char(&text, '/');
	text_number(&text, UINT64_MAX);
	CHECK_STR(buffer, "pid 0/18446744073709551615");
	CHECK_EQ(text.length, strlen(buffer));
	CHECK(!text.is_cut);
}

static void strings_are_joined_up_to_none(void)
{
	char buffer[16];
	struct text text = text_start(buffer, sizeof buffer);

	text_put_all(&text, (char *)NULL);
	CHECK_STR(buffer, "");
	text_put_all(&text, "a", "", "bc", ": ", "def", "gh", (char *)NULL);
	CHECK_STR(buffer, "abc: defgh");
	CHECK(!text.is_cut);
	text_put_all(&text, "ijkl", "mnop", NULL, "not this", (char *)NULL);
	CHECK_STR(buffer, "abc: defghijklm");
	CHECK(text.is_cut);
}

static void what_does_not_fit_is_cut_and_marked(void)
{
	char buffer[8] = "#######";
	struct text text = text_start(buffer, 5);

	text_put(&text, "abcd");
	CHECK(!text.is_cut);
	text_char(&text, 'e');
	CHECK(text.is_cut);
	text_put(&text, "");
	CHECK_STR(buffer, "abcd");
	CHECK(buffer[5] == '#');
}

static void errors_have_words(void)
{
	char buffer[64];
	struct text text = text_start(buffer, sizeof buffer);

	text_error(&text, ECONNREFUSED);
	CHECK_STR(buffer, "connection refused");
	text = text_start(buffer, sizeof buffer);
	text_error(&text, 7777);
	CHECK_STR(buffer, "error 7777");
	text = text_start(buffer, sizeof buffer);
	errno = ECONNREFUSED;
	CHECK(!text_errno(&text));
	CHECK_STR(buffer, "connection refused");
}

static void last_parts_of_paths(void)
{
	CHECK_STR(text_last_part("/usr/bin/env"), "env");
	CHECK_STR(text_last_part("env"), "env");
	CHECK_STR(text_last_part("/usr/bin/"), "");
	CHECK_STR(text_last_part(""), "");
}

static void numbers_are_read_strictly(void)
{
	uint32_t number = 1;

	CHECK(text_parse_number("0", 10, &number) && number == 0);
	CHECK(text_parse_number("10", 10, &number) && number == 10);
	CHECK(text_parse_number("007", 7, &number) && number == 7);
	CHECK(text_parse_number("4294967295", UINT32_MAX, &number) && number == UINT32_MAX);
	CHECK(!text_parse_number("4294967296", UINT32_MAX, &number));
	CHECK(!text_parse_number("11", 10, &number));
	CHECK(!text_parse_number("9", 5, &number));
	CHECK(!text_parse_number("", 10, &number));
	CHECK(!text_parse_number("-1", 10, &number));
	CHECK(!text_parse_number(" 1", 10, &number));
	CHECK(!text_parse_number("1 ", 10, &number));
	CHECK(!text_parse_number("0x1", 10, &number));
	CHECK_EQ(number, UINT32_MAX);
}

int main(void)
{
	parts_are_joined();
	strings_are_joined_up_to_none();
	what_does_not_fit_is_cut_and_marked();
	errors_have_words();
	last_parts_of_paths();
	numbers_are_read_strictly();
	return check_result();
}
