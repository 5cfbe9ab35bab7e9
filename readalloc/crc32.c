// SPDX-License-Identifier: GPL-3.0-or-later
// CRC-32 of IEEE 802.3, eight bytes a step.
#include "crc32.h"

#include "cursor.h"

enum { N_SLICES = 8 };

// The reflected polynomial.
static const uint32_t POLYNOMIAL = 0xEDB88320;

// slices[k][b]: what byte b contributes when k more bytes follow it.
static uint32_t slices[N_SLICES][256];

static void slices_fill(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;
		for (int bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		}
		slices[0][byte] = crc;
	}
	for (int k = 1; k < N_SLICES; k++) {
		for (int byte = 0; byte < 256; byte++) {
			uint32_t crc = slices[k - 1][byte];
			slices[k][byte] = crc >> 8 ^ slices[0][crc & 0xff];
		}
	}
}

uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, size_t size)
{
	if (slices[0][1] == 0) {
		slices_fill();
	}
	crc = ~crc;
	for (; size >= 8; size -= 8, bytes += 8) {
		uint32_t low = bytes_u32(bytes) ^ crc;
		uint32_t high = bytes_u32(bytes + 4);
		crc = slices[7][low & 0xff] ^ slices[6][low >> 8 & 0xff] ^
		      slices[5][low >> 16 & 0xff] ^ slices[4][low >> 24] ^ slices[3][high & 0xff] ^
		      slices[2][high >> 8 & 0xff] ^ slices[1][high >> 16 & 0xff] ^
		      slices[0][high >> 24];
	}
	for (; size != 0; size--, bytes++) {
		crc = crc >> 8 ^ slices[0][(crc ^ *bytes) & 0xff];
	}
	return ~crc;
}
