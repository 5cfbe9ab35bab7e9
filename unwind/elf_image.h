// SPDX-License-Identifier: LGPL-2.1-or-later
// An ELF file read whole into memory, for programs that look at code.
#ifndef UNWIND_ELF_IMAGE_H
#define UNWIND_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image {
	uint8_t *bytes;
	size_t size;
	bool is_wide; // ELFCLASS64
	bool is_big_endian;
	unsigned machine;
	uint32_t flags;
	uint64_t sections_at, segments_at;
	unsigned n_sections, n_segments, names_index;
};

// Bytes of a section or segment. `bytes` is NULL when it has none in the file.
struct elf_part {
	const uint8_t *bytes;
	size_t size;
	uint64_t address;
	void *owned;    // what to free when the part was decompressed
	uint64_t names; // where in the file a symbol table's names are
};

// A symbol: `value` with its ISA bit as in the file.
struct elf_symbol {
	uint64_t value, size;
	unsigned type, other;
	char name[3]; // how the name begins, filled up with zeros
	bool is_defined;
};

// Reads `path`. NULL: success; else what is wrong, a static text. The image is freed by elf_close,
// also after a failure.
const char *elf_open(struct elf_image *image, const char *path);
// The same for a file that is open, from its start.
const char *elf_open_fd(struct elf_image *image, int fd);
void elf_close(struct elf_image *image);

// The section of that name, decompressed. False: there is none with contents.
bool elf_part_named(const struct elf_image *image, const char *name, struct elf_part *part);

// The i-th segment that is loaded and executable.
bool elf_part_code(const struct elf_image *image, unsigned i, struct elf_part *part);

// The i-th symbol of a symbol table; false behind the last.
bool elf_symbol_at(const struct elf_image *image, const struct elf_part *symbols, size_t i,
		   struct elf_symbol *symbol);

// The same build-id, or a file without one.
bool elf_is_same_build(const struct elf_image *a, const struct elf_image *b);

#endif
