// SPDX-License-Identifier: LGPL-2.1-or-later
// What the reader is told of an ELF object.
#ifndef LIBDUMPALLOC_MODULES_RECORD_H
#define LIBDUMPALLOC_MODULES_RECORD_H

#include <link.h>

struct encoder_module;

// Fills in all but the number, by an entry of the loader's list and what is mapped where that says. Asks for the working
// directory, the executable's name and nothing else; its caller sees to it that there is one object at a time.
void modules_record_take(struct encoder_module *record, const struct dl_phdr_info *object);

#endif
