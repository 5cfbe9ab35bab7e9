// SPDX-License-Identifier: LGPL-2.1-or-later
// An ELF file of this machine's kind, mapped; every read is checked against its size.
#include "libdumpalloc/command/elf_view.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map_file(struct elf_view *view, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is_mapped = fd >= 0 && fstat(fd, &status) == 0;

	*view = (struct elf_view){ 0 };
	if (is_mapped && status.st_size > 0) {
		void *map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		is_mapped = map != MAP_FAILED;
		if (is_mapped) {
			view->bytes = map;
			view->size = (size_t)status.st_size;
		}
	}
	if (fd >= 0)
		close(fd);
	return is_mapped;
}

// Class, byte order and machine as this command's own file has them.
static bool is_of_this_kind(const elf_header *header)
{
	struct elf_view own;
	bool is_same = false;

	if (!map_file(&own, "/proc/self/exe"))
		return false;
	const elf_header *mine = elf_view_at(&own, 0, 1, sizeof *mine);
	if (mine != NULL)
		is_same = header->e_ident[EI_CLASS] == mine->e_ident[EI_CLASS] &&
			  header->e_ident[EI_DATA] == mine->e_ident[EI_DATA] &&
			  header->e_machine == mine->e_machine;
	elf_view_close(&own);
	return is_same;
}

bool elf_view_open(struct elf_view *view, const char *path)
{
	if (!map_file(view, path))
		return false;
	const elf_header *header = elf_view_at(view, 0, 1, sizeof *header);
	if (header != NULL && elf_view_is_elf(view) && is_of_this_kind(header))
		view->header = header;
	return true;
}

void elf_view_close(struct elf_view *view)
{
	if (view->bytes != NULL)
		munmap((void *)(uintptr_t)view->bytes, view->size);
	*view = (struct elf_view){ 0 };
}

bool elf_view_is_elf(const struct elf_view *view)
{
	return view->size >= EI_NIDENT && memcmp(view->bytes, ELFMAG, SELFMAG) == 0;
}

const void *elf_view_at(const struct elf_view *view, uint64_t offset, uint64_t n, size_t size)
{
	bool is_aligned = offset % (size > 1 ? sizeof(ELF_VIEW_NATIVE(Addr)) : 1) == 0;
	bool is_inside = is_aligned && offset <= view->size && n <= (view->size - offset) / size;

	return is_inside && view->bytes != NULL ? view->bytes + offset : NULL;
}

const char *elf_view_text(const struct elf_view *view, uint64_t offset)
{
	bool ends = offset < view->size &&
		    memchr(view->bytes + offset, '\0', view->size - (size_t)offset) != NULL;

	return ends ? (const char *)view->bytes + offset : "";
}

const elf_segment *elf_view_segment(const struct elf_view *view, uint32_t type)
{
	const elf_header *header = view->header;
	const elf_segment *segments = NULL;

	if (header != NULL && header->e_phentsize == sizeof *segments)
		segments = elf_view_at(view, header->e_phoff, header->e_phnum, sizeof *segments);
	for (size_t i = 0; segments != NULL && i < header->e_phnum; i++) {
		if (segments[i].p_type == type)
			return &segments[i];
	}
	return NULL;
}

const elf_section *elf_view_sections(const struct elf_view *view, size_t *n)
{
	const elf_header *header = view->header;
	const elf_section *sections = NULL;

	if (header != NULL && header->e_shentsize == sizeof *sections && header->e_shoff != 0)
		sections = elf_view_at(view, header->e_shoff, header->e_shnum, sizeof *sections);
	*n = sections != NULL ? header->e_shnum : 0;
	return sections;
}

const char *elf_view_section_name(const struct elf_view *view, const elf_section *section)
{
	size_t n;
	const elf_section *sections = elf_view_sections(view, &n);

	if (view->header->e_shstrndx >= n)
		return "";
	return elf_view_text(view, (uint64_t)sections[view->header->e_shstrndx].sh_offset +
					   section->sh_name);
}
