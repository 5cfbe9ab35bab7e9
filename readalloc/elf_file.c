// SPDX-License-Identifier: GPL-3.0-or-later
// What readalloc itself reads of an ELF file: which file it is, its code bytes, its functions with sizes.
#include "elf_file.h"

#include "../libdumpalloc/wire.h"
#include "elf_layout.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEADERS_MAX = 1 << 20, // sections or segments; real files have under 100,000
	NOTES_MAX = 1 << 20,
	SECTION_READ_MAX = 1 << 30,
};

uint64_t elf_read(const uint8_t *bytes, unsigned size, unsigned byte_order)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < size; i++) {
		value = value << 8 | bytes[byte_order == WIRE_BIG_ENDIAN ? i : size - 1 - i];
	}
	return value;
}

bool elf_pread(const struct elf_file *file, uint64_t offset, void *bytes, size_t size)
{
	if (offset > file->size || size > file->size - offset) {
		return false;
	}
	char *to = bytes;
	while (size > 0) {
		ssize_t n = pread(file->fd, to, size, (off_t)offset);
		if (n <= 0) {
			return false;
		}
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return true;
}

void *elf_load(const struct elf_file *file, uint64_t offset, uint64_t size)
{
	if (size == 0 || size >= SIZE_MAX || offset > file->size || size > file->size - offset) {
		return NULL;
	}
	uint8_t *bytes = malloc((size_t)size + 1);
	if (bytes != NULL && !elf_pread(file, offset, bytes, (size_t)size)) {
		free(bytes);
		return NULL;
	}
	if (bytes != NULL) {
		bytes[size] = 0; // the text of the last string of a table always ends
	}
	return bytes;
}

static bool load_identity(struct elf_file *file, uint8_t *ehdr)
{
	uint8_t ident[EI_NIDENT];
	if (!elf_pread(file, 0, ident, sizeof(ident)) || memcmp(ident, ELFMAG, SELFMAG) != 0) {
		return false;
	}
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64) {
		return false;
	}
	if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB) {
		return false;
	}
	file->layout = elf_layout(ident[EI_CLASS]);
	file->identity.word_size = ident[EI_CLASS] == ELFCLASS32 ? 4 : 8;
	file->identity.byte_order =
		ident[EI_DATA] == ELFDATA2LSB ? WIRE_LITTLE_ENDIAN : WIRE_BIG_ENDIAN;
	return elf_pread(file, 0, ehdr, file->layout->ehdr_size);
}

static void load_sections(struct elf_file *file, const uint8_t *ehdr)
{
	const struct elf_layout *l = file->layout;
	uint64_t at = elf_field(file, ehdr, l->e_shoff);
	uint64_t n = elf_field(file, ehdr, l->e_shnum);
	uint64_t names = elf_field(file, ehdr, l->e_shstrndx);
	uint8_t first[sizeof(Elf64_Shdr)];
	if (at == 0 || elf_field(file, ehdr, l->e_shentsize) != l->shdr_size ||
	    !elf_pread(file, at, first, l->shdr_size)) {
		return;
	}
	// Numbers too large for the header stand in section 0 (gABI, "Sections").
	n = n == 0 ? elf_field(file, first, l->sh_size) : n;
	names = names == SHN_XINDEX ? elf_field(file, first, l->sh_link) : names;
	if (n > HEADERS_MAX) {
		return;
	}
	file->sections = elf_load(file, at, n * l->shdr_size);
	file->n_sections = file->sections != NULL ? (size_t)n : 0;
	const uint8_t *section = elf_section(file, (size_t)names);
	if (section != NULL) {
		file->names_size = elf_field(file, section, l->sh_size);
		file->names =
			elf_load(file, elf_field(file, section, l->sh_offset), file->names_size);
	}
}

static void load_segments(struct elf_file *file, const uint8_t *ehdr)
{
	const struct elf_layout *l = file->layout;
	uint64_t n = elf_field(file, ehdr, l->e_phnum);
	if (n == 0 || n >= PN_XNUM || elf_field(file, ehdr, l->e_phentsize) != l->phdr_size) {
		return;
	}
	file->segments = elf_load(file, elf_field(file, ehdr, l->e_phoff), n * l->phdr_size);
	file->n_segments = file->segments != NULL ? (size_t)n : 0;
}

