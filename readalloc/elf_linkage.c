// SPDX-License-Identifier: GPL-3.0-or-later
// What a file tells the dynamic linker: the functions it has for others, and the places it wants addresses of theirs in.
#include "elf_linkage.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "elf_layout.h"
#include "util.h"

enum { ENTRIES_MAX = 1 << 24 }; // of a table

static const char *name_at(const struct elf_linkage *linkage, uint32_t at)
{
	return linkage->names + at;
}

// The bytes of a section, and of what it links to. NULL: they cannot be read.
static uint8_t *load_section(const struct elf_file *file, const uint8_t *section, size_t entry_size,
			     size_t *n)
{
	uint64_t size = elf_field(file, section, file->layout->sh_size);
	*n = (size_t)(size / entry_size);
	return size <= (uint64_t)ENTRIES_MAX * entry_size
		       ? elf_load(file, elf_field(file, section, file->layout->sh_offset), size)
		       : NULL;
}

static const uint8_t *section_of_type(const struct elf_file *file, unsigned type)
{
	for (size_t i = 0; i < file->n_sections; i++) {
		const uint8_t *section = elf_section(file, i);
		if (elf_field(file, section, file->layout->sh_type) == type) {
			return section;
		}
	}
	return NULL;
}

static void load_symbol(struct elf_linkage *linkage, const struct elf_file *file,
			const uint8_t *entry, size_t i)
{
	const struct elf_layout *l = file->layout;
	uint64_t name = elf_field(file, entry, l->st_name);
	unsigned type = ELF64_ST_TYPE(elf_field(file, entry, l->st_info));
	linkage->symbols[i] = name < linkage->names_size ? (uint32_t)name : 0;
	if ((type == STT_FUNC || type == STT_GNU_IFUNC) && linkage->symbols[i] != 0 &&
	    elf_field(file, entry, l->st_shndx) != SHN_UNDEF) {
		linkage->exports[linkage->n_exports++] =
			(struct elf_export){ linkage->symbols[i], type == STT_GNU_IFUNC,
					     elf_field(file, entry, l->st_value) };
	}
}

static void load_symbols(struct elf_linkage *linkage, const struct elf_file *file)
{
	const struct elf_layout *l = file->layout;
	const uint8_t *section = section_of_type(file, SHT_DYNSYM);
	const uint8_t *strings =
		section != NULL ? elf_section(file, (size_t)elf_field(file, section, l->sh_link))
				: NULL;
	size_t n = 0;
	if (strings == NULL) {
		return;
	}
	linkage->names = (char *)load_section(file, strings, 1, &linkage->names_size);
	uint8_t *entries = load_section(file, section, l->sym_size, &n);
	if (linkage->names != NULL && entries != NULL && linkage->names_size < UINT32_MAX) {
		linkage->symbols = xcalloc(n, sizeof(*linkage->symbols));
		linkage->exports = xcalloc(n, sizeof(*linkage->exports));
		linkage->n_symbols = n;
		for (size_t i = 0; i < n; i++) {
			load_symbol(linkage, file, entries + i * l->sym_size, i);
		}
	}
	free(entries);
}

// Which symbol a relocation is about. The word is laid out in another way on little-endian MIPS of 64 bits.
static uint64_t symbol_of(const struct elf_file *file, uint64_t info)
{
	const struct elf_identity *identity = &file->identity;
	if (identity->word_size == 4) {
		return ELF32_R_SYM(info);
	}
	bool is_low = identity->machine == EM_MIPS && identity->byte_order == WIRE_LITTLE_ENDIAN;
	return is_low ? info & UINT32_MAX : ELF64_R_SYM(info);
}

static void load_slots(struct elf_linkage *linkage, const struct elf_file *file,
		       const uint8_t *section, bool has_addends)
{
	unsigned word = file->identity.word_size;
	size_t size = (has_addends ? 3u : 2u) * word, n = 0;
	uint8_t *entries = load_section(file, section, size, &n);
	if (entries == NULL) {
		return;
	}
	linkage->slots = xrealloc(linkage->slots, linkage->n_slots + n, sizeof(*linkage->slots));
	for (size_t i = 0; i < n; i++) {
		const uint8_t *entry = entries + i * size;
		uint64_t address = elf_read(entry, word, file->identity.byte_order);
		uint64_t info = elf_read(entry + word, word, file->identity.byte_order);
		uint64_t symbol = symbol_of(file, info);
		if (symbol != 0 && symbol < linkage->n_symbols && linkage->symbols[symbol] != 0) {
			linkage->slots[linkage->n_slots++] =
				(struct elf_slot){ address, linkage->symbols[symbol] };
		}
	}
	free(entries);
}

