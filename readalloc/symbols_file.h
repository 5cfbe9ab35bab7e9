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

struct symbols_file {
	struct elf_file *elf;    // code and functions; NULL: the file cannot be used
	struct debug_info *info; // lines; NULL: there are none
	int fd;                  // of elf; -1
};

// Finds and opens what there is for `module`. A file that is missing or is not the one that ran is left
// out, and one line on stderr says so unless `is_quiet`.
void symbols_file_open(struct symbols_file *file, const struct rootfs *rootfs,
		       const struct symbols_target *target, const struct module *module,
		       bool is_quiet);
void symbols_file_close(struct symbols_file *file);

#endif
