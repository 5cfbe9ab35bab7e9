// SPDX-License-Identifier: GPL-3.0-or-later
// Names of functions as people mean them.
#include "function_name.h"

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "symbols.h"
#include "util.h"

static bool ends_with(const char *name, size_t size, const char *end)
{
	size_t n = strlen(end);
	return size >= n && memcmp(name + size - n, end, n) == 0;
}

// How many of the first `size` bytes stand before what comes behind a function's arguments.
static size_t without_qualifiers(const char *name, size_t size)
{
	static const char *const words[] = { " const", " volatile", " &",       " &&",
					     "&",      "&&",        " noexcept" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (ends_with(name, size, words[i])) {
			size -= strlen(words[i]);
			i = (size_t)-1;
		}
	}
	return size;
}

size_t function_name_bare(const char *name)
{
	// The arguments are in the last parentheses, behind which nothing else may stand. Those that belong to operator() or
	// make a scope, as in (anonymous namespace)::f or f(int)::Local::g, are none.
	size_t whole = strlen(name);
	size_t size = without_qualifiers(name, function_name_stable(name));
	if (size == 0 || name[size - 1] != ')') {
		return whole;
	}
	size_t depth = 0, i = size;
	do {
		i--;
		depth += name[i] == ')';
		depth -= name[i] == '(';
	} while (depth != 0 && i != 0);
	bool is_none =
		depth != 0 || i == 0 || ends_with(name, i, "::") || ends_with(name, i, "operator");
	return is_none ? whole : i;
}

// The operator that the text begins with, whose signs may look like brackets: its length; 0: it does not.
static size_t operator_size(const char *text)
{
	static const char word[] = "operator";
	if (strncmp(text, word, sizeof(word) - 1) != 0) {
		return 0;
	}
	const char *signs = text + sizeof(word) - 1;
	size_t n = strspn(signs, "<>=!+-*/%^&|~,");
	if (n != 0) {
		return sizeof(word) - 1 + n;
	}
	if (strncmp(signs, "()", 2) == 0 || strncmp(signs, "[]", 2) == 0) {
		return sizeof(word) - 1 + 2;
	}
	if (strncmp(signs, " new", 4) == 0 || strncmp(signs, " delete", 7) == 0) {
		return strlen(text);
	}
	// A conversion, whose type has many spellings.
	return *signs == ' ' ? sizeof(word) - 1 : 0;
}

const char *function_name_plain(const char *name, size_t *size)
{
	size_t end = function_name_bare(name), start = 0, depth = 0;
	size_t stable = function_name_stable(name);
	end = end < stable ? end : stable;
	for (size_t i = 0; i < end; i++) {
		size_t sign = depth == 0 && (i == start) ? operator_size(name + i) : 0;
		if (sign != 0) {
			*size = sign < end - i ? sign : end - i;
			return name + i;
		}
		if (strchr("<({[", name[i])) {
			depth++;
		} else if (name[i] == '-' && name[i + 1] == '>') {
			i++;
		} else if (strchr(">)}]", name[i])) {
			depth -= depth != 0;
		} else if (depth == 0 && name[i] == ' ') {
			start = i + 1;
		} else if (depth == 0 && name[i] == ':' && name[i + 1] == ':') {
			start = i + 2;
			i++;
		}
	}
	// Template arguments and tags, unless that is all there is, as of a lambda.
	size_t n = 1 + (end > start + 1 ? strcspn(name + start + 1, "<[") : 0);
	*size = n < end - start ? n : end - start;
	return name + start;
}

size_t function_name_stable(const char *name)
{
	static const char *const marks[] = { ".isra.",     ".part.", ".constprop.", ".cold",
					     ".lto_priv.", ".llvm.", ".localalias", " [clone " };
	size_t size = strlen(name);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(name, marks[i]);
		if (at != NULL && at != name && (size_t)(at - name) < size) {
			size = (size_t)(at - name);
		}
	}
	return size;
}

bool function_matches(const struct pattern *pattern, const struct symbol *symbol)
{
	if (symbol->function == NULL) {
		return false;
	}
	if (pattern_matches(pattern, symbol->function) ||
	    pattern_matches(pattern, symbol->linked)) {
		return true;
	}
	size_t size = function_name_bare(symbol->function);
	if (symbol->function[size] == '\0') {
		return false;
	}
	char *bare = xstrndup(symbol->function, size);
	bool matches = pattern_matches(pattern, bare);
	free(bare);
	return matches;
}
