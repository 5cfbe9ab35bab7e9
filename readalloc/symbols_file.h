// SPDX-License-Identifier: GPL-3.0-or-later
// The files that speak for one module: its own and its separate debug file, found and checked.
#ifndef READALLOC_SYMBOLS_FILE_H
#define READALLOC_SYMBOLS_FILE_H

#include <stdbool.h>

struct debug_info;
struct elf_file;
struct module;
struct rootfs;
struct symbols_target;

enum symbols_verdict {
	VERDICT_NONE, // no file was found
	VERDICT_NO_ELF,
	VERDICT_SCRIPT,
	VERDICT_OTHER_MACHINE,
	VERDICT_CUT, // too short or damaged to tell whether it is the right one
	VERDICT_OTHER_BUILD,
	VERDICT_RIGHT,
};

// What there is for a module, and what is not.
struct symbols_findings {
	enum symbols_verdict verdict; // on its own file
	int error;                    // why none was found
	bool has_symbols;             // of functions that are not exported, too
	bool has_lines;
	bool has_other_debug;       // the debug file in its place is not of this build
	bool is_cut, has_cut_debug; // its own file or the debug file is not all there
	bool is_split;              // functions are in .dwo files
	// What is wrong (never freed); NULL: nothing.
	const char *lines_trouble, *alternate_trouble;
};

struct symbols_file {
	struct elf_file *elf;    // code and functions; NULL: the file cannot be used
	struct debug_info *info; // lines; NULL: there are none
	int fd;                  // of elf; -1
	int debug_fd;            // of its separate debug file; -1: there is none
	struct symbols_findings findings;
};

// Finds and opens what there is for `module`. A file that is missing or is not the one that ran is left
// out, and one line on stderr says so unless `is_quiet`.
void symbols_file_open(struct symbols_file *file, const struct rootfs *rootfs,
		       const struct symbols_target *target, const struct module *module,
		       bool is_quiet);
void symbols_file_close(struct symbols_file *file);

#endif