static void load_tags(struct elf_linkage *linkage, const struct elf_file *file)
{
	const uint8_t *section = section_of_type(file, SHT_DYNAMIC);
	unsigned word = file->identity.word_size;
	size_t n = 0;
	uint8_t *entries =
		section != NULL ? load_section(file, section, (size_t)2 * word, &n) : NULL;
	for (size_t i = 0; entries != NULL && i < n; i++) {
		const uint8_t *entry = entries + i * 2 * word;
		uint64_t value = elf_read(entry + word, word, file->identity.byte_order);
		switch (elf_read(entry, word, file->identity.byte_order)) {
		case DT_PLTGOT:
			linkage->got = value;
			break;
		case DT_MIPS_LOCAL_GOTNO:
			linkage->n_local = value;
			break;
		case DT_MIPS_GOTSYM:
			linkage->first_global = value;
			break;
		}
	}
	free(entries);
}

static int compare_slots(const void *a, const void *b)
{
	const struct elf_slot *one = a, *two = b;
	return one->address < two->address ? -1 : one->address > two->address;
}

static int compare_exports(const void *a, const void *b, void *context)
{
	const struct elf_linkage *linkage = context;
	const struct elf_export *one = a, *two = b;
	return strcmp(name_at(linkage, one->name), name_at(linkage, two->name));
}

void elf_linkage_load(struct elf_linkage *linkage, const struct elf_file *file)
{
	*linkage = (struct elf_linkage){ .names = NULL };
	load_symbols(linkage, file);
	load_tags(linkage, file);
	for (size_t i = 0; i < file->n_sections && linkage->n_symbols != 0; i++) {
		const uint8_t *section = elf_section(file, i);
		uint64_t type = elf_field(file, section, file->layout->sh_type);
		if (type == SHT_REL || type == SHT_RELA) {
			load_slots(linkage, file, section, type == SHT_RELA);
		}
	}
	if (linkage->n_slots != 0) {
		qsort(linkage->slots, linkage->n_slots, sizeof(*linkage->slots), compare_slots);
	}
	if (linkage->n_exports != 0) {
		qsort_r(linkage->exports, linkage->n_exports, sizeof(*linkage->exports),
			compare_exports, linkage);
	}
}

void elf_linkage_free(struct elf_linkage *linkage)
{
	free(linkage->names);
	free(linkage->symbols);
	free(linkage->slots);
	free(linkage->exports);
	*linkage = (struct elf_linkage){ .names = NULL };
}

const char *elf_linkage_slot(const struct elf_linkage *linkage, uint64_t address)
{
	const struct elf_slot wanted = { address, 0 };
	const struct elf_slot *slot = linkage->n_slots != 0
					      ? bsearch(&wanted, linkage->slots, linkage->n_slots,
							sizeof(wanted), compare_slots)
					      : NULL;
	return slot != NULL ? name_at(linkage, slot->name) : NULL;
}

const struct elf_export *elf_linkage_exports(const struct elf_linkage *linkage, const char *name,
					     size_t *n)
{
	size_t low = 0, high = linkage->n_exports;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(name_at(linkage, linkage->exports[middle].name), name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (*n = 0; low + *n < linkage->n_exports; ++*n) {
		if (strcmp(name_at(linkage, linkage->exports[low + *n].name), name) != 0) {
			break;
		}
	}
	return *n != 0 ? &linkage->exports[low] : NULL;
}

bool elf_linkage_wants(const struct elf_linkage *linkage, const char *name)
{
	for (size_t i = 0; i < linkage->n_slots; i++) {
		if (strcmp(name_at(linkage, linkage->slots[i].name), name) == 0) {
			return true;
		}
	}
	size_t first =
		linkage->first_global != 0 ? (size_t)linkage->first_global : linkage->n_symbols;
	for (size_t i = first; i < linkage->n_symbols; i++) {
		if (strcmp(name_at(linkage, linkage->symbols[i]), name) == 0) {
			return true;
		}
	}
	return false;
}
