// SPDX-License-Identifier: LGPL-2.1-or-later
// The header of a stream and of its blocks, byte by byte (FORMAT.md, section 2).
#include "libdumpalloc/block.h"

#include <string.h>

#include "unwind/minimal.h"

enum {
	CRC_LANES = IS_MINIMAL ? 1 : 8,   // bytes at a time
	CRC_POLYNOMIAL = (int)0xedb88320, // IEEE 802.3, reflected
};

// tables[k][b]: the CRC of byte b followed by k zero bytes. Filled at the first use, which happens
// in one process under one lock or in the relay: pages of the program's memory stay untouched.
static uint32_t tables[CRC_LANES][256];

static void fill_tables(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? (uint32_t)CRC_POLYNOMIAL : 0);
		tables[0][b] = crc;
	}
	for (uint32_t b = 0; b < 256; b++) {
		for (int k = 1; k < CRC_LANES; k++)
			tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 0xff];
	}
}

uint32_t block_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

void block_put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

uint32_t block_crc(uint32_t crc, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	if (tables[0][1] == 0)
		fill_tables();
	crc = ~crc;
	for (; !IS_MINIMAL && size >= CRC_LANES; size -= CRC_LANES, at += CRC_LANES) {
		uint32_t low = crc ^ block_u32(at);
		uint32_t high = block_u32(at + 4);
		crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
		      tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^ tables[3][high & 0xff] ^
		      tables[2][high >> 8 & 0xff] ^ tables[1][high >> 16 & 0xff] ^
		      tables[0][high >> 24];
	}
	for (; size > 0; size--)
		crc = crc >> 8 ^ tables[0][(crc ^ *at++) & 0xff];
	return ~crc;
}

void block_stream_header(uint8_t header[WIRE_HEADER_SIZE])
{
	memcpy(header, WIRE_MAGIC, WIRE_MAGIC_SIZE);
	header[8] = WIRE_MAJOR & 0xff;
	header[9] = WIRE_MAJOR >> 8;
	header[10] = WIRE_MINOR & 0xff;
	header[11] = WIRE_MINOR >> 8;
}

void block_header(uint8_t header[WIRE_BLOCK_HEADER_SIZE], enum wire_block type, uint32_t thread,
		  uint32_t index, const struct iovec *parts, size_t n_parts)
{
	size_t length = 0;
	for (size_t i = 0; i < n_parts; i++)
		length += parts[i].iov_len;

	memset(header, 0, WIRE_BLOCK_HEADER_SIZE);
	memcpy(header, WIRE_SYNC, WIRE_SYNC_SIZE);
	header[WIRE_BLOCK_TYPE_AT] = (uint8_t)type;
	block_put_u32(header + WIRE_BLOCK_THREAD_AT, thread);
	block_put_u32(header + WIRE_BLOCK_INDEX_AT, index);
	block_put_u32(header + WIRE_BLOCK_LENGTH_AT, (uint32_t)length);

	uint32_t crc = block_crc(0, header + WIRE_SYNC_SIZE, WIRE_BLOCK_CRC_AT - WIRE_SYNC_SIZE);
	for (size_t i = 0; i < n_parts; i++)
		crc = block_crc(crc, parts[i].iov_base, parts[i].iov_len);
	block_put_u32(header + WIRE_BLOCK_CRC_AT, crc);
}

size_t block_put_varint(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		at[n++] = (uint8_t)(value | 0x80);
	at[n++] = (uint8_t)value;
	return n;
}

uint32_t block_length(const uint8_t header[WIRE_BLOCK_HEADER_SIZE])
{
	return block_u32(header + WIRE_BLOCK_LENGTH_AT);
}

size_t block_end_payload(uint8_t *payload, enum wire_end reason, uint64_t n_events, uint64_t n_lost)
{
	size_t n = block_put_varint(payload, reason);
	n += block_put_varint(payload + n, n_events);
	n += block_put_varint(payload + n, n_lost);
	return n;
}

size_t block_memory_payload(uint8_t *payload, uint64_t time, const uint64_t bytes[WIRE_MEMORY_END])
{
	size_t n = block_put_varint(payload, time);
	unsigned n_known = 0;

	for (unsigned i = 0; i < WIRE_MEMORY_END; i++)
		n_known += bytes[i] != 0;
	n += block_put_varint(payload + n, n_known);
	for (unsigned i = 0; i < WIRE_MEMORY_END; i++) {
		if (bytes[i] == 0)
			continue;
		n += block_put_varint(payload + n, i);
		n += block_put_varint(payload + n, bytes[i]);
	}
	return n;
}
