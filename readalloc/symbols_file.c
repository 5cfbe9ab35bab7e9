// SPDX-License-Identifier: GPL-3.0-or-later
// The files that speak for one module: its own and its separate debug file, found and checked.
#include "symbols_file.h"

#include "../libdumpalloc/wire.h"
#include "elf_file.h"
#include "rootfs.h"
#include "snapshot.h"
#include "symbols.h"
#include "symbols_bfd.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum verdict {
	VERDICT_NONE, // no file was found
	VERDICT_NO_ELF,
	VERDICT_OTHER_MACHINE,
	VERDICT_OTHER_BUILD,
	VERDICT_RIGHT,
};

// What a file is compared with, and what became of the first one that was compared.
struct candidate {
	const struct symbols_target *target;
	const uint8_t *build_id;
	uint32_t build_id_size; // 0: unknown, anything fits
	const uint32_t *crc;    // where not even the file has a build-id; NULL: not asked for
	enum verdict verdict;
};

static bool fits(unsigned wanted, unsigned is)
{
	return wanted == 0 || wanted == is;
}

static enum verdict judge(const struct candidate *candidate, int fd)
{
	struct elf_file *elf = elf_file_open(fd);
	if (elf == NULL) {
		return VERDICT_NO_ELF;
	}
	enum verdict verdict = VERDICT_RIGHT;
	const struct elf_identity *is = elf_file_identity(elf);
	const struct symbols_target *wanted = candidate->target;
	if (!fits(wanted->machine, is->machine) || !fits(wanted->word_size, is->word_size) ||
	    !fits(wanted->byte_order, is->byte_order)) {
		verdict = VERDICT_OTHER_MACHINE;
	} else if (candidate->build_id_size != 0) {
		if (is->build_id_size != candidate->build_id_size ||
		    memcmp(is->build_id, candidate->build_id, is->build_id_size) != 0) {
			verdict = VERDICT_OTHER_BUILD;
		}
	} else if (candidate->crc != NULL && debug_crc(fd) != *candidate->crc) {
		verdict = VERDICT_OTHER_BUILD;
	}
	elf_file_close(elf);
	return verdict;
}

static bool accept_candidate(int fd, void *context)
{
	struct candidate *candidate = context;
	enum verdict verdict = judge(candidate, fd);
	if (candidate->verdict == VERDICT_NONE || verdict == VERDICT_RIGHT) {
		candidate->verdict = verdict;
	}
	return verdict == VERDICT_RIGHT;
}

// Prints `readalloc: PATH: WHAT`, one line whatever is in PATH.
static void say_of(const char *path, const char *what)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL) {
		return;
	}
	text_escape(out, path, 0);
	if (fclose(out) == 0) {
		say("%s: %s", text, what);
	}
	free(text);
}

// One line for a module without a usable file.
static void say_unusable(const char *path, const struct rootfs *rootfs, enum verdict verdict,
			 int error)
{
	const char *what = "";
	switch (verdict) {
	case VERDICT_NONE:
		what = error == ENOENT ? "not found" : strerror(error);
		break;
	case VERDICT_NO_ELF:
		what = "not an ELF file";
		break;
	case VERDICT_OTHER_MACHINE:
		what = "built for another machine than the one the program ran on";
		break;
	case VERDICT_OTHER_BUILD:
		what = "another build than the one that ran (build-id differs)";
		break;
	case VERDICT_RIGHT:
		what = "damaged";
		break;
	}
	char *text = NULL;
	if (asprintf(&text,
		     "%s in %s: its functions are shown as offsets: "
		     "name the right tree, or add it with --extra",
		     what, rootfs_name(rootfs)) < 0) {
		die("out of memory");
	}
	say_of(path, text);
	free(text);
}

static int search_debug(const struct rootfs *rootfs, const char *path, struct candidate *candidate)
{
	return rootfs_search(rootfs, path, accept_candidate, candidate);
}

static int find_by_build_id(const struct rootfs *rootfs, struct candidate *candidate)
{
	char path[sizeof("/usr/lib/debug/.build-id/xx/.debug") + 2 * WIRE_BUILD_ID_MAX];
	if (candidate->build_id_size < 2) {
		return -1;
	}
	int n = sprintf(path, "/usr/lib/debug/.build-id/%02x/", candidate->build_id[0]);
	for (uint32_t i = 1; i < candidate->build_id_size; i++) {
		n += sprintf(path + n, "%02x", candidate->build_id[i]);
	}
	memcpy(path + n, ".debug", sizeof(".debug"));
	return search_debug(rootfs, path, candidate);
}

