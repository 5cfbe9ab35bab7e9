// SPDX-License-Identifier: GPL-3.0-or-later
// What libbfd is used for, and it alone: the source form of names, and the CRC of debuglinks.
#ifndef READALLOC_SYMBOLS_BFD_H
#define READALLOC_SYMBOLS_BFD_H

#include <stdint.h>

// The source form of a C++ or Rust name in memory the caller frees; NULL: the name is not mangled.
char *debug_demangle(const char *name);

// The CRC-32 of the file's bytes, as debuglinks have it.
uint32_t debug_crc(int fd);

#endif
