// SPDX-License-Identifier: GPL-3.0-or-later
// Functions that only pass an allocation on: their callers are who wants the memory.
#include "wrappers.h"

#include <stdlib.h>
#include <string.h>

#include "function_name.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

// As they are in libc, GLib, gnulib, libiberty, SQLite, the C++ library and many programs. Each is one whose whole
// purpose is to allocate what its caller asks for.
static const char *const builtin[] = {
	// gnulib, libiberty and programs of their kind
	"xmalloc",
	"xmalloc_*",
	"xcalloc",
	"xrealloc",
	"xreallocarray",
	"xzalloc",
	"xnmalloc",
	"xnrealloc",
	"x2realloc",
	"x2nrealloc",
	"xmemdup",
	"xmemdup0",
	"xstrdup",
	"xstrndup",
	"xcharalloc",
	"ximalloc",
	"xizalloc",
	"xicalloc",
	"xirealloc",
	"xasprintf",
	"xvasprintf",
	"safe_malloc",
	"safe_calloc",
	"safe_realloc",
	"safe_strdup",
	"checked_malloc",
	"ck_malloc",
	"emalloc",
	"ecalloc",
	"erealloc",
	"estrdup",
	"zmalloc",
	"zcalloc",
	"zrealloc",
	"zstrdup",
	// interpreters, databases, libraries
	"PyMem_Malloc",
	"PyMem_Calloc",
	"PyMem_Realloc",
	"PyMem_RawMalloc",
	"PyMem_RawCalloc",
	"PyMem_RawRealloc",
	"_PyMem_RawMalloc",
	"_PyMem_RawCalloc",
	"_PyMem_RawRealloc",
	"PyObject_Malloc",
	"PyObject_Calloc",
	"PyObject_Realloc",
	"_PyObject_Malloc",
	"_PyObject_Calloc",
	"_PyObject_Realloc",
	"Perl_safesysmalloc",
	"Perl_safesyscalloc",
	"Perl_safesysrealloc",
	"sqlite3MemMalloc",
	"sqlite3MemRealloc",
	"mallocWithAlarm",
	"sqlite3Malloc",
	"sqlite3MallocZero",
	"sqlite3_malloc",
	"sqlite3_malloc64",
	"sqlite3Realloc",
	"sqlite3_realloc",
	"sqlite3_realloc64",
	"CRYPTO_malloc",
	"CRYPTO_zalloc",
	"CRYPTO_realloc",
	"CRYPTO_strdup",
	"CRYPTO_memdup",
	// libc
	"malloc",
	"calloc",
	"realloc",
	"strdup",
	"__strdup",
	"strndup",
	"__strndup",
	"wcsdup",
	"asprintf",
	"__asprintf",
	"___asprintf",
	"__asprintf_chk",
	"___asprintf_chk",
	"vasprintf",
	"__vasprintf_internal",
	"__vasprintf_chk",
	"reallocarray",
	"__libc_reallocarray",
	// GLib
	"g_malloc",
	"g_malloc0",
	"g_malloc_n",
	"g_malloc0_n",
	"g_realloc",
	"g_realloc_n",
	"g_try_malloc",
	"g_try_malloc0",
	"g_try_malloc_n",
	"g_try_realloc",
	"g_try_realloc_n",
	"g_strdup",
	"g_strndup",
	"g_strdup_inline",
	"g_strdup_printf",
	"g_strdup_vprintf",
	"g_vasprintf",
	"g_memdup",
	"g_memdup2",
	"g_slice_alloc",
	"g_slice_alloc0",
	"g_aligned_alloc",
	// C++
	"operator new",
	"operator new\\[\\]",
	"std::__new_allocator<*>::allocate",
	"__gnu_cxx::new_allocator<*>::allocate",
	"__gnu_cxx::__new_allocator<*>::allocate",
	"std::allocator<*>::allocate",
	"std::allocator_traits<*>::allocate",
	"std::__detail::_Hashtable_alloc<*>::_M_allocate_*",
	"std::_Vector_base<*>::_M_allocate",
	"std::__allocate_guarded<*>",
};

enum { N_BUILTIN = sizeof(builtin) / sizeof(builtin[0]) };

