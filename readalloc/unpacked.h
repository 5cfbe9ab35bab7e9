// SPDX-License-Identifier: GPL-3.0-or-later
// Sections that one of several processes has unpacked, for the others: each writes reports with the same debug files.
#ifndef READALLOC_UNPACKED_H
#define READALLOC_UNPACKED_H

#include <stddef.h>
#include <stdint.h>

// From here on this process and those it forks share what they unpack, in memory of a fixed most; where that cannot be had
// nothing is shared. A second call does nothing.
void unpacked_share(void);

// A copy, which the caller frees, of what the section at `offset` of the file `fd` holds, `*size` bytes and a zero byte behind
// them. NULL: it is not there; `*claim` is then for unpacked_keep.
uint8_t *unpacked_find(int fd, uint64_t offset, size_t *size, unsigned *claim);

// Gives the others the bytes of the section that was not found.
void unpacked_keep(unsigned claim, const uint8_t *bytes, size_t size);

#endif
