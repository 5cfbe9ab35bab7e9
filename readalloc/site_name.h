// SPDX-License-Identifier: GPL-3.0-or-later
// Names for what has no symbol: code, and the allocator functions.
#ifndef READALLOC_SITE_NAME_H
#define READALLOC_SITE_NAME_H

#include <stddef.h>
#include <stdint.h>

struct site;

enum { SITE_NAME_SIZE = 256 };

// Writes the name of code no symbol covers, FILE+0xOFFSET, into `name`. Call sites of one function stay apart: where
// the function begins is not known, and one name for all would join what never called each other.
void site_name(const struct site *site, char name[SITE_NAME_SIZE]);

// The function of the kind (enum wire_kind); "allocation" for a kind of a later version.
const char *kind_name(uint32_t kind);

// The word of the kind in files; NULL for one of a later version.
const char *kind_word(uint32_t kind);

// The word for why a stack is cut (enum wire_cut): "whole" where it is not.
const char *cut_name(uint32_t cut);

#endif
