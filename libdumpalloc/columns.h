// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts the fields of a block's records together by what they are, so that they compress better (FORMAT.md, section 5, columns).
#ifndef LIBDUMPALLOC_COLUMNS_H
#define LIBDUMPALLOC_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

// Makes of whole blocks the same with columns in place of records, where that is worth it and the records are sound, in up
// to columns_room(size) bytes. Returns how many.
size_t columns_of_blocks(const uint8_t *blocks, size_t size, uint8_t *out);
size_t columns_room(size_t size);

// The same of the payload of one block. Returns the size, up to columns_room(size); 0: they are not sound.
size_t columns_of_records(const uint8_t *records, size_t size, uint8_t *out);

#endif
