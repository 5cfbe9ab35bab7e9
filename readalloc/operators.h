// SPDX-License-Identifier: GPL-3.0-or-later
// C++'s operators new and delete: which go together, and what their symbols are named.
#ifndef READALLOC_OPERATORS_H
#define READALLOC_OPERATORS_H

#include <stdbool.h>

#include "libdumpalloc/wire.h"

// Operators that go together; sets of them are bits.
enum operator_family {
	FAMILY_NONE = 0, // not C++'s
	FAMILY_NEW = 1,
	FAMILY_ARRAY = 2,
	FAMILY_ALIGNED = 4,
	FAMILY_ARRAY_ALIGNED = 8,
};

// Of the kind of an event, be it an allocation or a release.
static inline enum operator_family operator_family(unsigned kind)
{
	switch (kind) {
	case WIRE_KIND_NEW:
	case WIRE_KIND_DELETE:
		return FAMILY_NEW;
	case WIRE_KIND_NEW_ARRAY:
	case WIRE_KIND_DELETE_ARRAY:
		return FAMILY_ARRAY;
	case WIRE_KIND_NEW_ALIGNED:
	case WIRE_KIND_DELETE_ALIGNED:
		return FAMILY_ALIGNED;
	case WIRE_KIND_NEW_ARRAY_ALIGNED:
	case WIRE_KIND_DELETE_ARRAY_ALIGNED:
		return FAMILY_ARRAY_ALIGNED;
	default:
		return FAMILY_NONE;
	}
}

// Those with the fewest arguments: `m` is size_t where it has 64 bits, `j` on most machines where it has 32.
struct operator_symbol {
	const char *name;
	enum operator_family family;
	bool is_delete;
};

enum { N_OPERATORS = 12 };

extern const struct operator_symbol operator_symbols[N_OPERATORS];

// The one that stands for the operator of that name, which may have more arguments: a size, std::nothrow_t. NULL: it is none.
const struct operator_symbol *operator_of_name(const char *name);

#endif
