// SPDX-License-Identifier: LGPL-2.1-or-later
// What a program's file tells of how it can be traced.
#ifndef LIBDUMPALLOC_COMMAND_INSPECT_H
#define LIBDUMPALLOC_COMMAND_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

enum { INSPECT_TEXT_MAX = 512 };

struct inspection {
	// Why it cannot be traced, and what to do about it; "" nothing is in the way.
	char obstacle[INSPECT_TEXT_MAX];
	char interpreter[256]; // of a script; "" none. The rest then is about the interpreter.
	char loader[256];      // of the C library
	const char *libc;      // "glibc", "musl", "uClibc"; NULL unknown
	char allocator[256];   // another library than the C library that has malloc; "" none
	bool has_own_malloc;   // the program itself has one: no preloaded one is called
	bool is_stripped;      // no symbols but the dynamic ones
	bool has_debug_data;
	bool has_build_id;
	bool has_tables; // to unwind by
};

// Looks at `program` (a path) as it would be run with `library` preloaded. Files that end early, or are no ELF files, are
// obstacles like all others.
void inspect(const char *program, const char *library, struct inspection *found);

#endif
