// SPDX-License-Identifier: GPL-3.0-or-later
// From columns back to the records they were (FORMAT.md, section 5, columns).
#ifndef READALLOC_DECODE_COLUMNS_H
#define READALLOC_DECODE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

// Writes the records to `records`, which has room for as many bytes as `payload` has, and how many these are to `*n`. NULL: well;
// else what is wrong.
const char *columns_undo(struct cursor payload, uint8_t *records, size_t *n);

#endif
