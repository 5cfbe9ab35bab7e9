// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers, texts and lists to a file or from one: the same calls write and read, so that the two cannot differ.
#ifndef READALLOC_ARCHIVE_H
#define READALLOC_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

// Reading trusts nothing: the first thing wrong sticks in `in.error`, and all that is read after it is 0, so a caller may look once
// at the end; only what memory would be addressed by has to be held to its limit at once. What is read goes to
// structures that were made anew.
struct archive {
	bool is_reading;
	struct cursor in; // what is left of the section that is read
	size_t n_left;    // bytes of the file behind that section
	// Writing.
	int fd;
	int error;           // number of the first error
	uint64_t n_written;  // bytes of the file, but for those in the buffer
	uint64_t section_at; // where the section's header is
	uint32_t tag, crc;   // of the section; of what is written of it
	size_t n;            // bytes in the buffer
	uint8_t *buffer;
};

// A file has a beginning of `ARCHIVE_START_SIZE` bytes, and then sections: each its tag, its length, and a CRC-32 of these and of
// all that is in it.
enum { ARCHIVE_START_SIZE = 20, ARCHIVE_SECTION_SIZE = 16, ARCHIVE_TEXT_MAX = 1 << 20 };

// Begins to write to the empty file `fd`, which the caller closes.
void archive_create(struct archive *archive, int fd);
// Whether all was written, else errno says why not; or all was read, and nothing is left.
bool archive_close(struct archive *archive);

// Begins to read the file whose bytes these are, which are borrowed. NULL: every section is what was written; else what is wrong.
const char *archive_open(struct archive *archive, const uint8_t *bytes, size_t size);

// The next section, which is to be `tag`. When reading, false: it is not there.
bool archive_section(struct archive *archive, uint32_t tag);
// Its end. When reading, false: something was wrong with it, or some of it is left.
bool archive_section_end(struct archive *archive);

void archive_fail(struct archive *archive, const char *error);

static inline bool archive_is_well(const struct archive *archive)
{
	return !archive->in.error;
}

void archive_u64(struct archive *archive, uint64_t *value);
void archive_u32(struct archive *archive, uint32_t *value);
void archive_u8(struct archive *archive, uint8_t *value);
void archive_bool(struct archive *archive, bool *value);
void archive_unsigned(struct archive *archive, unsigned *value);
void archive_double(struct archive *archive, double *value);
void archive_bytes(struct archive *archive, void *bytes, size_t size);

// A number below `end`; or UINT32_MAX with `or_none`.
void archive_index(struct archive *archive, uint32_t *value, size_t end, bool or_none);

// A number up to `most`.
void archive_up_to(struct archive *archive, uint64_t *value, uint64_t most);

// The number of elements that follow, each of at least one byte.
void archive_count(struct archive *archive, size_t *n);

// A text that its structure owns; NULL stays NULL.
void archive_text(struct archive *archive, char **text);

#endif
