// SPDX-License-Identifier: GPL-3.0-or-later
// From the header of a stream from block to block, and the way back into it after damage (FORMAT.md, section 2).
#include "decode.h"

#include <string.h>

#include "crc32.h"
#include "model.h"

// Without a good block in so many bytes the input is not ours.
enum { FOREIGN_LIMIT = 2 * DECODER_BUFFER_MIN };

enum block_state {
	BLOCK_WHOLE,
	BLOCK_PARTIAL,
	BLOCK_DAMAGED,
};

static enum block_state block_check(const uint8_t *block, size_t size, uint32_t *length,
				    const char **reason)
{
	size_t n_sync = size < WIRE_SYNC_SIZE ? size : WIRE_SYNC_SIZE;
	*reason = "a block does not begin where it should";
	if (memcmp(block, WIRE_SYNC, n_sync) != 0) {
		return BLOCK_DAMAGED;
	}
	*reason = "the stream is cut off in the middle of a block";
	if (size < WIRE_BLOCK_HEADER_SIZE) {
		return BLOCK_PARTIAL;
	}
	*length = bytes_u32(block + WIRE_BLOCK_LENGTH_AT);
	if (*length > WIRE_PAYLOAD_MAX) {
		*reason = "a block is longer than allowed";
		return BLOCK_DAMAGED;
	}
	if (size - WIRE_BLOCK_HEADER_SIZE < *length) {
		return BLOCK_PARTIAL;
	}
	uint32_t crc =
		crc32_update(0, block + WIRE_BLOCK_TYPE_AT, WIRE_BLOCK_CRC_AT - WIRE_BLOCK_TYPE_AT);
	crc = crc32_update(crc, block + WIRE_BLOCK_HEADER_SIZE, *length);
	if (crc != bytes_u32(block + WIRE_BLOCK_CRC_AT)) {
		*reason = "a block fails its checksum";
		return BLOCK_DAMAGED;
	}
	return BLOCK_WHOLE;
}

// Bytes to skip to where a block may begin, at least 1.
static size_t sync_distance(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = memchr(bytes + 1, WIRE_SYNC[0] & 0xff, size - 1);
	return at ? (size_t)(at - bytes) : size;
}

// Whether a header may begin here, as far as the bytes go.
static bool is_magic(const uint8_t *bytes, size_t size)
{
	return memcmp(bytes, WIRE_MAGIC, size < WIRE_MAGIC_SIZE ? size : WIRE_MAGIC_SIZE) == 0;
}

// What is said of a stream that somebody compressed, where that is not undone here; NULL: it is none.
static const char *packed_reason(const uint8_t *bytes, size_t size)
{
	static const struct {
		const char *magic, *reason;
	} packers[] = {
		{ "\xfd"
		  "7zXZ",
		  "compressed by xz: undo it, by xz -d" },
		{ "\x28\xb5\x2f\xfd", "compressed by zstd: undo it, by zstd -d" },
		{ "BZh", "compressed by bzip2: undo it, by bzip2 -d" },
		{ "\x04\x22\x4d\x18", "compressed by lz4: undo it, by lz4 -d" },
	};
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		size_t length = strlen(packers[i].magic);
		if (size >= length && memcmp(bytes, packers[i].magic, length) == 0) {
			return packers[i].reason;
		}
	}
	return NULL;
}

// Returns the bytes of the header; those of a header that is not one are searched for blocks.
static size_t header_read(struct decoder *decoder, const uint8_t *bytes, size_t size)
{
	decoder->has_header = true;
	// What gzip has made of a stream that the relay had compressed.
	if (size >= WIRE_MEMBER_SIZE_AT && memcmp(bytes, WIRE_MEMBER, WIRE_MEMBER_SIZE_AT) == 0) {
		decoder_damage(decoder, decoder->offset,
			       "compressed twice: undo it once, by gzip -d");
		decoder->is_foreign = true;
		return size;
	}
	const char *packed = packed_reason(bytes, size);
	if (packed) {
		decoder_damage(decoder, decoder->offset, packed);
		decoder->is_foreign = true;
		return size;
	}
	if (!is_magic(bytes, size)) {
		decoder_damage(decoder, decoder->offset, "not a dumpalloc stream");
		decoder->is_searching = true;
		return 0;
	}
	if (size < WIRE_HEADER_SIZE) {
		decoder_damage(decoder, decoder->offset, "the stream is cut off in its header");
		return size;
	}
	decoder->major = bytes_u16(bytes + WIRE_MAGIC_SIZE);
	decoder->minor = bytes_u16(bytes + WIRE_MAGIC_SIZE + 2);
	if (decoder->major != WIRE_MAJOR) {
		decoder_damage(decoder, decoder->offset + WIRE_MAGIC_SIZE,
			       "a format version this readalloc does not know");
		decoder->is_foreign = true;
		return size;
	}
	return WIRE_HEADER_SIZE;
}

