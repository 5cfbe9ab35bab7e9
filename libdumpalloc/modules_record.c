// SPDX-License-Identifier: LGPL-2.1-or-later
// What the reader is told of an ELF object.
#define _GNU_SOURCE
#include "libdumpalloc/modules_record.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/encoder.h"
#include "libdumpalloc/executable.h"
#include "libdumpalloc/modules_object.h"
#include "libdumpalloc/wire.h"
#include "unwind/auxv.h"

static const char own; // an address of this library

// The build-id note among the bytes of a PT_NOTE segment.
static void find_build_id(struct encoder_module *record, const char *notes, size_t size)
{
	ElfW(Nhdr) note;

	while (size >= sizeof(note)) {
		size_t name_size, text_size;

		memcpy(&note, notes, sizeof(note));
		name_size = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		text_size = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name_size > size - sizeof(note) || text_size > size - sizeof(note) - name_size)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(notes + sizeof(note), "GNU", sizeof("GNU")) == 0 &&
		    note.n_descsz <= sizeof(record->build_id)) {
			memcpy(record->build_id, notes + sizeof(note) + name_size, note.n_descsz);
			record->build_id_size = note.n_descsz;
			return;
		}
		notes += sizeof(note) + name_size + text_size;
		size -= sizeof(note) + name_size + text_size;
	}
}

static void take_segment(struct encoder_module *record, const ElfW(Phdr) * header)
{
	size_t i = record->n_segments;

	if (header->p_type == PT_NOTE)
		find_build_id(record, (const char *)(uintptr_t)(record->bias + header->p_vaddr),
			      header->p_memsz);
	if (header->p_type != PT_LOAD || i == WIRE_SEGMENTS_MAX)
		return;
	record->segments[i].address = header->p_vaddr;
	record->segments[i].size = header->p_memsz;
	record->segments[i].flags = ((header->p_flags & PF_X) != 0 ? WIRE_SEGMENT_EXECUTE : 0u) |
				    ((header->p_flags & PF_W) != 0 ? WIRE_SEGMENT_WRITE : 0u) |
				    ((header->p_flags & PF_R) != 0 ? WIRE_SEGMENT_READ : 0u);
	record->n_segments++;
}

static unsigned object_flags(const struct dl_phdr_info *object)
{
	uintptr_t vdso = auxv_value(AT_SYSINFO_EHDR);

	if (modules_object_holds(object, auxv_value(AT_ENTRY)))
		return WIRE_MAP_MAIN;
	if (vdso != 0 && modules_object_holds(object, vdso))
		return WIRE_MAP_VDSO;
	return modules_object_holds(object, (uintptr_t)&own) ? WIRE_MAP_TRACER : 0;
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

// The loader repeats a relative name as the program gave it, relative to where it then was.
static void take_path(struct encoder_module *record, const char *name)
{
	size_t n;

	if (name[0] == '/' || strchr(name, '/') == NULL ||
	    getcwd(record->path, sizeof(record->path)) == NULL) {
		copy_text(record->path, sizeof(record->path), name);
		return;
	}
	n = strlen(record->path);
	if (n + 1 < sizeof(record->path)) {
		record->path[n] = '/';
		copy_text(record->path + n + 1, sizeof(record->path) - n - 1, name);
	}
}

// The main program has no name in most loaders' lists. Where the loader itself was started as a
// command, which is when the kernel gave it no base address, the link names the loader.
static void take_main_path(struct encoder_module *record)
{
	const char *name = (const char *)auxv_value(AT_EXECFN);

	if (auxv_value(AT_BASE) == 0 || executable_link(record->path, sizeof(record->path)) == 0)
		take_path(record, name != NULL ? name : "");
}

void modules_record_take(struct encoder_module *record, const struct dl_phdr_info *object)
{
	record->flags = object_flags(object);
	record->bias = object->dlpi_addr;
	record->build_id_size = 0;
	record->n_segments = 0;
	for (size_t i = 0; i < object->dlpi_phnum; i++)
		take_segment(record, &object->dlpi_phdr[i]);
	if (record->flags == WIRE_MAP_MAIN)
		take_main_path(record);
	else
		take_path(record, object->dlpi_name);
}
