// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of one section of an ELF file, unpacked where they are compressed.
#include "elf_unpack.h"

#include "elf_layout.h"
#include "unpacked.h"

#include <elf.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef DUMPALLOC_HAVE_ZSTD
#include <zstd.h>
#endif

enum {
	OLD_HEAD = 12, // "ZLIB", the size in eight bytes, the first one highest
	COMPRESSED_BY_ZSTD = 2,
};

// What a file says it unpacks to is believed up to these.
static const uint64_t SIZE_MAX_UNPACKED = (uint64_t)4 << 30, MINI_MAX_UNPACKED = 256 << 20;
static const uint64_t LZMA_MEMORY_MAX = 256 << 20;

static const char too_large[] = "a compressed section is said to be larger than it can be";
static const char damaged[] = "a compressed section is damaged";

static uint8_t *unpack_zlib(const uint8_t *from, uint64_t n, uint64_t size)
{
	uint8_t *to = malloc((size_t)size + 1);
	if (to == NULL) {
		return NULL;
	}
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)from, .next_out = to };
	bool is_good = inflateInit(&stream) == Z_OK;
	uint64_t left_in = n, left_out = size;
	int result = is_good ? Z_OK : Z_MEM_ERROR;
	while (result == Z_OK) {
		uInt in = left_in < UINT32_MAX ? (uInt)left_in : UINT32_MAX;
		uInt out = left_out < UINT32_MAX ? (uInt)left_out : UINT32_MAX;
		stream.avail_in = in;
		stream.avail_out = out;
		result = inflate(&stream, Z_NO_FLUSH);
		left_in -= in - stream.avail_in;
		left_out -= out - stream.avail_out;
	}
	if (is_good) {
		inflateEnd(&stream);
	}
	if (result != Z_STREAM_END || left_out != 0) {
		free(to);
		return NULL;
	}
	return to;
}

static uint8_t *unpack_zstd(const uint8_t *from, uint64_t n, uint64_t size)
{
#ifdef DUMPALLOC_HAVE_ZSTD
	uint8_t *to = malloc((size_t)size + 1);
	if (to != NULL && ZSTD_decompress(to, (size_t)size, from, (size_t)n) == size) {
		return to;
	}
	free(to);
#else
	(void)from;
	(void)n;
	(void)size;
#endif
	return NULL;
}

static const char *zstd_lack(void)
{
#ifdef DUMPALLOC_HAVE_ZSTD
	return damaged;
#else
	return "a section is compressed by zstd, which this readalloc was built without";
#endif
}

// Takes over `packed`.
static uint8_t *unpack(uint8_t *packed, uint64_t head, uint64_t packed_size, uint64_t kind,
		       uint64_t size, const char **reason)
{
	uint8_t *bytes = NULL;
	// Deflate makes no more than 1032 bytes of one.
	if (size > SIZE_MAX_UNPACKED || (kind == ELFCOMPRESS_ZLIB && size / 1040 > packed_size)) {
		*reason = too_large;
	} else if (kind == ELFCOMPRESS_ZLIB) {
		bytes = unpack_zlib(packed + head, packed_size - head, size);
		*reason = bytes != NULL ? *reason : damaged;
	} else if (kind == COMPRESSED_BY_ZSTD) {
		bytes = unpack_zstd(packed + head, packed_size - head, size);
		*reason = bytes != NULL ? *reason : zstd_lack();
	} else {
		*reason = "a section is compressed in an unknown way";
	}
	free(packed);
	if (bytes != NULL) {
		bytes[size] = 0;
	}
	return bytes;
}

static uint8_t *load(const struct elf_file *file, const char *name, uint64_t *size, uint64_t *flags)
{
	const uint8_t *section = elf_find_section(file, name);
	if (section == NULL) {
		return NULL;
	}
	*size = elf_field(file, section, file->layout->sh_size);
	*flags = elf_field(file, section, file->layout->sh_flags);
	return elf_load(file, elf_field(file, section, file->layout->sh_offset), *size);
}