static bool lies_within(const struct elf_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

// A debug file's segments mean nothing: they are asked only where there are to be no sections.
static bool ends_early(const struct elf_file *file, const uint8_t *ehdr)
{
	const struct elf_layout *l = file->layout;
	bool has_sections = elf_field(file, ehdr, l->e_shoff) != 0;
	if (has_sections && file->n_sections == 0) {
		return elf_field(file, ehdr, l->e_shnum) != 0;
	}
	for (size_t i = 0; i < file->n_sections; i++) {
		const uint8_t *section = elf_section(file, i);
		uint64_t type = elf_field(file, section, l->sh_type);
		if (type != SHT_NULL && type != SHT_NOBITS &&
		    !lies_within(file, elf_field(file, section, l->sh_offset),
				 elf_field(file, section, l->sh_size))) {
			return true;
		}
	}
	for (size_t i = 0; i < file->n_segments && !has_sections; i++) {
		const uint8_t *segment = file->segments + i * l->phdr_size;
		if (elf_field(file, segment, l->p_type) == PT_LOAD &&
		    !lies_within(file, elf_field(file, segment, l->p_offset),
				 elf_field(file, segment, l->p_filesz))) {
			return true;
		}
	}
	return false;
}

// Looks for the build-id among the notes at `offset`.
static void load_build_id(struct elf_file *file, uint64_t offset, uint64_t size)
{
	if (size > NOTES_MAX || file->identity.build_id_size != 0) {
		return;
	}
	uint8_t *notes = elf_load(file, offset, size);
	for (uint64_t at = 0; notes != NULL && size - at >= sizeof(Elf32_Nhdr);) {
		uint64_t name_size = elf_read(notes + at, 4, file->identity.byte_order);
		uint64_t text_size = elf_read(notes + at + 4, 4, file->identity.byte_order);
		uint64_t type = elf_read(notes + at + 8, 4, file->identity.byte_order);
		uint64_t name = at + sizeof(Elf32_Nhdr), text = name + ((name_size + 3) & ~3ull);
		uint64_t end = text + ((text_size + 3) & ~3ull);
		if (text + text_size > size) {
			break;
		}
		if (type == NT_GNU_BUILD_ID && name_size == 4 &&
		    memcmp(notes + name, ELF_NOTE_GNU, 4) == 0 && text_size > 0 &&
		    text_size <= sizeof(file->identity.build_id)) {
			memcpy(file->identity.build_id, notes + text, (size_t)text_size);
			file->identity.build_id_size = (uint32_t)text_size;
			break;
		}
		if (end > size) {
			break;
		}
		at = end;
	}
	free(notes);
}

static void load_build_ids(struct elf_file *file)
{
	const struct elf_layout *l = file->layout;
	for (size_t i = 0; i < file->n_sections; i++) {
		const uint8_t *section = elf_section(file, i);
		if (elf_field(file, section, l->sh_type) == SHT_NOTE) {
			load_build_id(file, elf_field(file, section, l->sh_offset),
				      elf_field(file, section, l->sh_size));
		}
	}
	// In a debug file the segments' offsets mean nothing; its section headers always stand.
	for (size_t i = 0; i < file->n_segments && file->n_sections == 0; i++) {
		const uint8_t *segment = file->segments + i * l->phdr_size;
		if (elf_field(file, segment, l->p_type) == PT_NOTE) {
			load_build_id(file, elf_field(file, segment, l->p_offset),
				      elf_field(file, segment, l->p_filesz));
		}
	}
}

struct elf_file *elf_file_open(int fd)
{
	struct stat status;
	struct elf_file *file = calloc(1, sizeof(*file));
	uint8_t ehdr[sizeof(Elf64_Ehdr)];
	if (file == NULL) {
		return NULL;
	}
	file->fd = fd;
	if (fstat(fd, &status) != 0 || status.st_size < 0) {
		free(file);
		return NULL;
	}
	file->size = (uint64_t)status.st_size;
	if (!load_identity(file, ehdr)) {
		free(file);
		return NULL;
	}
	file->identity.machine = (unsigned)elf_field(file, ehdr, file->layout->e_machine);
	load_sections(file, ehdr);
	load_segments(file, ehdr);
	load_build_ids(file);
	file->is_cut = ends_early(file, ehdr);
	return file;
}

void elf_file_close(struct elf_file *file)
{
	if (file == NULL) {
		return;
	}
	for (size_t i = 0; i < file->n_texts; i++) {
		free(file->texts[i]);
	}
	free(file->functions);
	free(file->names);
	free(file->sections);
	free(file->segments);
	free(file);
}

const struct elf_identity *elf_file_identity(const struct elf_file *file)
{
	return &file->identity;
}

bool elf_file_is_cut(const struct elf_file *file)
{
	return file->is_cut;
}

const uint8_t *elf_find_section(const struct elf_file *file, const char *name)
{
	for (size_t i = 0; i < file->n_sections && file->names != NULL; i++) {
		const uint8_t *section = elf_section(file, i);
		uint64_t at = elf_field(file, section, file->layout->sh_name);
		if (at < file->names_size && strcmp(file->names + at, name) == 0 &&
		    elf_field(file, section, file->layout->sh_type) != SHT_NOBITS) {
			return section;
		}
	}
	return NULL;
}

bool elf_file_has_section(const struct elf_file *file, const char *name)
{
	return elf_find_section(file, name) != NULL;
}

bool elf_file_section_holds(const struct elf_file *file, const char *name, const char *text)
{
	const uint8_t *section = elf_find_section(file, name);
	uint64_t size = section != NULL ? elf_field(file, section, file->layout->sh_size) : 0;
	if (size == 0 || size > SECTION_READ_MAX) {
		return false;
	}
	char *bytes = elf_load(file, elf_field(file, section, file->layout->sh_offset), size);
	bool holds = bytes != NULL && memmem(bytes, size, text, strlen(text) + 1) != NULL;
	free(bytes);
	return holds;
}

char *elf_file_debuglink(const struct elf_file *file, uint32_t *crc)
{
	const uint8_t *section = elf_find_section(file, ".gnu_debuglink");
	if (section == NULL) {
		return NULL;
	}
	uint64_t size = elf_field(file, section, file->layout->sh_size);
	if (size < 6 || size > WIRE_TEXT_MAX) {
		return NULL;
	}
	char *text = elf_load(file, elf_field(file, section, file->layout->sh_offset), size);
	if (text == NULL) {
		return NULL;
	}
	// The name, a zero byte, padding to 4, the CRC.
	uint64_t at = (strlen(text) + 4) & ~3ull;
	if (text[0] == '\0' || strchr(text, '/') != NULL || at + 4 > size) {
		free(text);
		return NULL;
	}
	*crc = (uint32_t)elf_read((const uint8_t *)text + at, 4, file->identity.byte_order);
	return text;
}

char *elf_file_alternate(const struct elf_file *file, struct elf_identity *wanted)
{
	const uint8_t *section = elf_find_section(file, ".gnu_debugaltlink");
	uint64_t size = section != NULL ? elf_field(file, section, file->layout->sh_size) : 0;
	if (size == 0 || size > WIRE_TEXT_MAX) {
		return NULL;
	}
	char *text = elf_load(file, elf_field(file, section, file->layout->sh_offset), size);
	if (text == NULL) {
		return NULL;
	}
	// The name, a zero byte, the build-id.
	size_t at = strlen(text) + 1;
	*wanted = (struct elf_identity){ .build_id_size = 0 };
	if (at < size && size - at <= sizeof(wanted->build_id)) {
		wanted->build_id_size = (uint32_t)(size - at);
		memcpy(wanted->build_id, text + at, (size_t)(size - at));
	}
	// Without a build-id anything would fit.
	if (text[0] == '\0' || wanted->build_id_size == 0) {
		free(text);
		return NULL;
	}
	return text;
}

bool elf_file_has_same_code(const struct elf_file *one, const struct elf_file *two)
{
	const uint8_t *a = elf_find_section(one, ".text"), *b = elf_find_section(two, ".text");
	if (a == NULL || b == NULL || one->layout != two->layout) {
		return false;
	}
	const struct elf_layout *l = one->layout;
	uint64_t size = elf_field(one, a, l->sh_size);
	if (elf_field(one, a, l->sh_addr) != elf_field(two, b, l->sh_addr) ||
	    size != elf_field(two, b, l->sh_size)) {
		return false;
	}
	uint8_t *first = elf_load(one, elf_field(one, a, l->sh_offset), size);
	uint8_t *second = elf_load(two, elf_field(two, b, l->sh_offset), size);
	bool is_same = first != NULL && second != NULL && memcmp(first, second, size) == 0;
	free(first);
	free(second);
	return is_same;
}

bool elf_file_code32(const struct elf_file *file, uint64_t address, uint32_t *word)
{
	const struct elf_layout *l = file->layout;
	for (size_t i = 0; i < file->n_segments; i++) {
		const uint8_t *segment = file->segments + i * l->phdr_size;
		uint64_t start = elf_field(file, segment, l->p_vaddr);
		uint64_t size = elf_field(file, segment, l->p_filesz);
		uint8_t bytes[4];
		if (elf_field(file, segment, l->p_type) == PT_LOAD && address >= start &&
		    size >= 4 && address - start <= size - 4) {
			uint64_t at = elf_field(file, segment, l->p_offset) + (address - start);
			if (!elf_pread(file, at, bytes, sizeof(bytes))) {
				return false;
			}
			*word = (uint32_t)elf_read(bytes, 4, file->identity.byte_order);
			return true;
		}
	}
	return false;
}
