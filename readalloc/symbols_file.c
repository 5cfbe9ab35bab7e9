// SPDX-License-Identifier: GPL-3.0-or-later
// The files that speak for one module: its own and its separate debug file, found and checked.
#include "symbols_file.h"

#include "../libdumpalloc/wire.h"
#include "debug_info.h"
#include "debug_server.h"
#include "elf_file.h"
#include "elf_unpack.h"
#include "findings.h"
#include "rootfs.h"
#include "snapshot.h"
#include "symbols.h"
#include "symbols_bfd.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What a file is compared with, and what became of the first one that was compared.
struct candidate {
	const struct symbols_target *target;
	const uint8_t *build_id;
	uint32_t build_id_size; // 0: unknown, anything fits
	const uint32_t *crc;    // where not even the file has a build-id; NULL: not asked for
	// A whole file that was not stripped: its code must be that of this one where there is no build-id, and
	// it must know more. NULL: not asked for.
	const struct elf_file *twin;
	enum symbols_verdict verdict;
};

static bool fits(unsigned wanted, unsigned is)
{
	return wanted == 0 || wanted == is;
}

static bool has_lines(const struct elf_file *elf)
{
	return elf_file_has_section(elf, ".debug_info") ||
	       elf_file_has_section(elf, ".zdebug_info");
}

static enum symbols_verdict judge(const struct candidate *candidate, int fd)
{
	struct elf_file *elf = elf_file_open(fd);
	if (elf == NULL) {
		char mark[2];
		bool is_script = pread(fd, mark, sizeof(mark), 0) == (ssize_t)sizeof(mark) &&
				 memcmp(mark, "#!", sizeof(mark)) == 0;
		return is_script ? VERDICT_SCRIPT : VERDICT_NO_ELF;
	}
	enum symbols_verdict verdict = VERDICT_RIGHT;
	enum symbols_verdict other = elf_file_is_cut(elf) ? VERDICT_CUT : VERDICT_OTHER_BUILD;
	const struct elf_identity *is = elf_file_identity(elf);
	const struct symbols_target *wanted = candidate->target;
	if (!fits(wanted->machine, is->machine) || !fits(wanted->word_size, is->word_size) ||
	    !fits(wanted->byte_order, is->byte_order)) {
		verdict = VERDICT_OTHER_MACHINE;
	} else if (candidate->build_id_size != 0) {
		if (is->build_id_size != candidate->build_id_size ||
		    memcmp(is->build_id, candidate->build_id, is->build_id_size) != 0) {
			verdict = is->build_id_size == 0 ? other : VERDICT_OTHER_BUILD;
		}
	} else if ((candidate->crc != NULL && debug_crc(fd) != *candidate->crc) ||
		   (candidate->twin != NULL && !elf_file_has_same_code(elf, candidate->twin))) {
		verdict = other;
	}
	if (verdict == VERDICT_RIGHT && candidate->twin != NULL && !has_lines(elf) &&
	    !elf_file_has_section(elf, ".symtab")) {
		verdict = VERDICT_NONE;
	}
	elf_file_close(elf);
	return verdict;
}

