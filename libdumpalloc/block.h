// SPDX-License-Identifier: LGPL-2.1-or-later
// The header of a stream and of its blocks, byte by byte (FORMAT.md, section 2).
#ifndef LIBDUMPALLOC_BLOCK_H
#define LIBDUMPALLOC_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "libdumpalloc/wire.h"

// Continues a CRC-32 (IEEE 802.3) that started at 0: block_crc(block_crc(0, a), b) is that of ab.
uint32_t block_crc(uint32_t crc, const void *bytes, size_t size);

// A number of the stream, least significant byte first, at any address.
uint32_t block_u32(const uint8_t *at);
void block_put_u32(uint8_t *at, uint32_t value);

// Writes a `uv`, up to WIRE_VARINT_MAX bytes; returns how many.
size_t block_put_varint(uint8_t *at, uint64_t value);

// Fills the header of the stream.
void block_stream_header(uint8_t header[WIRE_HEADER_SIZE]);

// Fills the header of a block whose payload lies in `n_parts` pieces.
void block_header(uint8_t header[WIRE_BLOCK_HEADER_SIZE], enum wire_block type, uint32_t thread,
		  uint32_t index, const struct iovec *parts, size_t n_parts);

// The length of the payload behind such a header.
uint32_t block_length(const uint8_t header[WIRE_BLOCK_HEADER_SIZE]);

// Fills `payload` (at least BLOCK_END_MAX bytes) with that of an END block; returns its size.
enum { BLOCK_END_MAX = 3 * WIRE_VARINT_MAX };
size_t block_end_payload(uint8_t *payload, enum wire_end reason, uint64_t n_events,
			 uint64_t n_lost);

// The same for a MEMORY block: `bytes` by enum wire_memory, of which what is 0 is left out.
enum { BLOCK_MEMORY_MAX = (2 + 2 * WIRE_MEMORY_END) * WIRE_VARINT_MAX };
size_t block_memory_payload(uint8_t *payload, uint64_t time, const uint64_t bytes[WIRE_MEMORY_END]);

#endif
