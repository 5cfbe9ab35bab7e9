// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown and what is not: conditions on stacks, threads, kinds, sizes, ages and lives.
#include "filter.h"

#include <string.h>

#include "function_name.h"
#include "quantity.h"
#include "site_name.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

static const char *const words[N_FILTER_KEYS] = {
#define X(name, word) [FILTER_##name] = (word),
	FILTER_KEY_LIST(X)
#undef X
};

// The keys that have a number: its units, and what is said of it. NULL: the key has a pattern.
static const struct number_key {
	const struct quantity_unit *units;
	const char *form;
} number_keys[N_FILTER_KEYS] = {
	[FILTER_SIZE] = { quantity_sizes, "size=N, size<N, size<=N, size>N or size>=N" },
	[FILTER_AGE] = { quantity_times, "age<TIME, age<=TIME, age>TIME or age>=TIME, TIME being "
					 "90s, 1.5m, 250ms or "
					 "the like" },
	[FILTER_LIFE] = { quantity_times, "life<TIME, life<=TIME, life>TIME or life>=TIME, TIME "
					  "being 90s, 1.5m, 250ms or the like" },
};

static bool has_number(const struct filter *filter)
{
	return number_keys[filter->key].units != NULL;
}

// What stands between the key and its number.
static const struct comparison {
	const char *text;
	bool has_least, has_most;
	int off; // what the limit is off by the number
} comparisons[] = {
	{ ">=", true, false, 0 }, { "<=", false, true, 0 }, { ">", true, false, 1 },
	{ "<", false, true, -1 }, { "=", true, true, 0 },
};

static bool number_read(struct filter *filter, const char *rest)
{
	enum { N = sizeof(comparisons) / sizeof(comparisons[0]) };
	size_t i = 0;
	while (i < N && strncmp(rest, comparisons[i].text, strlen(comparisons[i].text)) != 0) {
		i++;
	}
	bool is_exact = i < N && comparisons[i].has_least && comparisons[i].has_most;
	if (is_exact && number_keys[filter->key].units == quantity_times) {
		return false; // no block is of an age to the microsecond
	}
	double number;
	const char *at = i < N ? rest + strlen(comparisons[i].text) : "";
	if (!quantity_read(&at, number_keys[filter->key].units, &number) || *at != '\0' ||
	    number >= (double)INT64_MAX || (number == 0 && comparisons[i].off < 0)) {
		return false;
	}
	uint64_t limit = (uint64_t)number + (uint64_t)(int64_t)comparisons[i].off;
	filter->least = comparisons[i].has_least ? limit : 0;
	filter->most = comparisons[i].has_most ? limit : UINT64_MAX;
	return true;
}

static bool filter_read(struct filter *filter, const char *option, const char *text)
{
	size_t size = strcspn(text, "=<>");
	enum filter_key key = 0;
	while (key < N_FILTER_KEYS &&
	       (strlen(words[key]) != size || strncmp(words[key], text, size) != 0)) {
		key++;
	}
	if (key == N_FILTER_KEYS || text[size] == '\0' ||
	    (number_keys[key].units == NULL && text[size] != '=')) {
		say("%s %s: not of the form KEY=PATTERN, KEY being function, file, module, kind, "
		    "thread, size, age or life",
		    option, text);
		return false;
	}
	filter->key = key;
	if (has_number(filter)) {
		if (!number_read(filter, text + size)) {
			say("%s %s: not of the form %s", option, text, number_keys[key].form);
			return false;
		}
		return true;
	}
	char error[PATTERN_ERROR_SIZE];
	if (!pattern_read(&filter->pattern, text + size + 1, error)) {
		say("%s %s: %s", option, text, error);
		return false;
	}
	return true;
}

bool filters_add(struct filters *filters, const char *option, const char *text, bool is_exclude)
{
	if (filters->n == FILTERS_MAX) {
		say("%s %s: more than %d filters", option, text, FILTERS_MAX);
		return false;
	}
	struct filter *filter = &filters->list[filters->n];
	*filter = (struct filter){ .is_exclude = is_exclude, .text = text };
	if (!filter_read(filter, option, text)) {
		return false;
	}
	filters->n++;
	return true;
}

void filters_free(struct filters *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		if (!has_number(&filters->list[i])) {
			pattern_free(&filters->list[i].pattern);
		}
	}
	filters->n = 0;
}

bool filters_have(const struct filters *filters, unsigned keys)
{
	for (size_t i = 0; i < filters->n; i++) {
		if (keys & 1u << filters->list[i].key) {
			return true;
		}
	}
	return false;
}

// A path, or the last part of it.
static bool path_matches(const struct pattern *pattern, const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	return pattern_matches(pattern, path) ||
	       (slash != NULL && pattern_matches(pattern, slash + 1));
}

static bool site_matches(const struct filter *filter, const struct site *site,
			 const struct symbol *symbol)
{
	char unknown[SITE_NAME_SIZE];
	switch (filter->key) {
	case FILTER_FUNCTION:
		if (symbol->function != NULL) {
			return function_matches(&filter->pattern, symbol);
		}
		site_name(site, unknown);
		return pattern_matches(&filter->pattern, unknown);
	case FILTER_FILE:
		return path_matches(&filter->pattern, symbol->file);
	case FILTER_MODULE:
		return site->module != NULL && path_matches(&filter->pattern, site->module->path);
	case FILTER_KIND:
	case FILTER_THREAD:
	case FILTER_SIZE:
	case FILTER_AGE:
	case FILTER_LIFE:
	case N_FILTER_KEYS:
		break;
	}
	return false;
}

uint64_t filters_of_site(const struct filters *filters, const struct site *site,
			 struct symbol_list symbols)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < filters->n; i++) {
		for (size_t k = 0; k < symbols.n; k++) {
			if (site_matches(&filters->list[i], site, &symbols.frames[k])) {
				bits |= UINT64_C(1) << i;
				break;
			}
		}
	}
	return bits;
}

uint64_t filters_of_text(const struct filters *filters, enum filter_key key, const char *text)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < filters->n; i++) {
		if (filters->list[i].key == key &&
		    pattern_matches(&filters->list[i].pattern, text)) {
			bits |= UINT64_C(1) << i;
		}
	}
	return bits;
}

uint64_t filters_of_number(const struct filters *filters, enum filter_key key, uint64_t number)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < filters->n; i++) {
		const struct filter *filter = &filters->list[i];
		if (filter->key == key && number >= filter->least && number <= filter->most) {
			bits |= UINT64_C(1) << i;
		}
	}
	return bits;
}

bool filters_pass(const struct filters *filters, uint64_t bits, unsigned keys)
{
	unsigned wanted = 0, met = 0;
	for (size_t i = 0; i < filters->n; i++) {
		const struct filter *filter = &filters->list[i];
		unsigned key = keys & 1u << filter->key;
		bool matches = bits >> i & 1;
		if (key == 0) {
			continue;
		}
		bool is_strict = has_number(filter); // a range is made of two
		if (filter->is_exclude ? matches : is_strict && !matches) {
			return false;
		}
		if (!filter->is_exclude) {
			wanted |= key;
			met |= matches ? key : 0;
		}
	}
	return wanted == met;
}
