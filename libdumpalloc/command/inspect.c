// SPDX-License-Identifier: LGPL-2.1-or-later
// What a program's file tells of how it can be traced.
#define _GNU_SOURCE
#include "libdumpalloc/command/inspect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libdumpalloc/command/elf_view.h"

enum { SCRIPTS_MAX = 4 }; // as many interpreters of interpreters as the kernel follows

static void hinder(struct inspection *found, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void hinder(struct inspection *found, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(found->obstacle, sizeof found->obstacle, format, arguments);
	va_end(arguments);
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

// The loader leaves preloaded files out of a program that runs with more rights than its caller.
static bool gains_rights(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	return ((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid()) ||
	       ((status.st_mode & S_ISGID) != 0 && status.st_gid != getegid()) ||
	       (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0);
}

// The interpreter of a script into `interpreter`. One without a first line for the kernel goes to the shell.
static bool read_script(const struct elf_view *view, char *interpreter, size_t size)
{
	size_t n = 0;

	if (view->size < 2 || memcmp(view->bytes, "#!", 2) != 0) {
		copy_text(interpreter, size, "/bin/sh");
		return view->size > 0 && memchr(view->bytes, '\0', view->size) == NULL;
	}
	const char *at = (const char *)view->bytes + 2,
		   *end = (const char *)view->bytes + view->size;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at + n < end && strchr(" \t\r\n", at[n]) == NULL && n < size - 1)
		n++;
	memcpy(interpreter, at, n);
	interpreter[n] = '\0';
	return n > 0;
}

static const char *libc_of(const char *loader)
{
	static const struct {
		const char *part, *libc;
	} known[] = {
		{ "ld-musl", "musl" },   { "ld-uClibc", "uClibc" }, { "ld64-uClibc", "uClibc" },
		{ "ld-linux", "glibc" }, { "/ld.so.1", "glibc" }, // of MIPS
		{ "/ld64.so", "glibc" }, { "/ld-", "glibc" },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strstr(loader, known[i].part) != NULL)
			return known[i].libc;
	}
	return NULL;
}

// Whether the program brings a malloc of its own, which then stands before the library's.
static bool defines_malloc(const struct elf_view *view, const elf_section *symbols,
			   const elf_section *strings)
{
	uint64_t n = symbols->sh_size / sizeof(elf_symbol);
	const elf_symbol *symbol = elf_view_at(view, symbols->sh_offset, n, sizeof *symbol);

	for (uint64_t i = 0; symbol != NULL && i < n; i++) {
		const char *name =
			elf_view_text(view, (uint64_t)strings->sh_offset + symbol[i].st_name);
		if (symbol[i].st_shndx != SHN_UNDEF && (symbol[i].st_info & 15) == STT_FUNC &&
		    strcmp(name, "malloc") == 0)
			return true;
	}
	return false;
}

static void look_at_needed(const struct elf_view *view, const elf_section *dynamic,
			   const elf_section *strings, struct inspection *found)
{
	static const char *const allocators[] = { "libjemalloc", "libtcmalloc", "libmimalloc",
						  "librpmalloc", "libhoard",    "libsnmalloc" };
	uint64_t n = dynamic->sh_size / sizeof(elf_dynamic);
	const elf_dynamic *entry = elf_view_at(view, dynamic->sh_offset, n, sizeof *entry);

	for (uint64_t i = 0; entry != NULL && i < n && entry[i].d_tag != DT_NULL; i++) {
		if (entry[i].d_tag != DT_NEEDED)
			continue;
		const char *name =
			elf_view_text(view, (uint64_t)strings->sh_offset + entry[i].d_un.d_val);
		for (size_t a = 0; a < sizeof allocators / sizeof allocators[0]; a++) {
			if (strncmp(name, allocators[a], strlen(allocators[a])) == 0)
				copy_text(found->allocator, sizeof found->allocator, name);
		}
	}
}

static void look_at_sections(const struct elf_view *view, struct inspection *found)
{
	size_t n;
	const elf_section *sections = elf_view_sections(view, &n);

	found->is_stripped = true;
	for (size_t i = 0; i < n; i++) {
		const elf_section *section = &sections[i];
		const char *name = elf_view_section_name(view, section);
		const elf_section *strings =
			section->sh_link < n ? &sections[section->sh_link] : NULL;
		if (section->sh_type == SHT_SYMTAB)
			found->is_stripped = false;
		else if (strcmp(name, ".debug_info") == 0)
			found->has_debug_data = true;
		else if (strcmp(name, ".note.gnu.build-id") == 0)
			found->has_build_id = true;
		else if (section->sh_type == SHT_DYNAMIC && strings != NULL)
			look_at_needed(view, section, strings, found);
		else if (section->sh_type == SHT_DYNSYM && strings != NULL &&
			 defines_malloc(view, section, strings))
			found->has_own_malloc = true;
	}
	enum { ARM_INDEX = 0x70000001 }; // PT_ARM_EXIDX; MIPS has another meaning for this number
	found->has_tables =
		elf_view_segment(view, PT_GNU_EH_FRAME) != NULL ||
		(view->header->e_machine == EM_ARM && elf_view_segment(view, ARM_INDEX) != NULL);
}

// `library` tells which programs it can be loaded into: its ABI must be the program's.
static void look_at_kind(const struct elf_view *view, const char *library, struct inspection *found)
{
	struct elf_view own;

	if (elf_view_open(&own, library) && own.header != NULL) {
		enum { MIPS_ABI = EF_MIPS_ABI2 };
		if (own.header->e_machine == EM_MIPS &&
		    ((own.header->e_flags ^ view->header->e_flags) & MIPS_ABI) != 0)
			hinder(found,
			       "is of another MIPS ABI than %s: use the library built for it",
			       library);
	} else {
		hinder(found, "%s is not a library of this machine: use the one built for it",
		       library);
	}
	elf_view_close(&own);
}

static void look_at_program(const struct elf_view *view, const char *path, const char *library,
			    struct inspection *found)
{
	if (view->header == NULL) {
		hinder(found,
		       "is for another machine than this command: use the dumpalloc built for it");
		return;
	}
	const elf_segment *loader = elf_view_segment(view, PT_INTERP);
	if (view->header->e_type != ET_EXEC && view->header->e_type != ET_DYN) {
		hinder(found, "is no program (ELF type %u)", (unsigned)view->header->e_type);
		return;
	}
	look_at_sections(view, found);
	if (loader == NULL && view->header->e_type == ET_DYN && view->header->e_entry == 0) {
		hinder(found, "is a library: name the program that it is for");
		return;
	}
	if (loader == NULL) {
		hinder(found,
		       "is statically linked, so nothing can be preloaded: link it dynamically");
		return;
	}
	copy_text(found->loader, sizeof found->loader, elf_view_text(view, loader->p_offset));
	found->libc = libc_of(found->loader);
	look_at_kind(view, library, found);
	if (gains_rights(path))
		hinder(found,
		       "runs with more rights than its caller (set-user-ID, set-group-ID or "
		       "capabilities), so nothing is preloaded: start it as the user it becomes");
}

void inspect(const char *program, const char *library, struct inspection *found)
{
	char path[sizeof found->interpreter];
	const char *at = program;

	*found = (struct inspection){ 0 };
	for (int i = 0; i <= SCRIPTS_MAX; i++) {
		struct elf_view view;
		if (!elf_view_open(&view, at)) {
			// A file that may be run and not be read is none of our business.
			if (errno != EACCES)
				hinder(found, "%s: %s", at, strerror(errno));
			return;
		}
		bool is_elf = elf_view_is_elf(&view);
		bool is_script = !is_elf && read_script(&view, path, sizeof path);
		if (is_elf)
			look_at_program(&view, at, library, found);
		else if (!is_script)
			hinder(found, "is neither a program nor a script");
		elf_view_close(&view);
		if (!is_script)
			return;
		copy_text(found->interpreter, sizeof found->interpreter, path);
		at = found->interpreter;
	}
	hinder(found, "has too many interpreters one after the other");
}
