// SPDX-License-Identifier: GPL-3.0-or-later
// Names for what has no symbol: code, and the allocator functions.
#include "site_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "snapshot.h"

void site_name(const struct site *site, char name[SITE_NAME_SIZE])
{
	const char *path = site->module != NULL ? site->module->path : NULL;
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : path;
	if (base == NULL || base[0] == '\0') {
		snprintf(name, SITE_NAME_SIZE, "0x%" PRIx64, site->offset);
	} else {
		snprintf(name, SITE_NAME_SIZE, "%.200s+0x%" PRIx64, base, site->offset);
	}
}

const char *kind_name(uint32_t kind)
{
	switch ((enum wire_kind)kind) {
	case WIRE_KIND_NONE:
		break;
#define X(number, id, word, name)                                                                  \
	case WIRE_KIND_##id:                                                                       \
		return name;
		WIRE_KIND_LIST(X)
#undef X
	}
	return "allocation";
}

const char *kind_word(uint32_t kind)
{
	static const char *const words[UINT8_MAX + 1] = {
#define X(number, id, word, name) [number] = (word),
		WIRE_KIND_LIST(X)
#undef X
	};
	return kind <= UINT8_MAX ? words[kind] : NULL;
}

const char *cut_name(uint32_t cut)
{
	static const char *const words[] = { [WIRE_CUT_WHOLE] = "whole",
#define X(number, id, word) [number] = (word),
					     WIRE_CUT_LIST(X)
#undef X
	};
	return cut < sizeof(words) / sizeof(words[0]) && words[cut] ? words[cut] : "unknown";
}