// Beside the module, in .debug/ beside it, and below usr/lib/debug, also where /lib is a link to /usr/lib.
static int find_by_link(const struct rootfs *rootfs, const char *module, const char *link,
			struct candidate *candidate)
{
	static const char *const places[][2] = {
		{ "", "/" },
		{ "", "/.debug/" },
		{ "/usr/lib/debug", "/" },
		{ "/usr/lib/debug/usr", "/" },
	};
	const char *path = rootfs_strip(rootfs, module);
	const char *slash = strrchr(path, '/');
	int directory = slash != NULL ? (int)(slash - path) : 0;
	int fd = -1;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && fd < 0; i++) {
		char *place = NULL;
		if (asprintf(&place, "%s%.*s%s%s", places[i][0], directory, path, places[i][1],
			     link) < 0) {
			die("out of memory");
		}
		fd = search_debug(rootfs, place, candidate);
		free(place);
	}
	return fd;
}

// Opens the separate debug file of `elf`; -1: there is none.
static int find_debug_file(const struct rootfs *rootfs, const struct symbols_target *target,
			   const struct elf_file *elf, const char *module)
{
	const struct elf_identity *identity = elf_file_identity(elf);
	struct candidate candidate = { target, identity->build_id, identity->build_id_size, NULL,
				       VERDICT_NONE };
	int fd = find_by_build_id(rootfs, &candidate);
	if (fd >= 0) {
		return fd;
	}
	uint32_t crc;
	char *link = elf_file_debuglink(elf, &crc);
	if (link != NULL) {
		candidate.crc = &crc;
		fd = find_by_link(rootfs, module, link, &candidate);
		free(link);
	}
	return fd;
}

static bool has_lines(const struct elf_file *elf)
{
	return elf_file_has_section(elf, ".debug_info") ||
	       elf_file_has_section(elf, ".zdebug_info");
}

// Takes over `fd`.
static void open_lines(struct symbols_file *file, int fd, const char *module, bool is_quiet)
{
	const char *reason = NULL;
	file->info = debug_info_open(fd, &reason);
	if (file->info == NULL && !is_quiet) {
		char *text = NULL;
		if (asprintf(&text, "its debug information cannot be read: %s: no source lines",
			     reason) < 0) {
			die("out of memory");
		}
		say_of(module, text);
		free(text);
	}
}

void symbols_file_open(struct symbols_file *file, const struct rootfs *rootfs,
		       const struct symbols_target *target, const struct module *module,
		       bool is_quiet)
{
	*file = (struct symbols_file){ .fd = -1 };
	const char *path = module->path;
	// The kernel's own object has no file, and its path is no path.
	if (rootfs == NULL || path == NULL || path[0] == '\0' || path[0] == '[' ||
	    (module->flags & WIRE_MAP_VDSO) != 0) {
		return;
	}
	struct candidate candidate = { target, module->build_id, module->build_id_size, NULL,
				       VERDICT_NONE };
	file->fd = rootfs_search(rootfs, path, accept_candidate, &candidate);
	int error = errno;
	file->elf = file->fd >= 0 ? elf_file_open(file->fd) : NULL;
	if (file->elf == NULL) {
		if (!is_quiet) {
			say_unusable(path, rootfs, candidate.verdict, error);
		}
		return;
	}
	elf_file_load_functions(file->elf, file->elf);
	int debug_fd = find_debug_file(rootfs, target, file->elf, path);
	struct elf_file *debug = debug_fd >= 0 ? elf_file_open(debug_fd) : NULL;
	if (debug != NULL) {
		elf_file_load_functions(file->elf, debug);
	}
	if (debug != NULL && has_lines(debug)) {
		open_lines(file, debug_fd, path, is_quiet);
		debug_fd = -1;
	} else if (has_lines(file->elf)) {
		open_lines(file, dup(file->fd), path, is_quiet);
	}
	elf_file_close(debug);
	if (debug_fd >= 0) {
		close(debug_fd);
	}
}

void symbols_file_close(struct symbols_file *file)
{
	debug_info_close(file->info);
	elf_file_close(file->elf);
	if (file->fd >= 0) {
		close(file->fd);
	}
	*file = (struct symbols_file){ .fd = -1 };
}
