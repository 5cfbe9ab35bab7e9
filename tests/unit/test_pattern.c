// SPDX-License-Identifier: GPL-3.0-or-later
// Globs, regular expressions, sizes and times as they are written on the command line.
#include "check.h"

#include "function_name.h"
#include "pattern.h"
#include "quantity.h"
#include "symbols.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool glob(const char *pattern, const char *text)
{
	return glob_matches(pattern, strlen(pattern), text);
}

static void globs_match_whole_names(void)
{
	CHECK(glob("parse_*", "parse_body"));
	CHECK(glob("parse_*", "parse_"));
	CHECK(!glob("parse_*", "do_parse_body"));
	CHECK(!glob("parse", "parse_body"));
	CHECK(glob("*a*b*", "xxaxxbxx"));
	CHECK(!glob("*a*b", "ab a"));
	CHECK(glob("lib?.so*", "libc.so.6"));
	CHECK(glob("", ""));
	CHECK(glob("**", ""));
	CHECK(!glob("?", ""));
}

static void sets_and_backslashes_are_understood(void)
{
	CHECK(glob("[a-c]x", "bx"));
	CHECK(!glob("[a-c]x", "dx"));
	CHECK(glob("[!a-c]x", "dx"));
	CHECK(glob("[]]", "]"));
	CHECK(glob("[a-]", "-"));
	CHECK(glob("operator new[[]]", "operator new[]"));
	CHECK(glob("a\\*b", "a*b"));
	CHECK(!glob("a\\*b", "axb"));
	CHECK(glob("[abc", "[abc"));
	CHECK(glob("x\\", "x\\"));
}

