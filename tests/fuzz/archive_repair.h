// SPDX-License-Identifier: GPL-3.0-or-later
// Makes every checksum of an archive right, so that what lies behind them is reached.
#ifndef TESTS_FUZZ_ARCHIVE_REPAIR_H
#define TESTS_FUZZ_ARCHIVE_REPAIR_H

#include <stddef.h>
#include <stdint.h>

#include "archive.h"
#include "crc32.h"

enum { ARCHIVE_CRC_AT = ARCHIVE_SECTION_SIZE - 4 };

// As far as the lengths lead.
static inline void archive_repair(uint8_t *bytes, size_t size)
{
	size_t at = ARCHIVE_START_SIZE;
	while (at < size && size - at >= ARCHIVE_SECTION_SIZE) {
		uint64_t length = bytes_u32(bytes + at + 4) | (uint64_t)bytes_u32(bytes + at + 8)
								      << 32;
		if (length > size - at - ARCHIVE_SECTION_SIZE) {
			return;
		}
		uint32_t crc = crc32_update(0, bytes + at + ARCHIVE_SECTION_SIZE, (size_t)length);
		crc = crc32_update(crc, bytes + at, ARCHIVE_CRC_AT);
		for (int i = 0; i < 4; i++) {
			bytes[at + ARCHIVE_CRC_AT + (size_t)i] = (uint8_t)(crc >> 8 * i);
		}
		at += ARCHIVE_SECTION_SIZE + (size_t)length;
	}
}

#endif
