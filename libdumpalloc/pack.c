// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes members of a gzip file of what is written to a sink (FORMAT.md, section 2).
#define _GNU_SOURCE
#include "libdumpalloc/pack.h"

#include <string.h>
#include <sys/mman.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/columns.h"
#include "libdumpalloc/pages.h"

enum {
	SHORT = 128, // the codes alone take as much
	LEAST_ROOM = 64 << 10,
};

static uint8_t header[PACK_HEADER_SIZE], trailer[WIRE_MEMBER_TRAILER_SIZE];
static struct deflate *deflate; // and behind it twice `room` bytes
static size_t room;             // for what is compressed, and what becomes of it

const void *pack_memory(void)
{
	return deflate;
}

uint32_t pack_member_size(const uint8_t *bytes)
{
	return memcmp(bytes, WIRE_MEMBER, WIRE_MEMBER_SIZE_AT) == 0
		       ? block_u32(bytes + WIRE_MEMBER_SIZE_AT)
		       : 0;
}

// False: errno says why.
static bool make_room(size_t size)
{
	size_t wanted = LEAST_ROOM;

	size = columns_room(size);
	// With what is put around, and for headers of stored blocks.
	while (wanted < size + size / 256 + PACK_HEADER_SIZE + WIRE_MEMBER_TRAILER_SIZE)
		wanted *= 2;
	if (wanted <= room)
		return true;
	if (deflate != NULL)
		munmap(deflate, sizeof *deflate + 2 * room);
	room = 0;
	deflate = pages_map(sizeof *deflate + 2 * wanted);
	if (deflate != NULL)
		room = wanted;
	return deflate != NULL;
}

static void put_header(uint8_t *at, size_t member_size)
{
	memcpy(at, WIRE_MEMBER, WIRE_MEMBER_SIZE_AT);
	block_put_u32(at + WIRE_MEMBER_SIZE_AT, (uint32_t)member_size);
}

static void put_trailer(uint8_t *at, uint32_t crc, size_t size)
{
	block_put_u32(at, crc);
	block_put_u32(at + 4, (uint32_t)size);
}

static size_t store(const uint8_t *bytes, size_t n, uint8_t *out)
{
	const uint8_t *start = out;

	while (n > 0) {
		size_t piece = n < DEFLATE_STORED_MOST ? n : DEFLATE_STORED_MOST;
		deflate_stored_header(out, piece, piece == n);
		memcpy(out + DEFLATE_STORED_HEADER, bytes, piece);
		out += DEFLATE_STORED_HEADER + piece;
		bytes += piece;
		n -= piece;
	}
	return (size_t)(out - start);
}

static struct iovec compress(const struct iovec *parts, int n_parts, size_t size)
{
	uint8_t *member = (uint8_t *)(deflate + 1), *bytes = member + room;
	uint8_t *body = member + WIRE_MEMBER_HEADER_SIZE, *end = member;

	for (int i = 0; i < n_parts; i++) {
		memcpy(end, parts[i].iov_base, parts[i].iov_len);
		end += parts[i].iov_len;
	}
	size = columns_of_blocks(member, size, bytes);
	size_t n = deflate_run(deflate, bytes, size, body, size);
	end = body + (n != 0 ? n : store(bytes, size, body));
	size_t member_size = (size_t)(end - member) + WIRE_MEMBER_TRAILER_SIZE;
	put_header(member, member_size);
	put_trailer(end, block_crc(0, bytes, size), size);
	return (struct iovec){ member, member_size };
}

int pack_member(const struct iovec *parts, int n_parts, bool is_plain, struct iovec *member)
{
	size_t size = 0;

	for (int i = 0; i < n_parts; i++)
		size += parts[i].iov_len;
	if (!is_plain && size >= SHORT && make_room(size)) {
		member[0] = compress(parts, n_parts, size);
		return 1;
	}
	if (size > DEFLATE_STORED_MOST)
		return 0;
	put_header(header, sizeof header + size + sizeof trailer);
	deflate_stored_header(header + WIRE_MEMBER_HEADER_SIZE, size, true);
	uint32_t crc = 0;
	for (int i = 0; i < n_parts; i++)
		crc = block_crc(crc, parts[i].iov_base, parts[i].iov_len);
	put_trailer(trailer, crc, size);
	member[0] = (struct iovec){ header, sizeof header };
	memcpy(member + 1, parts, (size_t)n_parts * sizeof *parts);
	member[1 + n_parts] = (struct iovec){ trailer, sizeof trailer };
	return n_parts + PACK_PARTS_MORE;
}
