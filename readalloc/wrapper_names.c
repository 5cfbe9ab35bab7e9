// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that are known to only pass an allocation on, by their names.
#include "wrapper_names.h"

#include <stddef.h>
#include <string.h>

#include "pattern.h"

// As they are in libc, GLib, gnulib, libiberty, SQLite, the C++ library and many programs. Each is one whose whole
// purpose is to allocate what its caller asks for.
static const char *const names[] = {
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
	// libc: what allocates, and what gives its caller a block to free, by all the names that debug information has
	"malloc",
	"calloc",
	"realloc",
	"reallocarray",
	"__libc_reallocarray",
	"strdup",
	"__strdup",
	"strndup",
	"__strndup",
	"wcsdup",
	"__wcsdup",
	"asprintf",
	"__asprintf",
	"___asprintf",
	"__asprintf_chk",
	"___asprintf_chk",
	"vasprintf",
	"__vasprintf_internal",
	"__vasprintf_chk",
	"___vasprintf_chk",
	"getline",
	"__getline",
	"getdelim",
	"__getdelim",
	"_IO_getdelim",
	"__isoc99_*scanf",
	"__isoc23_*scanf",
	"scanf",
	"fscanf",
	"sscanf",
	"vscanf",
	"vfscanf",
	"vsscanf",
	"realpath",
	"__realpath",
	"__realpath_chk",
	"canonicalize_file_name",
	"__canonicalize_file_name",
	"getcwd",
	"__getcwd",
	"__getcwd_chk",
	"get_current_dir_name",
	"scandir",
	"scandir64",
	"__scandir64",
	"__scandir64_tail",
	"__scandir_tail",
	"scandirat",
	"scandirat64",
	"tempnam",
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

// The memory of a stream, which only comes into being within what reads the stream first.
static const char *const keepers[] = {
	"_IO_doallocbuf",
	"_IO_wdoallocbuf",
	"_IO_file_doallocate",
	"_IO_wfile_doallocate",
};

static bool is_one_of(const char *const *patterns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (glob_matches(patterns[i], strlen(patterns[i]), name)) {
			return true;
		}
	}
	return false;
}

bool wrapper_names_have(const char *name)
{
	return is_one_of(names, sizeof(names) / sizeof(names[0]), name);
}

bool wrapper_names_keep(const char *name)
{
	return is_one_of(keepers, sizeof(keepers) / sizeof(keepers[0]), name);
}
