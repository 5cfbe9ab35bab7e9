// SPDX-License-Identifier: GPL-3.0-or-later
// Limits that a run is held to: each gate is a condition under which the run has failed.
#ifndef READALLOC_GATE_H
#define READALLOC_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pattern.h"

struct snapshot;
struct symbols;

// What a gate looks at; one row each, see gate.c.
struct measure {
	const char *name;
	enum measure_unit {
		MEASURE_BYTES,
		MEASURE_NUMBER,
		MEASURE_RATE, // bytes a second; told as bytes a minute
	} unit;
	// The value. `has_nodes`: of each node whether its stack goes through the gate's functions; NULL: all count, and the
	// only thing there is for a measure that `takes_functions` is false for.
	double (*value)(const struct measure *measure, const struct snapshot *snapshot,
			const bool *has_nodes);
	bool takes_functions;
	int column;     // enum cost_column, for those that are sums of costs
	unsigned needs; // enum report_need
};

// The row named by the first `size` bytes of `name`; NULL: there is none.
const struct measure *measure_find(const char *name, size_t size);
// The rows in order; NULL after the last.
const struct measure *measure_at(size_t i);

struct gate {
	const char *text; // as it was given
	const struct measure *measure;
	struct pattern *functions; // NULL: of the whole run
	const struct gate_relation *relation;
	double limit;
};

struct gate_result {
	double value;
	double error; // its standard error, where it is an estimate (sampling.h)
	bool has_failed;
	bool is_of_none; // it is about functions that no call stack has
};

struct gates {
	struct gate *list;
	size_t n;
};

// Adds a gate, MEASURE[(FUNCTION)] RELATION LIMIT, as in 'peak(parse_*) > 4M'; `text` is borrowed. False, after having
// said why: it is none.
bool gates_add(struct gates *gates, const char *option, const char *text);
void gates_free(struct gates *gates);

// What they need besides costs (enum report_need).
unsigned gates_need(const struct gates *gates);

// Whether it fails at all values that are no further than `slack` from this one.
bool gate_fails(const struct gate *gate, double value, double slack);

// Judges the run by all gates, one result each, and says one line of each, which names the run by `label` unless that is
// NULL. True: none has failed.
bool gates_judge(const struct gates *gates, const struct snapshot *snapshot,
		 struct symbols *symbols, const char *label, struct gate_result *results);

// What of a result is for people, as "peak is 5,441 bytes". The caller frees it.
char *gate_verdict(const struct gate *gate, const struct gate_result *result);

// Of the file for each stream where there are many.
#define GATES_JUNIT_SUFFIX "junit.xml"

// Writes the results for what reads JUnit's XML. False: writing failed, errno says why.
bool gates_junit(const struct gates *gates, const struct gate_result *results,
		 const struct snapshot *snapshot, FILE *out);

#endif
