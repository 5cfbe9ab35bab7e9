// SPDX-License-Identifier: GPL-3.0-or-later
// Functions, source lines and inlined callers from the debug information of one file.
#ifndef READALLOC_DEBUG_INFO_H
#define READALLOC_DEBUG_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug_info;
struct elf_file;

// One source-level frame; the strings live until the next question.
struct debug_frame {
	const char *function; // as in the source; NULL unknown
	const char *linked;   // as the linker has it; NULL unknown, or the same
	const char *file;     // NULL unknown
	uint32_t line;        // 0 unknown
};

// Reads what `elf` holds itself, and `alternate`, the file that dwz put what several share into, where it is
// not NULL; both may be closed afterwards. NULL: it cannot be used, and `*reason` (never freed) says why.
struct debug_info *debug_info_open(const struct elf_file *elf, const struct elf_file *alternate,
				   const char **reason);
void debug_info_close(struct debug_info *info);

// Hands each frame at `address` (as linked) to `frame`, innermost first. False: nothing is known there.
bool debug_info_find(struct debug_info *info, uint64_t address,
		     void (*frame)(void *context, const struct debug_frame *frame), void *context);

// How many units have their functions in files of their own (.dwo), which are not read; `*name` is the first.
size_t debug_info_n_split(const struct debug_info *info, const char **name);

#endif