bool wrappers_add(struct wrappers *wrappers, const char *option, const char *text)
{
	struct pattern pattern;
	char error[PATTERN_ERROR_SIZE];
	if (!pattern_read(&pattern, text, error)) {
		say("%s %s: %s", option, text, error);
		return false;
	}
	wrappers->list = xrealloc(wrappers->list, wrappers->n + 1, sizeof(*wrappers->list));
	wrappers->list[wrappers->n++] = pattern;
	return true;
}

void wrappers_free(struct wrappers *wrappers)
{
	for (size_t i = 0; i < wrappers->n; i++) {
		pattern_free(&wrappers->list[i]);
	}
	free(wrappers->list);
}

bool wrappers_have(const struct wrappers *wrappers)
{
	return !wrappers->has_no_builtin || wrappers->n != 0;
}

static bool is_wrapper(const struct wrappers *wrappers, const struct symbol *symbol)
{
	if (symbol->function == NULL) {
		return false;
	}
	char *bare = xstrndup(symbol->function, function_name_bare(symbol->function));
	bool is_one = false;
	for (size_t i = 0; !wrappers->has_no_builtin && i < N_BUILTIN && !is_one; i++) {
		is_one = glob_matches(builtin[i], strlen(builtin[i]), bare);
	}
	free(bare);
	for (size_t i = 0; i < wrappers->n && !is_one; i++) {
		is_one = function_matches(&wrappers->list[i], symbol);
	}
	return is_one;
}

// What is known of a site.
enum { SITE_UNASKED, SITE_ASKED, SITE_WHOLE = UINT8_MAX, SITE_FRAMES_MAX = UINT8_MAX - 2 };

// 1 more than the number of its innermost frames that are wrappers; SITE_WHOLE: all are.
static uint8_t site_look(const struct wrappers *wrappers, const struct site *site,
			 struct symbols *symbols)
{
	struct symbol_list list = symbols_find(symbols, site);
	size_t n = 0;
	while (n < list.n && n < SITE_FRAMES_MAX && is_wrapper(wrappers, &list.frames[n])) {
		n++;
	}
	return n == list.n ? SITE_WHOLE : (uint8_t)(n + SITE_ASKED);
}

// Has the sites of the innermost frames looked at that were not yet. False: there are none.
static bool front_look(const struct wrappers *wrappers, const struct snapshot *snapshot,
		       struct symbols *symbols, const struct bare_stack *bare, uint8_t *known)
{
	const struct site **asked = xcalloc(snapshot->n_sites + 1, sizeof(*asked));
	size_t n = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint32_t site = snapshot->nodes[bare[i].node].site;
		if (site != SITE_NONE && known[site] == SITE_UNASKED) {
			known[site] = SITE_ASKED;
			asked[n++] = &snapshot->sites[site];
		}
	}
	symbols_prepare(symbols, asked, n);
	for (size_t i = 0; i < n; i++) {
		known[asked[i] - snapshot->sites] = site_look(wrappers, asked[i], symbols);
	}
	free(asked);
	return n != 0;
}

void wrappers_find(const struct wrappers *wrappers, const struct snapshot *snapshot,
		   struct symbols *symbols, struct bare_stack *bare)
{
	uint8_t *known = xcalloc(snapshot->n_sites + 1, sizeof(*known));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		bare[i] = (struct bare_stack){ snapshot->charges[i].stack, 0 };
	}
	// Each round asks for the frames that stand behind the wrappers of the one before, in one go.
	while (front_look(wrappers, snapshot, symbols, bare, known)) {
		for (size_t i = 0; i < snapshot->n_charges; i++) {
			uint32_t node = bare[i].node;
			while (node != STACK_ROOT &&
			       known[snapshot->nodes[node].site] == SITE_WHOLE) {
				node = snapshot->nodes[node].parent;
			}
			bare[i].node = node;
		}
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (bare[i].node == STACK_ROOT) {
			bare[i].node = snapshot->charges[i].stack;
		} else {
			bare[i].n_hidden =
				(uint8_t)(known[snapshot->nodes[bare[i].node].site] - SITE_ASKED);
		}
	}
	free(known);
}
