// SPDX-License-Identifier: GPL-3.0-or-later
// Which stream it is that a connection brings: its id (FORMAT.md, section 3), before anything of it is decoded.
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "util.h"

enum { PREAMBLE_AT = WIRE_HEADER_SIZE, PAYLOAD_AT = PREAMBLE_AT + WIRE_BLOCK_HEADER_SIZE };

bool identity_find(struct identity *identity, struct cursor payload)
{
	while (cursor_left(&payload) != 0) {
		uint64_t id = cursor_varint(&payload);
		struct cursor value = cursor_part(&payload, cursor_varint(&payload));
		if (!payload.error && id == WIRE_FIELD_STREAM_ID &&
		    cursor_left(&value) == sizeof(identity->bytes)) {
			memcpy(identity->bytes, value.at, sizeof(identity->bytes));
			return true;
		}
	}
	return false;
}

enum identity_result identity_read(struct identity *identity, const uint8_t *bytes, size_t size)
{
	size_t n_magic = size < WIRE_MAGIC_SIZE ? size : WIRE_MAGIC_SIZE;
	if (memcmp(bytes, WIRE_MAGIC, n_magic) != 0) {
		return IDENTITY_NONE;
	}
	if (size < PAYLOAD_AT) {
		return IDENTITY_PARTIAL;
	}
	const uint8_t *block = bytes + PREAMBLE_AT;
	uint32_t length = bytes_u32(block + WIRE_BLOCK_LENGTH_AT);
	if (bytes_u16(bytes + WIRE_MAGIC_SIZE) != WIRE_MAJOR ||
	    memcmp(block, WIRE_SYNC, WIRE_SYNC_SIZE) != 0 ||
	    block[WIRE_BLOCK_TYPE_AT] != WIRE_PREAMBLE || length > WIRE_PAYLOAD_MAX) {
		return IDENTITY_NONE;
	}
	if (size - PAYLOAD_AT < length) {
		return IDENTITY_PARTIAL;
	}
	const uint8_t *payload = bytes + PAYLOAD_AT;
	uint32_t crc =
		crc32_update(0, block + WIRE_BLOCK_TYPE_AT, WIRE_BLOCK_CRC_AT - WIRE_BLOCK_TYPE_AT);
	bool is_whole = crc32_update(crc, payload, length) == bytes_u32(block + WIRE_BLOCK_CRC_AT);
	return is_whole && identity_find(identity, cursor_over(payload, length)) ? IDENTITY_FOUND
										 : IDENTITY_NONE;
}

bool identity_equals(const struct identity *one, const struct identity *two)
{
	return memcmp(one->bytes, two->bytes, sizeof(one->bytes)) == 0;
}

void identities_free(struct identities *identities)
{
	free(identities->ring);
	*identities = (struct identities){ 0 };
}

void identities_add(struct identities *identities, const struct identity *identity)
{
	if (!identities->ring) {
		identities->ring = xcalloc(IDENTITIES_MAX, sizeof(*identities->ring));
	}
	identities->ring[identities->n++ % IDENTITIES_MAX] = *identity;
}

bool identities_have(const struct identities *identities, const struct identity *identity)
{
	size_t n = identities->n < IDENTITIES_MAX ? identities->n : IDENTITIES_MAX;
	for (size_t i = 0; i < n; i++) {
		if (identity_equals(&identities->ring[i], identity)) {
			return true;
		}
	}
	return false;
}
