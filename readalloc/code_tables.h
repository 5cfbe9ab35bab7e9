// SPDX-License-Identifier: GPL-3.0-or-later
// The unwind tables of a module's files, and whether the scanner's rules agree with them.
#ifndef READALLOC_CODE_TABLES_H
#define READALLOC_CODE_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "code_module.h"
#include "unwind/rule_check.h"

struct code_tables;

// Of the code that `check` is about, from the file and its debug file, which may be the same; all borrowed.
struct code_tables *code_tables_new(struct rule_check *check, const struct elf_image *file,
				    const struct elf_image *debug);
void code_tables_free(struct code_tables *tables);

// As code_module_rule; `pc` has no ISA bit, the code is of `isa`.
enum code_rule code_tables_compare(struct code_tables *tables, uint64_t pc,
				   const struct scan_isa *isa);

#endif
