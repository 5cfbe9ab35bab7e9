// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of an ELF file, sorted, with their sizes.
#include "elf_layout.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

// How often a look-up steps back over symbols that start later in the same function, as labels do.
enum { STEPS_BACK_MAX = 32 };

static uint64_t without_isa_bit(const struct elf_file *file, uint64_t address)
{
	bool has_bit = file->identity.machine == EM_MIPS || file->identity.machine == EM_ARM;
	return has_bit ? address & ~1ull : address;
}

static bool load_symbol(const struct elf_file *from, const uint8_t *entry, bool is_complete,
			struct elf_function *function)
{
	const struct elf_layout *l = from->layout;
	uint64_t info = elf_field(from, entry, l->st_info);
	uint64_t size = elf_field(from, entry, l->st_size);
	if ((ELF64_ST_TYPE(info) != STT_FUNC && ELF64_ST_TYPE(info) != STT_GNU_IFUNC) ||
	    elf_field(from, entry, l->st_shndx) == SHN_UNDEF || (size == 0 && !is_complete)) {
		return false;
	}
	function->address = without_isa_bit(from, elf_field(from, entry, l->st_value));
	// Functions written in assembler may have no size: in a complete table they end where the next one
	// begins; end == address says so until the table is sorted.
	function->end = function->address + size;
	return function->end >= function->address;
}

static void load_table(struct elf_file *file, const struct elf_file *from, const uint8_t *section)
{
	const struct elf_layout *l = from->layout;
	const uint8_t *strings = elf_section(from, (size_t)elf_field(from, section, l->sh_link));
	uint64_t size = elf_field(from, section, l->sh_size);
	size_t n = (size_t)(size / l->sym_size);
	if (strings == NULL || file->n_texts == ELF_TEXTS_MAX) {
		return;
	}
	uint64_t text_size = elf_field(from, strings, l->sh_size);
	uint8_t *entries = elf_load(from, elf_field(from, section, l->sh_offset), size);
	char *text = elf_load(from, elf_field(from, strings, l->sh_offset), text_size);
	struct elf_function *grown = NULL;
	if (entries != NULL && text != NULL) {
		grown = realloc(file->functions, (file->n_functions + n + 1) * sizeof(*grown));
	}
	if (grown != NULL) {
		bool is_complete = elf_field(from, section, l->sh_type) == SHT_SYMTAB;
		file->functions = grown;
		file->texts[file->n_texts++] = text;
		text = NULL;
		for (size_t i = 0; i < n; i++) {
			const uint8_t *entry = entries + i * l->sym_size;
			uint64_t name = elf_field(from, entry, l->st_name);
			struct elf_function *function = &grown[file->n_functions];
			if (name < text_size && load_symbol(from, entry, is_complete, function)) {
				function->name = file->texts[file->n_texts - 1] + name;
				file->n_functions += function->name[0] != '\0';
			}
		}
	}
	free(entries);
	free(text);
}

static size_t leading_underscores(const char *name)
{
	return strspn(name, "_");
}

// By address; at one address the best name first: the larger range, then the plainest name.
static int function_compare(const void *a, const void *b)
{
	const struct elf_function *one = a, *two = b;
	if (one->address != two->address) {
		return one->address < two->address ? -1 : 1;
	}
	if (one->end != two->end) {
		return one->end > two->end ? -1 : 1;
	}
	size_t n_one = leading_underscores(one->name), n_two = leading_underscores(two->name);
	if (n_one != n_two) {
		return n_one < n_two ? -1 : 1;
	}
	return strcmp(one->name, two->name);
}

static void sort_functions(struct elf_file *file)
{
	qsort(file->functions, file->n_functions, sizeof(*file->functions), function_compare);
	size_t n = 0;
	for (size_t i = 0; i < file->n_functions; i++) {
		struct elf_function *function = &file->functions[i];
		if (n == 0 || file->functions[n - 1].address != function->address) {
			file->functions[n++] = *function;
		}
	}
	file->n_functions = n;
	for (size_t i = 0; i + 1 < n; i++) {
		struct elf_function *function = &file->functions[i];
		if (function->end == function->address) {
			function->end = file->functions[i + 1].address;
		}
	}
}

void elf_file_load_functions(struct elf_file *file, const struct elf_file *from)
{
	for (size_t i = 0; i < from->n_sections; i++) {
		const uint8_t *section = elf_section(from, i);
		uint64_t type = elf_field(from, section, from->layout->sh_type);
		if (type == SHT_SYMTAB || type == SHT_DYNSYM) {
			load_table(file, from, section);
		}
	}
	if (file->n_functions > 0) {
		sort_functions(file);
	}
}

// How many functions begin at or before `address`.
static size_t functions_until(const struct elf_file *file, uint64_t address)
{
	size_t low = 0, high = file->n_functions;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (file->functions[middle].address <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

const struct elf_function *elf_file_function(const struct elf_file *file, uint64_t address)
{
	size_t n = functions_until(file, address);
	for (size_t i = 0; i < STEPS_BACK_MAX && n > i; i++) {
		const struct elf_function *function = &file->functions[n - 1 - i];
		if (address < function->end) {
			return function;
		}
	}
	return NULL;
}

const struct elf_function *elf_file_function_before(const struct elf_file *file, uint64_t address)
{
	size_t n = functions_until(file, address);
	return n != 0 ? &file->functions[n - 1] : NULL;
}

bool elf_file_has_function(const struct elf_file *file, const char *name)
{
	for (size_t i = 0; i < file->n_functions; i++) {
		if (strcmp(file->functions[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}