static uint8_t *load_old(const struct elf_file *file, const char *name, size_t *size,
			 const char **reason)
{
	char old[64] = ".z";
	uint64_t packed_size, flags;
	strncat(old, name + 1, sizeof(old) - 3);
	uint8_t *packed = load(file, old, &packed_size, &flags);
	if (packed == NULL) {
		return NULL;
	}
	if (packed_size < OLD_HEAD || memcmp(packed, "ZLIB", 4) != 0) {
		free(packed);
		*reason = damaged;
		return NULL;
	}
	uint64_t whole = elf_read(packed + 4, 8, WIRE_BIG_ENDIAN);
	*size = (size_t)whole;
	return unpack(packed, OLD_HEAD, packed_size, ELFCOMPRESS_ZLIB, whole, reason);
}

static uint8_t *unpack_section(const struct elf_file *file, const char *name, size_t *size,
			       const char **reason)
{
	uint64_t file_size, flags;
	uint8_t *bytes = load(file, name, &file_size, &flags);
	if (bytes == NULL) {
		return strncmp(name, ".debug_", 7) == 0 ? load_old(file, name, size, reason) : NULL;
	}
	*size = (size_t)file_size;
	if ((flags & SHF_COMPRESSED) == 0) {
		return bytes;
	}
	bool is_wide = file->identity.word_size == 8;
	uint64_t head = is_wide ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	if (file_size < head) {
		free(bytes);
		*reason = damaged;
		return NULL;
	}
	unsigned order = file->identity.byte_order;
	uint64_t kind = elf_read(bytes, 4, order);
	uint64_t whole = elf_read(
		bytes + (is_wide ? offsetof(Elf64_Chdr, ch_size) : offsetof(Elf32_Chdr, ch_size)),
		is_wide ? 8 : 4, order);
	*size = (size_t)whole;
	return unpack(bytes, head, file_size, kind, whole, reason);
}

uint8_t *elf_unpack(const struct elf_file *file, const char *name, size_t *size,
		    const char **reason)
{
	const uint8_t *section = elf_find_section(file, name);
	if (section == NULL ||
	    (elf_field(file, section, file->layout->sh_flags) & SHF_COMPRESSED) == 0) {
		return unpack_section(file, name, size, reason);
	}
	unsigned claim;
	uint64_t offset = elf_field(file, section, file->layout->sh_offset);
	uint8_t *bytes = unpacked_find(file->fd, offset, size, &claim);
	if (bytes == NULL) {
		bytes = unpack_section(file, name, size, reason);
		if (bytes != NULL) {
			unpacked_keep(claim, bytes, *size);
		}
	}
	return bytes;
}

uint8_t *elf_unpack_mini(const struct elf_file *file, size_t *size, const char **reason)
{
	uint64_t packed_size, flags;
	uint8_t *packed = load(file, ".gnu_debugdata", &packed_size, &flags), *bytes = NULL;
	if (packed == NULL) {
		return NULL;
	}
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret result = lzma_stream_decoder(&stream, LZMA_MEMORY_MAX, 0);
	size_t capacity = 0, n = 0;
	stream.next_in = packed;
	stream.avail_in = (size_t)packed_size;
	while (result == LZMA_OK && capacity < MINI_MAX_UNPACKED) {
		capacity = capacity == 0 ? 1 << 16 : 2 * capacity;
		uint8_t *grown = realloc(bytes, capacity + 1);
		if (grown == NULL) {
			break;
		}
		bytes = grown;
		stream.next_out = bytes + n;
		stream.avail_out = capacity - n;
		result = lzma_code(&stream, LZMA_FINISH);
		n = capacity - stream.avail_out;
	}
	lzma_end(&stream);
	free(packed);
	if (bytes == NULL || result != LZMA_STREAM_END) {
		free(bytes);
		*reason = "its packed symbols (.gnu_debugdata) are damaged";
		return NULL;
	}
	bytes[n] = 0;
	*size = n;
	return bytes;
}
