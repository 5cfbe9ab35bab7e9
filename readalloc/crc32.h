// SPDX-License-Identifier: GPL-3.0-or-later
// CRC-32 of IEEE 802.3.
#ifndef READALLOC_CRC32_H
#define READALLOC_CRC32_H

#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

// Continues `crc`, 0 at the start, over `size` bytes.
static inline uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, size_t size)
{
	return (uint32_t)crc32_z(crc, bytes, size);
}

#endif
