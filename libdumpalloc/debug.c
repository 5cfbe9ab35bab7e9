// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tracer does, in lines to standard error, for who looks for a fault in it (DUMPALLOC_DEBUG).
#include "libdumpalloc/debug.h"

#include <string.h>

#include "libdumpalloc/log.h"
#include "libdumpalloc/text.h"

enum { LINE_SIZE = 256 };

static const char *const words[DEBUG_N_CLASSES] = {
#define X(id, word) [DEBUG_##id] = (word),
	DEBUG_CLASS_LIST(X)
#undef X
};

uint8_t debug_levels[DEBUG_N_CLASSES];

// Sets the levels of the class that `n` bytes name, if there is one.
static bool set(uint8_t *levels, const char *name, size_t n, uint8_t level)
{
	bool is_all = n == 3 && memcmp(name, "all", 3) == 0, is_set = false;

	for (size_t i = 0; i < DEBUG_N_CLASSES; i++) {
		if (!is_all && (strlen(words[i]) != n || memcmp(words[i], name, n) != 0))
			continue;
		levels[i] = level;
		is_set = true;
	}
	return is_set;
}

bool debug_parse(const char *text)
{
	uint8_t levels[DEBUG_N_CLASSES] = { 0 };

	for (const char *at = text;; at++) {
		size_t n = strcspn(at, ":,");
		const char *name = at;
		uint8_t level = 1;
		at += n;
		if (*at == ':') {
			level = (uint8_t)(at[1] - '0');
			if (level > DEBUG_LEVEL_MAX)
				return false;
			at += 2;
		}
		if ((*at != '\0' && *at != ',') || !set(levels, name, n, level))
			return false;
		if (*at == '\0')
			break;
	}
	memcpy(debug_levels, levels, sizeof levels);
	return true;
}

void debug_write(enum debug_class class, const char *what, uint64_t number)
{
	char line[LINE_SIZE];
	struct text text = text_start(line, sizeof line - 1);

	text_put_all(&text, "dumpalloc: debug: ", words[class], ": ", what, " ", (char *)NULL);
	text_number(&text, number);
	log_write(&text);
}
