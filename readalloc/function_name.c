// SPDX-License-Identifier: GPL-3.0-or-later
// Names of functions as people mean them.
#include "function_name.h"

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "symbols.h"
#include "util.h"

size_t function_name_bare(const char *name)
{
	// Parentheses within template arguments, as in std::function<void (int)>::operator(), are none of the function's, nor
	// are those that begin a name or belong to operator().
	static const char call[] = "operator";
	size_t depth = 0, i = 0;
	for (; name[i] != '\0'; i++) {
		depth += name[i] == '<';
		depth -= name[i] == '>' && depth != 0;
		bool is_call = i >= sizeof(call) - 1 &&
			       strncmp(name + i - (sizeof(call) - 1), call, sizeof(call) - 1) == 0;
		if (name[i] == '(' && depth == 0 && i != 0 && !is_call) {
			break;
		}
	}
	return i;
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
