// SPDX-License-Identifier: GPL-3.0-or-later
// Messages in the encoding of protocol buffers.
#include "proto.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { VARINT = 0, BYTES = 2, VARINT_MAX = 10 };

static size_t varint_size(uint64_t value)
{
	size_t n = 1;
	for (; value >= 0x80; value >>= 7) {
		n++;
	}
	return n;
}

static void reserve(struct proto *message, size_t n)
{
	if (message->room - message->n < n) {
		message->room = grown_capacity(message->room, message->n + n);
		message->bytes = xrealloc(message->bytes, message->room, 1);
	}
}

static void put_varint(struct proto *message, uint64_t value)
{
	reserve(message, VARINT_MAX);
	for (; value >= 0x80; value >>= 7) {
		message->bytes[message->n++] = (uint8_t)(value | 0x80);
	}
	message->bytes[message->n++] = (uint8_t)value;
}

static void put_key(struct proto *message, unsigned field, unsigned type)
{
	put_varint(message, (uint64_t)field << 3 | type);
}

void proto_free(struct proto *message)
{
	free(message->bytes);
	*message = (struct proto){ 0 };
}

void proto_clear(struct proto *message)
{
	message->n = 0;
}

void proto_number(struct proto *message, unsigned field, uint64_t value)
{
	if (value != 0) {
		put_key(message, field, VARINT);
		put_varint(message, value);
	}
}

void proto_bytes(struct proto *message, unsigned field, const void *bytes, size_t n)
{
	put_key(message, field, BYTES);
	put_varint(message, n);
	reserve(message, n);
	if (n != 0) {
		memcpy(message->bytes + message->n, bytes, n);
		message->n += n;
	}
}

void proto_numbers(struct proto *message, unsigned field, const uint64_t *values, size_t n)
{
	size_t size = 0;
	for (size_t i = 0; i < n; i++) {
		size += varint_size(values[i]);
	}
	put_key(message, field, BYTES);
	put_varint(message, size);
	for (size_t i = 0; i < n; i++) {
		put_varint(message, values[i]);
	}
}