// Nothing that follows is of this stream.
static bool is_to_stop(const struct decoder *decoder)
{
	return decoder->is_foreign || decoder->has_successor;
}

// Whether what begins here is the same stream, as it does in each part of a file. IDENTITY_NONE: it is another.
static enum identity_result stream_compare(const struct decoder *decoder, const uint8_t *bytes,
					   size_t size)
{
	struct identity identity;
	enum identity_result result = identity_read(&identity, bytes, size);
	bool is_same = result == IDENTITY_FOUND && decoder->has_identity &&
		       identity_equals(&identity, &decoder->identity);
	return result == IDENTITY_FOUND && !is_same ? IDENTITY_NONE : result;
}

// Looks at the block at `bytes` and returns the bytes to go on by; 0: more are needed.
static size_t block_step(struct decoder *decoder, const uint8_t *bytes, size_t size, bool is_last)
{
	uint32_t length = 0;
	const char *reason;
	enum block_state state = block_check(bytes, size, &length, &reason);
	if (state == BLOCK_WHOLE) {
		decoder->is_searching = false;
		block_decode(decoder, bytes, length);
		return WIRE_BLOCK_HEADER_SIZE + length;
	}
	if (state == BLOCK_PARTIAL && !is_last) {
		return 0;
	}
	if (state == BLOCK_DAMAGED && !decoder->is_searching && is_magic(bytes, size)) {
		enum identity_result result = stream_compare(decoder, bytes, size);
		if (result == IDENTITY_FOUND) {
			decoder->is_rejoined = true;
			return WIRE_HEADER_SIZE;
		}
		if (result == IDENTITY_PARTIAL && !is_last) {
			return 0;
		}
		if (size >= WIRE_MAGIC_SIZE) {
			decoder_damage(decoder, decoder->offset, "another stream begins");
			decoder->has_successor = true;
			return size;
		}
	}
	if (!decoder->is_searching) {
		decoder_damage(decoder, decoder->offset, reason);
		decoder->is_searching = true;
	}
	size_t distance = sync_distance(bytes, size);
	decoder->damage.n_skipped += distance;
	if (decoder->watch) {
		decoder->watch->skip(decoder->watch->context, distance);
	}
	return distance;
}

void decoder_rejoin(struct decoder *decoder)
{
	decoder->is_rejoined = true;
	decoder->has_header = false;
	decoder->is_searching = false;
}

void decoder_gap(struct decoder *decoder, uint64_t n_cut, uint64_t n_lost)
{
	decoder_damage(decoder, decoder->offset, "datagrams are lost");
	decoder->damage.n_lost += n_lost;
	decoder->damage.n_skipped += n_cut;
	decoder->offset += n_cut + n_lost;
	decoder->is_searching = true;
}

size_t decoder_feed(struct decoder *decoder, const uint8_t *bytes, size_t size, bool is_last)
{
	size_t used = 0;
	if (!decoder->has_header) {
		if (size == 0 || (size < WIRE_HEADER_SIZE && !is_last)) {
			return 0;
		}
		used = header_read(decoder, bytes, size);
		decoder->offset += used;
	}
	while (used < size && !is_to_stop(decoder)) {
		size_t step = block_step(decoder, bytes + used, size - used, is_last);
		if (step == 0) {
			break;
		}
		used += step;
		decoder->offset += step;
		if (!decoder->has_block && decoder->offset > FOREIGN_LIMIT) {
			decoder->is_foreign = true;
		}
	}
	order_drain(decoder->order);
	return is_to_stop(decoder) ? size : used;
}
