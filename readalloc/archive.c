// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers, texts and lists to a file or from one: the same calls write and read, so that the two cannot differ.
#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32.h"
#include "util.h"

enum {
	BUFFER_SIZE = 1 << 16,
	NUMBER_MAX = 10, // bytes of a varint
	MAGIC_SIZE = 16,
	FORMAT = 3, // one more with each change of what is written
	LENGTH_AT = 4,
	CRC_AT = 12,
};

static const char MAGIC[MAGIC_SIZE] = "dumpalloc state\n";

_Static_assert(MAGIC_SIZE + 4 == ARCHIVE_START_SIZE, "the start has a magic and a format");

static void u32_put(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> 8 * i);
	}
}

// Writes at a place of the file, whatever its position is.
static void file_write(struct archive *archive, const uint8_t *bytes, size_t size, uint64_t at)
{
	while (size != 0 && archive->error == 0) {
		ssize_t n = pwrite(archive->fd, bytes, size, (off_t)at);
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
			at += (uint64_t)n;
		} else if (n == 0 || errno != EINTR) {
			archive->error = n == 0 ? ENOSPC : errno;
		}
	}
}

static void buffer_write(struct archive *archive)
{
	archive->crc = crc32_update(archive->crc, archive->buffer, archive->n);
	file_write(archive, archive->buffer, archive->n, archive->n_written);
	archive->n_written += archive->n;
	archive->n = 0;
}

void archive_create(struct archive *archive, int fd)
{
	uint8_t start[ARCHIVE_START_SIZE];
	*archive = (struct archive){ .fd = fd, .buffer = xcalloc(BUFFER_SIZE, 1) };
	memcpy(start, MAGIC, MAGIC_SIZE);
	u32_put(start + MAGIC_SIZE, FORMAT);
	file_write(archive, start, sizeof(start), 0);
	archive->n_written = sizeof(start);
}

bool archive_close(struct archive *archive)
{
	if (archive->is_reading) {
		return archive_is_well(archive) && archive->n_left == 0;
	}
	free(archive->buffer);
	archive->buffer = NULL;
	errno = archive->error;
	return archive->error == 0;
}

// What else is in the header comes last in the checksum, as its length is known last.
static uint32_t crc_end(uint32_t crc, const uint8_t *header)
{
	return crc32_update(crc, header, CRC_AT);
}

static uint64_t length_of(const uint8_t *header)
{
	return bytes_u32(header + LENGTH_AT) | (uint64_t)bytes_u32(header + LENGTH_AT + 4) << 32;
}

const char *archive_open(struct archive *archive, const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes + ARCHIVE_START_SIZE, *end = bytes + size;
	*archive = (struct archive){ .is_reading = true, .fd = -1 };
	if (size < ARCHIVE_START_SIZE || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0) {
		return "not a checkpoint";
	}
	if (bytes_u32(bytes + MAGIC_SIZE) != FORMAT) {
		return "written by another version of readalloc";
	}
	while (at != end) {
		if (end - at < ARCHIVE_SECTION_SIZE ||
		    (uint64_t)(end - at) - ARCHIVE_SECTION_SIZE < length_of(at)) {
			return "cut off";
		}
		size_t length = (size_t)length_of(at);
		if (crc_end(crc32_update(0, at + ARCHIVE_SECTION_SIZE, length), at) !=
		    bytes_u32(at + CRC_AT)) {
			return "damaged";
		}
		at += ARCHIVE_SECTION_SIZE + length;
	}
	archive->in = cursor_over(bytes + ARCHIVE_START_SIZE, 0);
	archive->n_left = size - ARCHIVE_START_SIZE;
	return NULL;
}

bool archive_section(struct archive *archive, uint32_t tag)
{
	if (!archive->is_reading) {
		archive->tag = tag;
		archive->section_at = archive->n_written;
		archive->n_written += ARCHIVE_SECTION_SIZE;
		archive->crc = 0;
		return true;
	}
	const uint8_t *at = archive->in.end;
	if (archive->n_left < ARCHIVE_SECTION_SIZE || bytes_u32(at) != tag) {
		archive_fail(archive, "cut off");
		return false;
	}
	size_t length = (size_t)length_of(at);
	archive->in = cursor_over(at + ARCHIVE_SECTION_SIZE, length);
	archive->n_left -= ARCHIVE_SECTION_SIZE + length;
	return true;
}

