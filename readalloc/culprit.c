// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of a stack that a person would name: the innermost one that is not the C or C++ library's.
#include "culprit.h"

#include <string.h>

#include "snapshot.h"
#include "symbols.h"

// Most texts differ in the first characters.
static bool begins_with(const char *text, const char *beginning)
{
	while (*beginning != '\0' && *text == *beginning) {
		text++;
		beginning++;
	}
	return *beginning == '\0';
}

static bool begins_with_one_of(const char *text, const char *const *beginnings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (begins_with(text, beginnings[i])) {
			return true;
		}
	}
	return false;
}

#define BEGINS_WITH_ONE_OF(text, beginnings)                                                       \
	begins_with_one_of(text, beginnings, sizeof(beginnings) / sizeof((beginnings)[0]))

// The last part of its path; NULL: it has none.
static const char *file_name(const struct module *module)
{
	if (module == NULL || module->path == NULL) {
		return NULL;
	}
	const char *slash = strrchr(module->path, '/');
	return slash != NULL ? slash + 1 : module->path;
}

bool culprit_is_c_library(const struct module *module)
{
	static const char *const files[] = { "libc.so", "libc-", "libc.musl", "ld-musl",
					     "libuClibc" };
	const char *name = file_name(module);
	return name != NULL && BEGINS_WITH_ONE_OF(name, files);
}

bool culprit_is_library(const struct module *module)
{
	static const char *const files[] = {
		"libpthread", "libm.so",    "libm-",     "libdl.so",  "libdl-",     "librt.so",
		"librt-",     "ld-linux",   "ld-uClibc", "ld-2",      "ld.so",      "ld64.so",
		"libgcc_s",   "libstdc++.", "libc++.",   "libc++abi", "linux-vdso", "[vdso]",
	};
	const char *name = file_name(module);
	return culprit_is_c_library(module) || (name != NULL && BEGINS_WITH_ONE_OF(name, files));
}

// Where the name itself begins, behind the type that the demangler puts before the names of templates.
static const char *qualified(const char *function)
{
	const char *begin = function;
	int depth = 0;
	if (strncmp(function, "operator ", 9) == 0) {
		return function;
	}
	for (const char *at = function; *at != '\0'; at++) {
		bool is_anonymous = strncmp(at, "(anonymous", 10) == 0;
		if (*at == '(' && depth == 0 && !is_anonymous) {
			break;
		}
		depth += (*at == '<' || *at == '{' || *at == '(') -
			 (*at == '>' || *at == '}' || *at == ')');
		if (*at == ' ' && depth == 0) {
			begin = at + 1;
		}
	}
	return begin;
}

static bool is_of_cxx_library(const struct symbol *symbol)
{
	static const char *const names[] = { "std::", "__gnu_cxx::", "operator new",
					     "operator delete" };
	if (symbol->file != NULL && strstr(symbol->file, "/include/c++/") != NULL) {
		return true;
	}
	return symbol->function != NULL && BEGINS_WITH_ONE_OF(qualified(symbol->function), names);
}

bool culprit_is_of_library(const struct site *site, const struct symbol *symbol)
{
	return culprit_is_library(site->module) || is_of_cxx_library(symbol);
}

static bool is_keeper(const char *function)
{
	static const char *const names[] = {
		"_IO_file_doallocate",
		"_IO_wfile_doallocate",
		"_dl_",
		"allocate_dtv",
		"_nl_",
		"__gconv",
		"__tz",
		"tzset",
		"__nss",
		"__newlocale",
		"newlocale",
		"setlocale",
	};
	return function != NULL && BEGINS_WITH_ONE_OF(function, names);
}

struct culprit culprit_of(const struct snapshot *snapshot, struct symbols *symbols, uint32_t stack)
{
	struct culprit culprit = { .node = stack };
	for (; culprit.node != STACK_ROOT; culprit.node = snapshot->nodes[culprit.node].parent) {
		const struct site *site = &snapshot->sites[snapshot->nodes[culprit.node].site];
		struct symbol_list list = symbols_find(symbols, site);
		bool is_all_library = culprit_is_library(site->module);
		for (size_t i = 0; i < list.n; i++) {
			const struct symbol *symbol = &list.frames[i];
			if (is_all_library) {
				culprit.is_kept |= is_keeper(symbol->function);
			} else if (!is_of_cxx_library(symbol)) {
				culprit.frame = i;
				culprit.symbol = symbol;
				culprit.site = site;
				return culprit;
			}
		}
	}
	return culprit;
}

static bool is_same_text(const char *one, const char *two)
{
	return one == two || (one != NULL && two != NULL && strcmp(one, two) == 0);
}

bool culprit_equal(const struct culprit *one, const struct culprit *two)
{
	if (one->symbol == NULL || two->symbol == NULL) {
		return one->symbol == two->symbol;
	}
	if (one->site == two->site && one->frame == two->frame) {
		return true;
	}
	return one->symbol->line != 0 && one->symbol->line == two->symbol->line &&
	       is_same_text(one->symbol->function, two->symbol->function) &&
	       is_same_text(one->symbol->file, two->symbol->file);
}
