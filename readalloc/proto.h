// SPDX-License-Identifier: GPL-3.0-or-later
// Messages in the encoding of protocol buffers.
#ifndef READALLOC_PROTO_H
#define READALLOC_PROTO_H

#include <stddef.h>
#include <stdint.h>

// A message that is being built; zeroed memory is an empty one. To be freed by proto_free.
struct proto {
	uint8_t *bytes;
	size_t n, room;
};

void proto_free(struct proto *message);

// Empties the message and keeps its memory.
void proto_clear(struct proto *message);

// A field that is a number. 0 is what a reader takes a missing field for, and is left out.
void proto_number(struct proto *message, unsigned field, uint64_t value);

// A field of bytes: a text, or a message, which is there even if it is empty.
void proto_bytes(struct proto *message, unsigned field, const void *bytes, size_t n);

// A field of several numbers, zeros too; to be written once.
void proto_numbers(struct proto *message, unsigned field, const uint64_t *values, size_t n);

#endif