bool archive_section_end(struct archive *archive)
{
	if (archive->is_reading) {
		if (!archive->in.error && archive->in.at != archive->in.end) {
			archive_fail(archive, "damaged");
		}
		return !archive->in.error;
	}
	buffer_write(archive);
	uint8_t header[ARCHIVE_SECTION_SIZE];
	uint64_t length = archive->n_written - archive->section_at - ARCHIVE_SECTION_SIZE;
	u32_put(header, archive->tag);
	u32_put(header + LENGTH_AT, (uint32_t)length);
	u32_put(header + LENGTH_AT + 4, (uint32_t)(length >> 32));
	u32_put(header + CRC_AT, crc_end(archive->crc, header));
	file_write(archive, header, sizeof(header), archive->section_at);
	return archive->error == 0;
}

void archive_fail(struct archive *archive, const char *error)
{
	cursor_fail(&archive->in, error);
}

static void room_make(struct archive *archive, size_t n)
{
	if (BUFFER_SIZE - archive->n < n) {
		buffer_write(archive);
	}
}

void archive_u64(struct archive *archive, uint64_t *value)
{
	if (archive->is_reading) {
		*value = cursor_varint(&archive->in);
		return;
	}
	room_make(archive, NUMBER_MAX);
	uint8_t *at = archive->buffer + archive->n;
	uint64_t left = *value;
	for (; left >= 0x80; left >>= 7) {
		*at++ = (uint8_t)(left | 0x80);
	}
	*at++ = (uint8_t)left;
	archive->n = (size_t)(at - archive->buffer);
}

void archive_up_to(struct archive *archive, uint64_t *value, uint64_t most)
{
	archive_u64(archive, value);
	if (archive->is_reading && *value > most) {
		archive_fail(archive, "a number is impossible");
		*value = 0;
	}
}

void archive_u32(struct archive *archive, uint32_t *value)
{
	uint64_t wide = *value;
	archive_up_to(archive, &wide, UINT32_MAX);
	*value = (uint32_t)wide;
}

void archive_u8(struct archive *archive, uint8_t *value)
{
	uint64_t wide = *value;
	archive_up_to(archive, &wide, UINT8_MAX);
	*value = (uint8_t)wide;
}

void archive_bool(struct archive *archive, bool *value)
{
	uint64_t wide = *value;
	archive_up_to(archive, &wide, 1);
	*value = wide != 0;
}

void archive_unsigned(struct archive *archive, unsigned *value)
{
	uint64_t wide = *value;
	archive_up_to(archive, &wide, UINT32_MAX);
	*value = (unsigned)wide;
}

void archive_double(struct archive *archive, double *value)
{
	uint64_t bits;
	memcpy(&bits, value, sizeof(bits));
	archive_u64(archive, &bits);
	memcpy(value, &bits, sizeof(bits));
}

void archive_bytes(struct archive *archive, void *bytes, size_t size)
{
	if (archive->is_reading) {
		struct cursor part = cursor_part(&archive->in, size);
		if (cursor_left(&part) == size && size != 0) {
			memcpy(bytes, part.at, size);
		}
		return;
	}
	for (size_t done = 0, n; done < size; done += n) {
		room_make(archive, 1);
		n = size - done < BUFFER_SIZE - archive->n ? size - done : BUFFER_SIZE - archive->n;
		memcpy(archive->buffer + archive->n, (const uint8_t *)bytes + done, n);
		archive->n += n;
	}
}

void archive_index(struct archive *archive, uint32_t *value, size_t end, bool or_none)
{
	archive_u32(archive, value);
	if (archive->is_reading && *value >= end && !(or_none && *value == UINT32_MAX)) {
		archive_fail(archive, "a number leads nowhere");
		*value = or_none ? UINT32_MAX : 0;
	}
}

void archive_count(struct archive *archive, size_t *n)
{
	uint64_t wide = *n;
	archive_u64(archive, &wide);
	if (archive->is_reading && wide > cursor_left(&archive->in)) {
		archive_fail(archive, "a list is longer than what is left");
		wide = 0;
	}
	*n = (size_t)wide;
}

// One more than the size, 0 for NULL.
void archive_text(struct archive *archive, char **text)
{
	uint64_t size = *text ? strlen(*text) + 1 : 0;
	archive_up_to(archive, &size, ARCHIVE_TEXT_MAX);
	if (!archive->is_reading) {
		archive_bytes(archive, *text, size != 0 ? (size_t)size - 1 : 0);
		return;
	}
	*text = NULL;
	if (size != 0) {
		struct cursor part = cursor_part(&archive->in, size - 1);
		*text = xstrndup((const char *)part.at, cursor_left(&part));
	}
}
