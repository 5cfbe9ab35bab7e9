// SPDX-License-Identifier: GPL-3.0-or-later
// Reads gates as they are given.
#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "util.h"

struct gate_relation {
	const char *text;
	bool fails_below, fails_at, fails_above; // the limit
};

// Longer ones stand before those they begin with.
static const struct gate_relation relations[] = {
	{ ">=", false, true, true }, { "<=", true, true, false }, { "==", false, true, false },
	{ "!=", true, false, true }, { ">", false, false, true }, { "<", true, false, false },
};

enum { N_RELATIONS = sizeof(relations) / sizeof(relations[0]) };

bool gate_fails(const struct gate *gate, double value, double slack)
{
	const struct gate_relation *relation = gate->relation;
	bool is_below = value - slack<gate->limit, is_above = value + slack> gate->limit;
	bool is_at = !(value - slack > gate->limit) && !(value + slack < gate->limit);
	return (relation->fails_below || !is_below) && (relation->fails_at || !is_at) &&
	       (relation->fails_above || !is_above);
}

static const char *blanks_pass(const char *at)
{
	return at + strspn(at, " \t");
}

static bool wrong(const char *option, const char *text, const char *reason)
{
	say("%s '%s': %s", option, text, reason);
	return false;
}

static bool measure_wrong(const char *option, const char *text)
{
	char names[256] = "";
	const struct measure *known;
	for (size_t i = 0; (known = measure_at(i)); i++) {
		size_t used = strlen(names);
		snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", known->name);
	}
	say("%s '%s': no such measure: there are %s", option, text, names);
	return false;
}

// The functions in parentheses at `*at`, if there are any.
static bool functions_read(struct gate *gate, const char *option, const char **at)
{
	if (**at != '(') {
		return true;
	}
	// The last one, as names of functions may have parentheses and the signs of relations too.
	const char *end = strrchr(*at, ')');
	if (!end) {
		return wrong(option, gate->text, "the ) behind the function is missing");
	}
	if (!gate->measure->takes_functions) {
		return wrong(option, gate->text,
			     "that is a number of the whole run, not of functions");
	}
	char *name = xstrndup(*at + 1, (size_t)(end - *at - 1));
	char error[PATTERN_ERROR_SIZE];
	gate->functions = xcalloc(1, sizeof(*gate->functions));
	bool is_good = pattern_read(gate->functions, name, error);
	free(name);
	if (!is_good) {
		free(gate->functions);
		gate->functions = NULL;
		return wrong(option, gate->text, error);
	}
	*at = end + 1;
	return true;
}

// The time behind the size of a rate, which then is that of a second.
static bool rate_read(struct gate *gate, const char **at)
{
	if (**at != '/') {
		return false;
	}
	// One of the unit, unless a number is given: 1k/min, 1k/10s.
	char text[32];
	double time;
	++*at;
	bool has_number = **at >= '0' && **at <= '9';
	snprintf(text, sizeof(text), "%s%s", has_number ? "" : "1", *at);
	const char *end = text;
	bool is_time = **at != '\0' && quantity_read(&end, quantity_times, &time) && time > 0;
	*at += is_time ? (size_t)(end - text) - !has_number : 0;
	gate->limit = is_time ? gate->limit * 1e6 / time : 0;
	return is_time;
}

static bool limit_read(struct gate *gate, const char *option, const char *at)
{
	static const struct quantity_unit plain[] = { { NULL, 1 } };
	static const char *const reasons[] = {
		[MEASURE_BYTES] = "the limit is not a size, as 4096 or 4k",
		[MEASURE_NUMBER] = "the limit is not a number",
		[MEASURE_RATE] = "the limit is not a size in a time, as 1k/min or 100/10s",
	};
	enum measure_unit unit = gate->measure->unit;
	bool is_good =
		quantity_read(&at, unit == MEASURE_NUMBER ? plain : quantity_sizes, &gate->limit) &&
		(unit != MEASURE_RATE || rate_read(gate, &at)) && *blanks_pass(at) == '\0';
	return is_good || wrong(option, gate->text, reasons[unit]);
}

static bool gate_read(struct gate *gate, const char *option)
{
	const char *at = blanks_pass(gate->text);
	size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
	gate->measure = measure_find(at, size);
	if (!gate->measure) {
		return measure_wrong(option, gate->text);
	}
	at = blanks_pass(at + size);
	if (!functions_read(gate, option, &at)) {
		return false;
	}
	at = blanks_pass(at);
	for (size_t i = 0; i < N_RELATIONS && !gate->relation; i++) {
		if (strncmp(at, relations[i].text, strlen(relations[i].text)) == 0) {
			gate->relation = &relations[i];
		}
	}
	if (!gate->relation) {
		return wrong(option, gate->text, "one of > >= < <= == != is missing");
	}
	return limit_read(gate, option, blanks_pass(at + strlen(gate->relation->text)));
}

static void functions_free(struct gate *gate)
{
	if (gate->functions) {
		pattern_free(gate->functions);
		free(gate->functions);
	}
}

bool gates_add(struct gates *gates, const char *option, const char *text)
{
	struct gate gate = { .text = text };
	if (!gate_read(&gate, option)) {
		functions_free(&gate);
		return false;
	}
	gates->list = xrealloc(gates->list, gates->n + 1, sizeof(*gates->list));
	gates->list[gates->n++] = gate;
	return true;
}

void gates_free(struct gates *gates)
{
	for (size_t i = 0; i < gates->n; i++) {
		functions_free(&gates->list[i]);
	}
	free(gates->list);
	*gates = (struct gates){ 0 };
}
