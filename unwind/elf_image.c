// SPDX-License-Identifier: LGPL-2.1-or-later
// An ELF file read whole into memory, for programs that look at code.
#include "unwind/elf_image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PART_MAX = 1 << 30 }; // no section is decompressed to more

static uint64_t number_at(const struct elf_image *image, uint64_t at, unsigned size)
{
	uint64_t number = 0;
	if (at > image->size || size > image->size - at) {
		return 0;
	}
	for (unsigned i = 0; i < size; i++) {
		number = number << 8 | image->bytes[at + (image->is_big_endian ? i : size - 1 - i)];
	}
	return number;
}

static uint64_t field(const struct elf_image *image, uint64_t at, size_t at32, unsigned size32,
		      size_t at64, unsigned size64)
{
	return image->is_wide ? number_at(image, at + at64, size64)
			      : number_at(image, at + at32, size32);
}

// The member of an ELF structure at `at`, whichever its class.
#define FIELD(image, at, type, member)                                                             \
	field((image), (at), offsetof(Elf32_##type, member), sizeof(((Elf32_##type *)0)->member),  \
	      offsetof(Elf64_##type, member), sizeof(((Elf64_##type *)0)->member))

static const char *read_file(struct elf_image *image, int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || status.st_size <= 0) {
		return "is empty";
	}
	image->bytes = calloc(1, (size_t)status.st_size);
	if (image->bytes == NULL) {
		return "needs more memory than there is";
	}
	while (image->size < (size_t)status.st_size) {
		ssize_t n = pread(fd, image->bytes + image->size,
				  (size_t)status.st_size - image->size, (off_t)image->size);
		if (n <= 0) {
			return "cannot be read to its end";
		}
		image->size += (size_t)n;
	}
	return NULL;
}

const char *elf_open(struct elf_image *image, const char *path)
{
	memset(image, 0, sizeof(*image));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return "cannot be opened";
	}
	const char *error = elf_open_fd(image, fd);
	close(fd);
	return error;
}

const char *elf_open_fd(struct elf_image *image, int fd)
{
	memset(image, 0, sizeof(*image));
	const char *error = read_file(image, fd);
	if (error != NULL) {
		return error;
	}
	if (image->bytes == NULL || image->size < sizeof(Elf64_Ehdr) ||
	    memcmp(image->bytes, ELFMAG, SELFMAG) != 0) {
		return "is not an ELF file";
	}
	image->is_wide = image->bytes[EI_CLASS] == ELFCLASS64;
	image->is_big_endian = image->bytes[EI_DATA] == ELFDATA2MSB;
	image->machine = (unsigned)FIELD(image, 0, Ehdr, e_machine);
	image->flags = (uint32_t)FIELD(image, 0, Ehdr, e_flags);
	image->sections_at = FIELD(image, 0, Ehdr, e_shoff);
	image->segments_at = FIELD(image, 0, Ehdr, e_phoff);
	image->n_sections = (unsigned)FIELD(image, 0, Ehdr, e_shnum);
	image->n_segments = (unsigned)FIELD(image, 0, Ehdr, e_phnum);
	image->names_index = (unsigned)FIELD(image, 0, Ehdr, e_shstrndx);
	return NULL;
}

void elf_close(struct elf_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

static uint64_t section_at(const struct elf_image *image, unsigned i)
{
	return image->sections_at +
	       (uint64_t)i * (image->is_wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

static bool part_at(const struct elf_image *image, uint64_t at, uint64_t size, uint64_t address,
		    struct elf_part *part)
{
	if (at > image->size || size > image->size - at || size == 0) {
		return false;
	}
	*part = (struct elf_part){ image->bytes + at, (size_t)size, address, NULL, 0 };
	return true;
}

static bool decompress(const struct elf_image *image, struct elf_part *part)
{
	uint64_t at = (uint64_t)(part->bytes - image->bytes);
	size_t header = image->is_wide ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	uint64_t size = FIELD(image, at, Chdr, ch_size);
	if (part->size < header || FIELD(image, at, Chdr, ch_type) != ELFCOMPRESS_ZLIB ||
	    size == 0 || size > PART_MAX) {
		return false;
	}
	uLongf length = (uLongf)size;
	Bytef *bytes = malloc(length);
	if (bytes == NULL ||
	    uncompress(bytes, &length, part->bytes + header, part->size - header) != Z_OK) {
		free(bytes);
		return false;
	}
	*part = (struct elf_part){ bytes, length, part->address, bytes, part->names };
	return true;
}

bool elf_part_named(const struct elf_image *image, const char *name, struct elf_part *part)
{
	uint64_t names = FIELD(image, section_at(image, image->names_index), Shdr, sh_offset);
	for (unsigned i = 0; i < image->n_sections; i++) {
		uint64_t at = section_at(image, i);
		uint64_t name_at = names + FIELD(image, at, Shdr, sh_name);
		size_t length = strlen(name) + 1;
		if (FIELD(image, at, Shdr, sh_type) == SHT_NOBITS || name_at > image->size ||
		    length > image->size - name_at ||
		    memcmp(image->bytes + name_at, name, length) != 0) {
			continue;
		}
		if (!part_at(image, FIELD(image, at, Shdr, sh_offset),
			     FIELD(image, at, Shdr, sh_size), FIELD(image, at, Shdr, sh_addr),
			     part)) {
			return false;
		}
		uint64_t link = FIELD(image, at, Shdr, sh_link);
		if (link < image->n_sections) {
			part->names =
				FIELD(image, section_at(image, (unsigned)link), Shdr, sh_offset);
		}
		return (FIELD(image, at, Shdr, sh_flags) & SHF_COMPRESSED) == 0 ||
		       decompress(image, part);
	}
	return false;
}

bool elf_part_code(const struct elf_image *image, unsigned i, struct elf_part *part)
{
	size_t size = image->is_wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	for (unsigned k = 0; k < image->n_segments; k++) {
		uint64_t at = image->segments_at + k * size;
		if (FIELD(image, at, Phdr, p_type) == PT_LOAD &&
		    (FIELD(image, at, Phdr, p_flags) & PF_X) != 0 && i-- == 0) {
			return part_at(image, FIELD(image, at, Phdr, p_offset),
				       FIELD(image, at, Phdr, p_filesz),
				       FIELD(image, at, Phdr, p_vaddr), part);
		}
	}
	return false;
}

bool elf_symbol_at(const struct elf_image *image, const struct elf_part *symbols, size_t i,
		   struct elf_symbol *symbol)
{
	size_t size = image->is_wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	if (i >= symbols->size / size) {
		return false;
	}
	uint64_t at = (uint64_t)(symbols->bytes - image->bytes) + i * size;
	symbol->value = FIELD(image, at, Sym, st_value);
	symbol->size = FIELD(image, at, Sym, st_size);
	symbol->other = (unsigned)FIELD(image, at, Sym, st_other);
	symbol->type = FIELD(image, at, Sym, st_info) & 15;
	uint64_t name = symbols->names + FIELD(image, at, Sym, st_name);
	for (size_t k = 0; k < sizeof(symbol->name); k++) {
		bool is_end = name >= image->size || (k > 0 && symbol->name[k - 1] == 0);
		symbol->name[k] = is_end ? 0 : (char)image->bytes[name++];
	}
	symbol->is_defined = FIELD(image, at, Sym, st_shndx) != SHN_UNDEF;
	return true;
}

bool elf_is_same_build(const struct elf_image *a, const struct elf_image *b)
{
	static const char name[] = ".note.gnu.build-id";
	struct elf_part id = { 0 }, other = { 0 };
	bool are_both = elf_part_named(a, name, &id) && elf_part_named(b, name, &other);
	bool are_same =
		!are_both || (id.size == other.size && memcmp(id.bytes, other.bytes, id.size) == 0);
	free(id.owned);
	free(other.owned);
	return are_same;
}
