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

// Its code, as far as it can be read, and its tables.
void modules_object_code(const struct dl_phdr_info *object, struct unwind_code *code);

// The same of a file that is mapped from `start`, where a mapping of `head_size` readable bytes begins, to `end`, as a loader
// does it. False: it is no such file.
bool modules_object_image(uintptr_t start, uintptr_t head_size, uintptr_t end,
			  struct unwind_code *code);

// How often the loader of `object`, whose entries have `size` bytes, has loaded and unloaded something.
// False: it does not say.
bool modules_object_counts(const struct dl_phdr_info *object, size_t size, uintptr_t *loads,
			   uintptr_t *unloads);

#endif
