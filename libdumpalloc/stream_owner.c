// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose stream a file holds.
#include "libdumpalloc/stream_owner.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/wire.h"

enum {
	LOOK_SIZE = 8192, // the pid stands before the long fields
	TRIES = 10,
	TRY_MS = 10,
	PAYLOAD_AT = WIRE_HEADER_SIZE + WIRE_BLOCK_HEADER_SIZE,
};

static bool get_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool read_fields(const uint8_t *at, const uint8_t *end, struct stream_owner *owner)
{
	*owner = (struct stream_owner){ 0 };
	while (at < end) {
		uint64_t id, length, pid;
		if (!get_varint(&at, end, &id) || !get_varint(&at, end, &length) ||
		    length > (uint64_t)(end - at))
			break;
		const uint8_t *value = at;
		at += length;
		if ((id != WIRE_FIELD_PID && id != WIRE_FIELD_PARENT_PID) ||
		    !get_varint(&value, at, &pid) || pid > INT32_MAX)
			continue;
		*(id == WIRE_FIELD_PID ? &owner->pid : &owner->parent) = (pid_t)pid;
	}
	return owner->pid > 0;
}

// `size` bytes of the file's beginning, which may have been cut within the preamble or behind it.
static bool read_preamble(const uint8_t *bytes, size_t size, struct stream_owner *owner)
{
	const uint8_t *block = bytes + WIRE_HEADER_SIZE;
	const uint8_t *payload = block + WIRE_BLOCK_HEADER_SIZE;
	size_t there = size - PAYLOAD_AT;
	size_t length = block_length(block);

	return memcmp(bytes, WIRE_MAGIC, WIRE_MAGIC_SIZE) == 0 &&
	       block[WIRE_BLOCK_TYPE_AT] == WIRE_PREAMBLE &&
	       read_fields(payload, payload + (length < there ? length : there), owner);
}

bool stream_owner_read(const char *path, struct stream_owner *owner)
{
	uint8_t bytes[LOOK_SIZE];

	for (int i = 0; i < TRIES; i++) {
		ssize_t n = process_read_file(path, bytes, sizeof bytes);
		if (n < 0)
			return false;
		bool is_packed = n > PACK_HEADER_SIZE && pack_member_size(bytes) != 0;
		ssize_t at = is_packed ? PACK_HEADER_SIZE : 0;
		if (n > at + PAYLOAD_AT)
			return read_preamble(bytes + at, (size_t)(n - at), owner);
		nanosleep(&(struct timespec){ .tv_nsec = TRY_MS * 1000000L }, NULL);
	}
	return false;
}