// A matcher that tries all ways would not come back from this.
static void hostile_names_take_no_time(void)
{
	enum { SIZE = 1 << 16 };
	char *text = malloc(SIZE);
	memset(text, 'a', SIZE - 1);
	text[SIZE - 1] = '\0';
	CHECK(!glob("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
	free(text);
}

static void slashes_make_a_regular_expression(void)
{
	struct pattern pattern;
	char error[PATTERN_ERROR_SIZE];
	CHECK(pattern_read(&pattern, "/^(de)?code_[0-9]+$/", error));
	CHECK(pattern_matches(&pattern, "decode_12"));
	CHECK(!pattern_matches(&pattern, "decode_x"));
	CHECK(!pattern_matches(&pattern, NULL));
	pattern_free(&pattern);
	CHECK(!pattern_read(&pattern, "/(/", error) && error[0] != '\0');
	CHECK(!pattern_read(&pattern, "", error) && error[0] != '\0');
	// A path that begins with a slash is none.
	CHECK(pattern_read(&pattern, "/usr/lib/*", error));
	CHECK(pattern_matches(&pattern, "/usr/lib/libc.so"));
	pattern_free(&pattern);
}

static bool function(const char *text, const char *shown, const char *linked)
{
	struct symbol symbol = { .function = shown, .linked = linked };
	struct pattern pattern;
	char error[PATTERN_ERROR_SIZE];
	bool is_good = pattern_read(&pattern, text, error);
	CHECK(is_good);
	bool matches = is_good && function_matches(&pattern, &symbol);
	pattern_free(&pattern);
	return matches;
}

static void functions_are_known_by_each_of_their_names(void)
{
	CHECK(function("ns::Parser::run", "ns::Parser::run(int, char*)", "_ZN2ns6Parser3runEiPc"));
	CHECK(function("_ZN2ns6*", "ns::Parser::run(int, char*)", "_ZN2ns6Parser3runEiPc"));
	CHECK(function("ns::*(int*", "ns::Parser::run(int, char*)", NULL));
	CHECK(!function("ns::Parser", "ns::Parser::run(int, char*)", NULL));
	CHECK(function("f<void (*)(int)>", "f<void (*)(int)>(long)", NULL));
	CHECK(function("A::operator()", "A::operator()(int)", NULL));
	CHECK(!function("*", NULL, NULL));
}

static double quantity(const char *text, const struct quantity_unit *units)
{
	double value;
	return quantity_read(&text, units, &value) && *text == '\0' ? value : -1;
}

static void sizes_and_times_have_units(void)
{
	CHECK_EQ(quantity("512", quantity_sizes), 512);
	CHECK_EQ(quantity("4k", quantity_sizes), 4096);
	CHECK_EQ(quantity("1.5MiB", quantity_sizes), 1536 * 1024);
	CHECK_EQ(quantity("2", quantity_times), 2000000);
	CHECK_EQ(quantity("1min", quantity_times), 60000000);
	CHECK_EQ(quantity("250ms", quantity_times), 250000);
	CHECK(quantity("k", quantity_sizes) < 0);
	CHECK(quantity("-1", quantity_sizes) < 0);
	CHECK(quantity("1.2.3", quantity_sizes) < 0);
	CHECK(quantity("0x10", quantity_sizes) < 0);
	CHECK(quantity("1 k", quantity_sizes) < 0);
}

static void functions_have_names_without_arguments(void)
{
	static const struct {
		const char *name, *bare, *plain;
	} cases[] = {
		{ "main", "main", "main" },
		{ "parse(char const*)", "parse", "parse" },
		{ "parse(char const*) [clone .isra.0]", "parse", "parse" },
		{ "parse.part.0", "parse.part.0", "parse" },
		{ "a::B<int, c::D>::put(int) const &", "a::B<int, c::D>::put", "put" },
		{ "(anonymous namespace)::copy(int)", "(anonymous namespace)::copy", "copy" },
		{ "void (anonymous namespace)::copy<f(int)>(int)",
		  "void (anonymous namespace)::copy<f(int)>", "copy" },
		{ "copy<std::function<void (int)> >", "copy<std::function<void (int)> >", "copy" },
		{ "std::function<void (int)>::operator()(int) const",
		  "std::function<void (int)>::operator()", "operator()" },
		{ "f(int)::{lambda(char)#1}::operator()(char) const",
		  "f(int)::{lambda(char)#1}::operator()", "operator()" },
		{ "f(int)::$_0::operator()<g>(char)", "f(int)::$_0::operator()<g>", "operator()" },
		{ "std::ostream& std::operator<< <char>(std::ostream&, char)",
		  "std::ostream& std::operator<< <char>", "operator<<" },
		{ "a::operator->(b)", "a::operator->", "operator->" },
		{ "a::operator std::string() const", "a::operator std::string", "operator" },
		{ "operator new[](unsigned long)", "operator new[]", "operator new[]" },
		{ "name[abi:cxx11](int)", "name[abi:cxx11]", "name" },
		{ "decltype ((a)->(b)) c::max<int>(int)", "decltype ((a)->(b)) c::max<int>",
		  "max" },
		{ "a::B::~B()", "a::B::~B", "~B" },
		{ "<a as b::C>::drop", "<a as b::C>::drop", "drop" },
		{ "a::b::{{closure}}", "a::b::{{closure}}", "{{closure}}" },
		{ "operators(int)", "operators", "operators" },
		{ "(((", "(((", "(((" },
		{ ")", ")", ")" },
		{ "()", "()", "()" },
		{ "a::", "a::", "" },
		{ "", "", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = cases[i].name;
		char *bare = strndup(name, function_name_bare(name));
		CHECK_STR(bare, cases[i].bare);
		size_t size;
		const char *begin = function_name_plain(name, &size);
		char *plain = strndup(begin, size);
		CHECK_STR(plain, cases[i].plain);
		free(bare);
		free(plain);
	}
}

int main(void)
{
	functions_have_names_without_arguments();
	globs_match_whole_names();
	sets_and_backslashes_are_understood();
	hostile_names_take_no_time();
	slashes_make_a_regular_expression();
	functions_are_known_by_each_of_their_names();
	sizes_and_times_have_units();
	return check_result();
}
