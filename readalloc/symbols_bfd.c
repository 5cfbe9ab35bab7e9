// SPDX-License-Identifier: GPL-3.0-or-later
// What libbfd is used for, and it alone: the source form of names, and the CRC of debuglinks.
#include "symbols_bfd.h"

#include "util.h"

// bfd.h refuses to be included without the name of a package.
#define PACKAGE "dumpalloc"
#include <bfd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	// Bits of bfd_demangle's options; their header is not installed with libbfd.
	DEMANGLE_PARAMETERS = 1 << 0,
	DEMANGLE_QUALIFIERS = 1 << 1,
	DEMANGLE_D = 1 << 16, // which it does not try by itself
	// Longer ones are damage, or made to exhaust the demangler.
	MANGLED_MAX = 16 << 10,
};

char *debug_demangle(const char *name)
{
	if (strlen(name) > MANGLED_MAX) {
		return NULL;
	}
	int language = strncmp(name, "_D", 2) == 0 ? DEMANGLE_D : 0;
	return bfd_demangle(NULL, name, DEMANGLE_PARAMETERS | DEMANGLE_QUALIFIERS | language);
}

uint32_t debug_crc(int fd)
{
	static unsigned char bytes[1 << 16];
	unsigned long crc = 0;
	off_t at = 0;
	for (ssize_t n; (n = pread(fd, bytes, sizeof(bytes), at)) > 0; at += n) {
		crc = bfd_calc_gnu_debuglink_crc32(crc, bytes, (bfd_size_type)n);
	}
	return (uint32_t)crc;
}
