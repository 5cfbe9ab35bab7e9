// SPDX-License-Identifier: GPL-3.0-or-later
// Source lines and inlined callers from the debug information of one file; the only user of libbfd.
#include "symbols_bfd.h"

#include "util.h"

// bfd.h refuses to be included without the name of a package.
#define PACKAGE "dumpalloc"
#include <bfd.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	// Bits of bfd_demangle's options; their header is not installed with libbfd.
	DEMANGLE_PARAMETERS = 1 << 0,
	DEMANGLE_QUALIFIERS = 1 << 1,
	// Longer ones are damage, or made to exhaust the demangler.
	MANGLED_MAX = 16 << 10,
	INLINES_MAX = 256,
};

struct debug_info {
	bfd *bfd;
	asection *last; // the section of the last answer: the next is mostly in it too
};

// libbfd would write its own lines, several for one damaged file; ours says it once.
__attribute__((__format__(printf, 1, 0))) static void be_silent(const char *format, va_list values)
{
	(void)format;
	(void)values;
}

static void assert_silently(const char *format, const char *version, const char *file, int line)
{
	(void)format;
	(void)version;
	(void)file;
	(void)line;
}

static void start_libbfd(void)
{
	static bool is_started;
	if (!is_started) {
		is_started = true;
		bfd_init();
		bfd_set_error_handler(be_silent);
		bfd_set_assert_handler(assert_silently);
	}
}

// libbfd gets a stream and a name that means nothing: given a name it looks for it on this machine.
static bfd *open_as(int fd, const char *target)
{
	int own = dup(fd); // closed with the bfd
	FILE *stream = own >= 0 ? fdopen(own, "rb") : NULL;
	if (stream == NULL) {
		if (own >= 0) {
			close(own);
		}
		return NULL;
	}
	bfd *file = bfd_openstreamr("module", target, stream);
	if (file == NULL) {
		fclose(stream);
		return NULL;
	}
	file->flags |= BFD_DECOMPRESS;
	return file;
}

// libbfd follows links to further files by their names on this machine, not in the root file system:
// under another name it does not see them.
static void hide_links(bfd *file)
{
	static const char *const links[] = { ".gnu_debugaltlink", ".gnu_debuglink" };
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		asection *section = bfd_get_section_by_name(file, links[i]);
		if (section != NULL) {
			bfd_rename_section(section, ".dumpalloc_unused");
		}
	}
}

// Whether libbfd can read the file. What it has to say of damage it writes to stderr itself while it tries
// one target after the other, past the error handler: meanwhile stderr leads nowhere.
static bool check_format(bfd *file, char ***matching)
{
	int real = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (real >= 0 && nowhere >= 0) {
		dup2(nowhere, STDERR_FILENO);
	}
	bool is_known = bfd_check_format_matches(file, bfd_object, matching);
	if (real >= 0 && nowhere >= 0) {
		dup2(real, STDERR_FILENO);
	}
	if (real >= 0) {
		close(real);
	}
	if (nowhere >= 0) {
		close(nowhere);
	}
	return is_known;
}

struct debug_info *debug_info_open(int fd, const char **reason)
{
	start_libbfd();
	char **matching = NULL;
	bfd *file = open_as(fd, NULL);
	bool is_known = file != NULL && check_format(file, &matching);
	if (file != NULL && !is_known && bfd_get_error() == bfd_error_file_ambiguously_recognized) {
		// Targets that differ in nothing that matters here, such as ABIs of one machine.
		bfd_close_all_done(file);
		file = open_as(fd, matching[0]);
		is_known = file != NULL && check_format(file, NULL);
		free(matching);
	}
	close(fd);
	if (!is_known) {
		*reason = bfd_errmsg(bfd_get_error());
		if (file != NULL) {
			bfd_close_all_done(file);
		}
		return NULL;
	}
	hide_links(file);
	struct debug_info *info = xcalloc(1, sizeof(*info));
	info->bfd = file;
	return info;
}

void debug_info_close(struct debug_info *info)
{
	if (info != NULL) {
		bfd_close_all_done(info->bfd);
		free(info);
	}
}

static bool section_holds(const asection *section, bfd_vma address)
{
	return (section->flags & SEC_ALLOC) != 0 && address >= section->vma &&
	       address - section->vma < section->size;
}

static asection *find_section(struct debug_info *info, bfd_vma address)
{
	if (info->last != NULL && section_holds(info->last, address)) {
		return info->last;
	}
	for (asection *section = info->bfd->sections; section != NULL; section = section->next) {
		if (section_holds(section, address)) {
			info->last = section;
			return section;
		}
	}
	return NULL;
}

static const char *known(const char *text)
{
	static const char *const unknown[] = { "", "??", "<unknown>", "<artificial>" };
	for (size_t i = 0; text != NULL && i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (strcmp(text, unknown[i]) == 0) {
			return NULL;
		}
	}
	return text;
}

bool debug_info_find(struct debug_info *info, uint64_t address,
		     void (*frame)(void *context, const struct debug_frame *frame), void *context)
{
	asection *section = find_section(info, address);
	const char *file = NULL, *function = NULL;
	unsigned line = 0;
	// An empty list of symbols: with theirs libbfd names the nearest one whatever its size, and without a
	// list it cannot read compressed sections.
	static asymbol *no_symbols[1];
	if (section == NULL ||
	    !bfd_find_nearest_line(info->bfd, section, no_symbols, address - section->vma, &file,
				   &function, &line)) {
		return false;
	}
	for (unsigned i = 0; i < INLINES_MAX; i++) {
		struct debug_frame found = { known(function), known(file), line };
		frame(context, &found);
		if (!bfd_find_inliner_info(info->bfd, &file, &function, &line)) {
			break;
		}
	}
	return true;
}

char *debug_demangle(const char *name)
{
	if (strlen(name) > MANGLED_MAX) {
		return NULL;
	}
	return bfd_demangle(NULL, name, DEMANGLE_PARAMETERS | DEMANGLE_QUALIFIERS);
}

uint32_t debug_crc(int fd)
{
	static unsigned char bytes[1 << 16];
	unsigned long crc = 0;
	off_t at = 0;
	for (ssize_t n; (n = pread(fd, bytes, sizeof(bytes), at)) > 0; at += n) {
		crc = bfd_calc_gnu_debuglink_crc32(crc, bytes, (bfd_size_type)n);
	}
	return (uint32_t)crc;
}
