// SPDX-License-Identifier: GPL-3.0-or-later
// Source lines and inlined callers from the debug information of one file; the only user of libbfd.
#ifndef READALLOC_SYMBOLS_BFD_H
#define READALLOC_SYMBOLS_BFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug_info;

// One source-level frame; the strings live until the next question to libbfd.
struct debug_frame {
	const char *function; // as in the debug information; NULL unknown
	const char *file;     // NULL unknown
	uint32_t line;        // 0 unknown
};

// Takes over `fd`, an ELF file that holds debug information itself. NULL: libbfd cannot read it, and
// `*reason` (never freed) says why.
struct debug_info *debug_info_open(int fd, const char **reason);
void debug_info_close(struct debug_info *info);

// Hands each frame at `address` (as linked) to `frame`, innermost first. False: nothing is known there.
bool debug_info_find(struct debug_info *info, uint64_t address,
		     void (*frame)(void *context, const struct debug_frame *frame), void *context);

// The source form of a C++ or Rust name in memory the caller frees; NULL: the name is not mangled.
char *debug_demangle(const char *name);

// The CRC-32 of the file's bytes, as debuglinks have it.
uint32_t debug_crc(int fd);

#endif
