// SPDX-License-Identifier: LGPL-2.1-or-later
// What an entry of the loader's list says of an object.
#ifndef LIBDUMPALLOC_MODULES_OBJECT_H
#define LIBDUMPALLOC_MODULES_OBJECT_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/unwind.h"

// Whether `address` lies in one of its segments.
bool modules_object_holds(const struct dl_phdr_info *object, uintptr_t address);

// Runs of executable segments that follow one another. Nearly all objects have one; BOLT, which knows no 32-bit machine, leaves
// the old code where it was and puts the new far behind it.
enum { MODULES_CODES = sizeof(void *) > 4 ? 3 : 1 };

// Its code, as far as it can be read, each run with the tables: the largest, the rest empty.
void modules_object_codes(const struct dl_phdr_info *object,
			  struct unwind_code codes[MODULES_CODES]);

// The run that holds `pc`. False: none does.
bool modules_object_code(const struct dl_phdr_info *object, uintptr_t pc, struct unwind_code *code);

// The same of a file that is mapped from `start`, where a mapping of `head_size` readable bytes begins, to `end`, as a loader
// does it. False: it is no such file, or `pc` is not in its code.
bool modules_object_image(uintptr_t start, uintptr_t head_size, uintptr_t end, uintptr_t pc,
			  struct unwind_code *code);

// How often the loader of `object`, whose entries have `size` bytes, has loaded and unloaded something.
// False: it does not say.
bool modules_object_counts(const struct dl_phdr_info *object, size_t size, uintptr_t *loads,
			   uintptr_t *unloads);

#endif