static bool accept_candidate(int fd, void *context)
{
	struct candidate *candidate = context;
	enum symbols_verdict verdict = judge(candidate, fd);
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
static void say_unusable(const char *path, const struct rootfs *rootfs,
			 enum symbols_verdict verdict, int error)
{
	const char *what = "";
	switch (verdict) {
	case VERDICT_NONE:
		what = findings_reason(error);
		break;
	case VERDICT_NO_ELF:
		what = "not an ELF file";
		break;
	case VERDICT_SCRIPT:
		what = "a script, not an ELF file";
		break;
	case VERDICT_OTHER_MACHINE:
		what = "built for another machine than the one the program ran on";
		break;
	case VERDICT_CUT:
		what = "cut off or damaged";
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

// One line for each file of a module that is right, and not all there.
static void say_cut(const char *path, const struct symbols_findings *findings)
{
	if (findings->is_cut) {
		say_of(path, "cut off or damaged: names of its functions are missing: copy it from "
			     "the device, "
			     "or name a tree that has it with --extra");
	}
	if (findings->has_cut_debug) {
		say_of(path, "its debug file is cut off or damaged: install a whole one");
	}
}

// Looks for `path` in the root file system, then in the trees for debug files, each of which may also be what
// /usr/lib/debug is on the target.
static int search_debug(const struct rootfs *rootfs, const char *path, struct candidate *candidate)
{
	static const char global[] = "/usr/lib/debug";
	int fd = rootfs_search(rootfs, path, accept_candidate, candidate);
	if (fd < 0) {
		fd = rootfs_search_debug(rootfs, path, accept_candidate, candidate);
	}
	if (fd < 0 && strncmp(path, global, sizeof(global) - 1) == 0) {
		fd = rootfs_search_debug(rootfs, path + sizeof(global) - 1, accept_candidate,
					 candidate);
	}
	return fd;
}

static int find_by_build_id(const struct rootfs *rootfs, struct candidate *candidate)
{
	char path[sizeof("/usr/lib/debug/.build-id/xx/.debug") + 2 * WIRE_BUILD_ID_MAX];
	if (candidate->build_id_size < 2 || candidate->build_id_size > WIRE_BUILD_ID_MAX) {
		return -1;
	}
	int n = sprintf(path, "/usr/lib/debug/.build-id/%02x/", candidate->build_id[0]);
	for (uint32_t i = 1; i < candidate->build_id_size; i++) {
		n += sprintf(path + n, "%02x", candidate->build_id[i]);
	}
	memcpy(path + n, ".debug", sizeof(".debug"));
	return search_debug(rootfs, path, candidate);
}

// Beside the module, in .debug/ beside it, and below usr/lib/debug, also where /lib is a link to /usr/lib; and
// right in a directory for debug files.
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
	return fd >= 0 ? fd : rootfs_search_debug(rootfs, link, accept_candidate, candidate);
}

// The module itself, not stripped, as a staging tree has it.
static int find_twin(const struct rootfs *rootfs, const char *module, const struct elf_file *elf,
		     struct candidate *candidate)
{
	const char *path = rootfs_strip(rootfs, module);
	const char *slash = strrchr(path, '/');
	candidate->twin = elf;
	int fd = rootfs_search_debug(rootfs, path, accept_candidate, candidate);
	if (fd < 0 && slash != NULL) {
		fd = rootfs_search_debug(rootfs, slash + 1, accept_candidate, candidate);
	}
	candidate->twin = NULL;
	return fd;
}

// By the module's path: what its debuglink names, or the module itself, not stripped.
static int find_by_path(const struct rootfs *rootfs, const char *module, const struct elf_file *elf,
			struct candidate *candidate)
{
	int fd = -1;
	uint32_t crc;
	char *link = elf_file_debuglink(elf, &crc);
	if (link != NULL) {
		candidate->crc = &crc;
		fd = find_by_link(rootfs, module, link, candidate);
		candidate->crc = NULL;
		free(link);
	}
	return fd >= 0 ? fd : find_twin(rootfs, module, elf, candidate);
}

// Opens the separate debug file of `elf`; -1: there is none.
static int find_debug_file(const struct rootfs *rootfs, const struct symbols_target *target,
			   const struct elf_file *elf, const char *module,
			   struct symbols_findings *findings)
{
	const struct elf_identity *identity = elf_file_identity(elf);
	struct candidate candidate = { target, identity->build_id, identity->build_id_size, NULL,
				       NULL,   VERDICT_NONE };
	int fd = find_by_build_id(rootfs, &candidate);
	if (fd < 0) {
		fd = find_by_path(rootfs, module, elf, &candidate);
	}
	if (fd < 0 && strstr(module, "/../") != NULL) {
		// The directories it leads through need not be where debug files are.
		char *plain = path_plain(rootfs_strip(rootfs, module));
		fd = find_by_path(rootfs, plain, elf, &candidate);
		free(plain);
	}
	if (fd < 0) {
		fd = debug_server_fetch(identity->build_id, identity->build_id_size);
		if (fd >= 0 && judge(&candidate, fd) != VERDICT_RIGHT) {
			close(fd);
			fd = -1;
		}
	}
	findings->has_other_debug = fd < 0 && (candidate.verdict == VERDICT_OTHER_BUILD ||
					       candidate.verdict == VERDICT_OTHER_MACHINE);
	findings->has_cut_debug = fd < 0 && candidate.verdict == VERDICT_CUT;
	return fd;
}

// Prints `readalloc: PATH: WHAT: REASON`.
static void say_lack(const char *path, const char *what, const char *reason)
{
	char *text = NULL;
	if (asprintf(&text, "%s: %s", what, reason) < 0) {
		die("out of memory");
	}
	say_of(path, text);
	free(text);
}

// Opens the file that dwz put what several files share into, as `elf` names it; NULL: there is none.
static struct elf_file *open_alternate(const struct rootfs *rootfs,
				       const struct symbols_target *target,
				       const struct elf_file *elf, int *fd,
				       struct symbols_findings *findings)
{
	struct elf_identity wanted;
	char *name = elf_file_alternate(elf, &wanted);
	if (name == NULL) {
		return NULL;
	}
	struct candidate candidate = { target, wanted.build_id, wanted.build_id_size, NULL,
				       NULL,   VERDICT_NONE };
	const char *slash = strrchr(name, '/');
	*fd = find_by_build_id(rootfs, &candidate);
	if (*fd < 0) {
		*fd = search_debug(rootfs, name, &candidate);
	}
	if (*fd < 0) {
		// dwz names it from the debug file's place, which is below these.
		*fd = find_by_link(rootfs, "/usr/lib/debug/.dwz/x",
				   slash != NULL ? slash + 1 : name, &candidate);
	}
	struct elf_file *alternate = *fd >= 0 ? elf_file_open(*fd) : NULL;
	if (alternate == NULL) {
		findings->alternate_trouble =
			candidate.verdict == VERDICT_OTHER_BUILD
				? "the file that dwz shared them in is of another build"
				: "the file that dwz shared them in is not found";
	}
	free(name);
	return alternate;
}

static void open_lines(struct symbols_file *file, const struct rootfs *rootfs,
		       const struct symbols_target *target, const struct elf_file *elf,
		       const char *module, bool is_quiet)
{
	struct symbols_findings *findings = &file->findings;
	const char *reason = NULL, *split = NULL;
	int fd = -1;
	struct elf_file *alternate = open_alternate(rootfs, target, elf, &fd, findings);
	file->info = debug_info_open(elf, alternate, &reason);
	findings->has_lines = file->info != NULL;
	findings->lines_trouble = file->info == NULL ? reason : NULL;
	findings->is_split = file->info != NULL && debug_info_n_split(file->info, &split) > 0;
	if (findings->alternate_trouble != NULL && !is_quiet) {
		say_lack(module, "names of its inlined functions are missing",
			 findings->alternate_trouble);
	}
	if (findings->lines_trouble != NULL && !is_quiet) {
		say_lack(module, "its debug information cannot be read", reason);
	}
	if (findings->is_split && !is_quiet) {
		say_lack(module, "its inlined frames are unknown",
			 "it was built with -gsplit-dwarf, and .dwo files are not read");
	}
	elf_file_close(alternate);
	if (fd >= 0) {
		close(fd);
	}
}

// The symbols that are packed within the file for want of a symbol table of its own.
static bool load_mini(struct elf_file *elf, const char *module, bool is_quiet)
{
	const char *reason = NULL;
	size_t size = 0;
	uint8_t *bytes = elf_unpack_mini(elf, &size, &reason);
	int fd = bytes != NULL ? memfd_create("symbols", MFD_CLOEXEC) : -1;
	struct elf_file *mini = NULL;
	if (fd >= 0 && write(fd, bytes, size) == (ssize_t)size) {
		mini = elf_file_open(fd);
	}
	if (mini != NULL) {
		elf_file_load_functions(elf, mini);
	} else if (reason != NULL && !is_quiet) {
		say_of(module, reason);
	}
	bool is_loaded = mini != NULL;
	elf_file_close(mini);
	if (fd >= 0) {
		close(fd);
	}
	free(bytes);
	return is_loaded;
}

void symbols_file_open(struct symbols_file *file, const struct rootfs *rootfs,
		       const struct symbols_target *target, const struct module *module,
		       bool is_quiet)
{
	*file = (struct symbols_file){ .fd = -1, .debug_fd = -1 };
	const char *path = module->path;
	// The kernel's own object has no file, and its path is no path.
	if (rootfs == NULL || path == NULL || path[0] == '\0' || path[0] == '[' ||
	    (module->flags & WIRE_MAP_VDSO) != 0) {
		return;
	}
	struct candidate candidate = { target, module->build_id, module->build_id_size, NULL,
				       NULL,   VERDICT_NONE };
	file->fd = rootfs_search(rootfs, path, accept_candidate, &candidate);
	int error = errno;
	file->findings.verdict = candidate.verdict;
	file->findings.error = error;
	file->elf = file->fd >= 0 ? elf_file_open(file->fd) : NULL;
	if (file->elf == NULL) {
		if (!is_quiet) {
			say_unusable(path, rootfs, candidate.verdict, error);
		}
		return;
	}
	elf_file_load_functions(file->elf, file->elf);
	file->findings.is_cut = elf_file_is_cut(file->elf);
	file->debug_fd = find_debug_file(rootfs, target, file->elf, path, &file->findings);
	struct elf_file *debug = file->debug_fd >= 0 ? elf_file_open(file->debug_fd) : NULL;
	if (debug != NULL) {
		elf_file_load_functions(file->elf, debug);
		file->findings.has_cut_debug = elf_file_is_cut(debug);
	}
	if (debug != NULL && has_lines(debug)) {
		open_lines(file, rootfs, target, debug, path, is_quiet);
	} else if (has_lines(file->elf)) {
		open_lines(file, rootfs, target, file->elf, path, is_quiet);
	}
	file->findings.has_symbols = elf_file_has_section(file->elf, ".symtab") ||
				     (debug != NULL && elf_file_has_section(debug, ".symtab"));
	if (debug == NULL && !file->findings.has_symbols) {
		file->findings.has_symbols = load_mini(file->elf, path, is_quiet);
	}
	elf_file_close(debug);
	if (!is_quiet) {
		say_cut(path, &file->findings);
	}
}

void symbols_file_close(struct symbols_file *file)
{
	debug_info_close(file->info);
	elf_file_close(file->elf);
	if (file->fd >= 0) {
		close(file->fd);
	}
	if (file->debug_fd >= 0) {
		close(file->debug_fd);
	}
	*file = (struct symbols_file){ .fd = -1, .debug_fd = -1 };
}
