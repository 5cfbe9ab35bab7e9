// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes members of a gzip file of what is written to a sink (FORMAT.md, section 2).
#ifndef LIBDUMPALLOC_PACK_H
#define LIBDUMPALLOC_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "libdumpalloc/deflate.h"
#include "libdumpalloc/wire.h"

enum {
	PACK_PARTS_MORE = 2,
	PACK_HEADER_SIZE = WIRE_MEMBER_HEADER_SIZE + DEFLATE_STORED_HEADER,
};

// Makes a member of `parts`, in up to `n_parts` + PACK_PARTS_MORE parts, which hold until the next call. Returns how many;
// 0: errno says why. What is short, or `is_plain` (and then at most DEFLATE_STORED_MOST bytes), is not compressed: it needs no
// memory, and is found as it is PACK_HEADER_SIZE behind the beginning.
int pack_member(const struct iovec *parts, int n_parts, bool is_plain, struct iovec *member);

// The size of the member that begins here; 0: none does.
uint32_t pack_member_size(const uint8_t *bytes);

// Memory in use, which is to stay; NULL: none.
const void *pack_memory(void);

#endif
