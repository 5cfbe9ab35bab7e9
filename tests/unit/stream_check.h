// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a stream back in the channel's tests: blocks checked one by one, payloads joined per thread.
#ifndef TESTS_UNIT_STREAM_CHECK_H
#define TESTS_UNIT_STREAM_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "libdumpalloc/wire.h"

enum { STREAM_THREADS_MAX = 16 };

struct stream {
	bool is_sound; // header, every sync, CRC, index and the end of the last block
	bool has_preamble;
	unsigned end; // enum wire_end, 0: no END
	uint64_t n_events, n_lost;
	size_t n_blocks;
	size_t capacity;                    // of each of `bytes`
	uint8_t *bytes[STREAM_THREADS_MAX]; // payloads of RECORDS by thread; stream_free frees them
	size_t sizes[STREAM_THREADS_MAX];
	uint32_t next_index[STREAM_THREADS_MAX];
};

static inline uint32_t stream_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

// Bit by bit, with nothing in common with the code under test but the polynomial. The table is of
// four bits, so that 64 MB take no minute under an emulator.
static inline uint32_t stream_crc(uint32_t crc, const uint8_t *at, size_t size)
{
	static uint32_t table[16];
	if (table[1] == 0) {
		for (uint32_t i = 0; i < 16; i++) {
			uint32_t value = i;
			for (int bit = 0; bit < 4; bit++)
				value = value >> 1 ^ (value & 1 ? UINT32_C(0xedb88320) : 0);
			table[i] = value;
		}
	}
	crc = ~crc;
	for (; size > 0; size--) {
		crc ^= *at++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static inline uint64_t stream_varint(const uint8_t **at)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

// One block; returns its size, or 0 when it is not sound.
static inline size_t stream_block(struct stream *stream, const uint8_t *at, size_t left)
{
	if (left < WIRE_BLOCK_HEADER_SIZE || memcmp(at, WIRE_SYNC, WIRE_SYNC_SIZE) != 0)
		return 0;
	uint32_t thread = stream_u32(at + WIRE_BLOCK_THREAD_AT);
	uint32_t index = stream_u32(at + WIRE_BLOCK_INDEX_AT);
	uint32_t length = stream_u32(at + WIRE_BLOCK_LENGTH_AT);
	const uint8_t *payload = at + WIRE_BLOCK_HEADER_SIZE;
	if (length > WIRE_PAYLOAD_MAX || length > left - WIRE_BLOCK_HEADER_SIZE ||
	    thread >= STREAM_THREADS_MAX || index != stream->next_index[thread]++)
		return 0;
	uint32_t crc = stream_crc(0, at + WIRE_SYNC_SIZE, WIRE_BLOCK_CRC_AT - WIRE_SYNC_SIZE);
	if (stream_crc(crc, payload, length) != stream_u32(at + WIRE_BLOCK_CRC_AT))
		return 0;

	switch (at[WIRE_BLOCK_TYPE_AT]) {
	case WIRE_PREAMBLE:
		stream->has_preamble = stream->n_blocks == 0 && thread == 0;
		break;
	case WIRE_RECORDS:
		if (thread == 0 || length == 0)
			return 0;
		if (stream->bytes[thread] == NULL)
			stream->bytes[thread] = malloc(stream->capacity);
		memcpy(stream->bytes[thread] + stream->sizes[thread], payload, length);
		stream->sizes[thread] += length;
		break;
	case WIRE_END:
		stream->end = (unsigned)stream_varint(&payload);
		stream->n_events = stream_varint(&payload);
		stream->n_lost = stream_varint(&payload);
		break;
	default:
		return 0;
	}
	stream->n_blocks++;
	return WIRE_BLOCK_HEADER_SIZE + length;
}

static inline struct stream stream_parse(const uint8_t *bytes, size_t size)
{
	struct stream stream = { .capacity = size };
	static const uint8_t version[] = { WIRE_MAJOR, 0, WIRE_MINOR, 0 };

	if (size < WIRE_HEADER_SIZE || memcmp(bytes, WIRE_MAGIC, WIRE_MAGIC_SIZE) != 0 ||
	    memcmp(bytes + WIRE_MAGIC_SIZE, version, sizeof version) != 0)
		return stream;
	size_t at = WIRE_HEADER_SIZE;
	while (at < size && stream.end == 0) {
		size_t step = stream_block(&stream, bytes + at, size - at);
		if (step == 0)
			return stream;
		at += step;
	}
	stream.is_sound = at == size;
	return stream;
}

static inline void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < STREAM_THREADS_MAX; i++)
		free(stream->bytes[i]);
}

static inline struct stream stream_read(const char *path)
{
	struct stream stream = { 0 };
	struct stat stat_buffer;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return stream;
	if (fstat(fileno(file), &stat_buffer) == 0 && stat_buffer.st_size > 0) {
		uint8_t *bytes = malloc((size_t)stat_buffer.st_size);
		size_t n = fread(bytes, 1, (size_t)stat_buffer.st_size, file);
		stream = stream_parse(bytes, n);
		free(bytes);
	}
	fclose(file);
	return stream;
}

// Bytes a test writes: `size` of them from position `at` of thread `thread`'s endless sequence.
static inline void pattern_fill(uint8_t *bytes, size_t size, size_t at, uint32_t thread)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t word = (uint32_t)((at + i) >> 2) * UINT32_C(2654435761) + thread * 40503u;
		bytes[i] = (uint8_t)(word >> (8 * ((at + i) & 3)));
	}
}

// The thread's payload is the beginning of its sequence.
static inline bool pattern_holds(const struct stream *stream, uint32_t thread)
{
	uint8_t expected[4096];

	for (size_t at = 0; at < stream->sizes[thread]; at += sizeof expected) {
		size_t n = stream->sizes[thread] - at;
		n = n < sizeof expected ? n : sizeof expected;
		pattern_fill(expected, n, at, thread);
		if (memcmp(stream->bytes[thread] + at, expected, n) != 0) {
			fprintf(stderr, "thread %u differs between bytes %zu and %zu of %zu\n",
				thread, at, at + n, stream->sizes[thread]);
			return false;
		}
	}
	return true;
}

#endif
