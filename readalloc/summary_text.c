// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and frames as people read them.
#include "summary_text.h"

#include "cost.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 100, INDENT = 6 };

const char *text_number(char text[NUMBER_TEXT_SIZE], uint64_t value)
{
	char digits[NUMBER_TEXT_SIZE];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	char *to = text;
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0) {
			*to++ = ',';
		}
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

const char *text_noun(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static const char *cost_sign(uint64_t cost)
{
	return cost == 0 ? "" : (int64_t)cost < 0 ? "-" : "+";
}

const char *text_cost(char text[NUMBER_TEXT_SIZE], const struct snapshot *snapshot, uint64_t cost)
{
	if (snapshot->base == NULL) {
		return text_number(text, cost);
	}
	char number[NUMBER_TEXT_SIZE];
	snprintf(text, NUMBER_TEXT_SIZE, "%s%.30s", cost_sign(cost),
		 text_number(number, cost_magnitude(cost)));
	return text;
}

const char *text_size(char text[NUMBER_TEXT_SIZE], uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;
	// 1023.95 would be rounded to 1024.0.
	while (value >= 1023.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(text, NUMBER_TEXT_SIZE, "%.*f %s", unit == 0 ? 0 : 1, value,
		 bytes == 1 ? "byte" : units[unit]);
	return text;
}

const char *text_cost_size(char text[NUMBER_TEXT_SIZE], const struct snapshot *snapshot,
			   uint64_t cost)
{
	if (snapshot->base == NULL) {
		return text_size(text, cost);
	}
	char size[NUMBER_TEXT_SIZE];
	snprintf(text, NUMBER_TEXT_SIZE, "%s%.30s", cost_sign(cost),
		 text_size(size, cost_magnitude(cost)));
	return text;
}

double text_percent(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

// Where the frame is, in memory the caller frees.
static char *place_text(const struct symbol *symbol, const struct site *site)
{
	const char *path = site->module != NULL ? site->module->path : NULL;
	char *text = NULL;
	int n;
	if (symbol->file != NULL && symbol->line != 0) {
		n = asprintf(&text, "%s:%" PRIu32, symbol->file, symbol->line);
	} else if (symbol->file != NULL) {
		n = asprintf(&text, "%s", symbol->file);
	} else if (path != NULL && path[0] != '\0') {
		n = asprintf(&text, "%s+0x%" PRIx64, path, site->offset);
	} else {
		n = asprintf(&text, "0x%" PRIx64, site->offset);
	}
	if (n < 0) {
		die("out of memory");
	}
	return text;
}

void text_frame(FILE *out, const struct symbol *symbol, const struct site *site)
{
	const char *function = symbol->function != NULL ? symbol->function : "??";
	char *place = place_text(symbol, site);
	const char *shown = place;
	size_t room = strlen(function) + INDENT + sizeof("  (.../)");
	room = room < COLUMNS ? COLUMNS - room : 0;
	// Leading directories go, one after the other; the file's name always stays.
	if (strlen(shown) > room + sizeof(".../") - 1) {
		for (const char *slash;
		     strlen(shown) > room && (slash = strchr(shown, '/')) != NULL;) {
			shown = slash + 1;
		}
	}
	fprintf(out, "%*s", INDENT, "");
	text_escape(out, function, 0);
	fputs(shown == place ? "  (" : "  (.../", out);
	text_escape(out, shown, 0);
	fputs(")\n", out);
	free(place);
}
