// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose stream a file holds.
#include "libdumpalloc/stream_owner.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "libdumpalloc/process.h"
#include "libdumpalloc/wire.h"

enum {
	LOOK_SIZE = 8192, // the pid stands before the long fields
	TRIES = 10,
	TRY_MS = 10,
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

static pid_t find_pid(const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		uint64_t id, length, pid;
		if (!get_varint(&at, end, &id) || !get_varint(&at, end, &length) ||
		    length > (uint64_t)(end - at))
			return -1;
		if (id == WIRE_FIELD_PID)
			return get_varint(&at, end, &pid) && pid <= INT32_MAX ? (pid_t)pid : -1;
		at += length;
	}
	return -1;
}

pid_t stream_owner(const char *path)
{
	uint8_t bytes[LOOK_SIZE];
	const size_t payload_at = WIRE_HEADER_SIZE + WIRE_BLOCK_HEADER_SIZE;

	for (int i = 0; i < TRIES; i++) {
		ssize_t n = process_read_file(path, bytes, sizeof bytes);
		if (n < 0)
			return -1;
		if ((size_t)n > payload_at) {
			bool is_stream =
				memcmp(bytes, WIRE_MAGIC, WIRE_MAGIC_SIZE) == 0 &&
				bytes[WIRE_HEADER_SIZE + WIRE_BLOCK_TYPE_AT] == WIRE_PREAMBLE;
			return is_stream ? find_pid(bytes + payload_at, bytes + n) : -1;
		}
		nanosleep(&(struct timespec){ .tv_nsec = TRY_MS * 1000000L }, NULL);
	}
	return -1;
}
