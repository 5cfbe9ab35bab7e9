// SPDX-License-Identifier: GPL-3.0-or-later
// Which stream it is that a connection brings: its id (FORMAT.md, section 3), before anything of it is decoded.
#ifndef READALLOC_IDENTITY_H
#define READALLOC_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "libdumpalloc/wire.h"

struct identity {
	uint8_t bytes[WIRE_STREAM_ID_SIZE];
};

enum identity_result {
	IDENTITY_PARTIAL, // more bytes are needed
	IDENTITY_FOUND,
	IDENTITY_NONE, // it has none, or is no stream
};

// Looks for the id at the beginning of a stream.
enum identity_result identity_read(struct identity *identity, const uint8_t *bytes, size_t size);

// Looks for it in the payload of a PREAMBLE.
bool identity_find(struct identity *identity, struct cursor payload);

bool identity_equals(const struct identity *one, const struct identity *two);

// The streams that ended last.
struct identities {
	struct identity *ring; // IDENTITIES_MAX
	size_t n;              // added so far
};

enum { IDENTITIES_MAX = 4096 };

void identities_free(struct identities *identities);
void identities_add(struct identities *identities, const struct identity *identity);
bool identities_have(const struct identities *identities, const struct identity *identity);

#endif
