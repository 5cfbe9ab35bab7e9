// SPDX-License-Identifier: GPL-3.0-or-later
// What an ELF file needs to run: its loader, its libraries, and where it has them looked for.
#include "elf_needed.h"

#include "elf_layout.h"
#include "util.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	LIBRARIES_MAX = 4096,
	TEXT_MAX = 16 << 20,
};

static const uint8_t *find_segment(const struct elf_file *file, uint64_t type)
{
	for (size_t i = 0; i < file->n_segments; i++) {
		const uint8_t *segment = file->segments + i * file->layout->phdr_size;
		if (elf_field(file, segment, file->layout->p_type) == type) {
			return segment;
		}
	}
	return NULL;
}

static uint8_t *load_segment(const struct elf_file *file, uint64_t type, uint64_t *size)
{
	const uint8_t *segment = find_segment(file, type);
	if (segment == NULL) {
		return NULL;
	}
	*size = elf_field(file, segment, file->layout->p_filesz);
	return *size <= TEXT_MAX
		       ? elf_load(file, elf_field(file, segment, file->layout->p_offset), *size)
		       : NULL;
}

// The bytes that are at `address` when the file runs. The caller frees.
static char *load_at(const struct elf_file *file, uint64_t address, uint64_t size)
{
	const struct elf_layout *l = file->layout;
	for (size_t i = 0; i < file->n_segments && size <= TEXT_MAX; i++) {
		const uint8_t *segment = file->segments + i * l->phdr_size;
		uint64_t start = elf_field(file, segment, l->p_vaddr);
		uint64_t room = elf_field(file, segment, l->p_filesz);
		if (elf_field(file, segment, l->p_type) == PT_LOAD && address >= start &&
		    size <= room && address - start <= room - size) {
			uint64_t offset = elf_field(file, segment, l->p_offset);
			return elf_load(file, offset + (address - start), size);
		}
	}
	return NULL;
}

// The values of the dynamic section's entries of this kind, one at each call: start with `*at` 0.
static bool dynamic_next(const struct elf_file *file, const uint8_t *dynamic, uint64_t size,
			 uint64_t kind, uint64_t *at, uint64_t *value)
{
	unsigned word = file->identity.word_size, order = file->identity.byte_order;
	while (size - *at >= 2u * word) {
		uint64_t tag = elf_read(dynamic + *at, word, order);
		*value = elf_read(dynamic + *at + word, word, order);
		*at += 2u * word;
		if (tag == DT_NULL) {
			return false;
		}
		if (tag == kind) {
			return true;
		}
	}
	return false;
}

static void read_dynamic(const struct elf_file *file, const uint8_t *dynamic, uint64_t size,
			 struct elf_needed *needed)
{
	uint64_t at = 0, texts_at, texts_size, value;
	if (!dynamic_next(file, dynamic, size, DT_STRTAB, &at, &texts_at)) {
		return;
	}
	at = 0;
	if (!dynamic_next(file, dynamic, size, DT_STRSZ, &at, &texts_size)) {
		return;
	}
	char *texts = load_at(file, texts_at, texts_size);
	for (at = 0; texts != NULL && needed->n_libraries < LIBRARIES_MAX &&
		     dynamic_next(file, dynamic, size, DT_NEEDED, &at, &value);) {
		if (value < texts_size && texts[value] != '\0') {
			needed->libraries = xrealloc(needed->libraries, needed->n_libraries + 1,
						     sizeof(*needed->libraries));
			needed->libraries[needed->n_libraries++] =
				xstrndup(texts + value, strlen(texts + value));
		}
	}
	static const uint64_t kinds[] = { DT_RUNPATH, DT_RPATH };
	for (size_t i = 0; texts != NULL && i < 2 && needed->paths == NULL; i++) {
		at = 0;
		if (dynamic_next(file, dynamic, size, kinds[i], &at, &value) &&
		    value < texts_size) {
			needed->paths = xstrndup(texts + value, strlen(texts + value));
		}
	}
	free(texts);
}

void elf_needed_read(const struct elf_file *file, struct elf_needed *needed)
{
	uint64_t size;
	*needed = (struct elf_needed){ 0 };
	needed->loader = (char *)load_segment(file, PT_INTERP, &size);
	uint8_t *dynamic = load_segment(file, PT_DYNAMIC, &size);
	if (dynamic != NULL) {
		read_dynamic(file, dynamic, size, needed);
	}
	free(dynamic);
}

void elf_needed_free(struct elf_needed *needed)
{
	for (size_t i = 0; i < needed->n_libraries; i++) {
		free(needed->libraries[i]);
	}
	free(needed->libraries);
	free(needed->loader);
	free(needed->paths);
}
