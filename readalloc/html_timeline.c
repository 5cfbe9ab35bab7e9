// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time in the page of the html report.
#include "html_timeline.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory_curve.h"
#include "packed_numbers.h"
#include "timeline.h"
#include "util.h"

static void write_points(FILE *out, const struct timeline *timeline)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{ "time", offsetof(struct timeline_point, time) },
		{ "bytes", offsetof(struct timeline_point, bytes) },
		{ "blocks", offsetof(struct timeline_point, blocks) },
		{ "most_bytes", offsetof(struct timeline_point, most_bytes) },
		{ "least_bytes", offsetof(struct timeline_point, least_bytes) },
	};
	for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++) {
		fprintf(out, "%s\"%s\":\"", k == 0 ? "" : ",", fields[k].name);
		uint64_t before = 0;
		for (size_t i = 0; i < timeline->n_points; i++) {
			uint64_t value;
			memcpy(&value, (const char *)&timeline->points[i] + fields[k].offset,
			       sizeof(value));
			packed_difference(out, before, value);
			before = value;
		}
		putc('"', out);
	}
}

// States joined by `step`: the entries of those from `k` up to `k + step`, the last of each charge, into `joined`, which has
// room for one of each. Returns their number. `places` has room for one of each, too, and is not used otherwise.
static size_t entries_joined(const struct timeline *timeline, size_t k, size_t step,
			     struct timeline_entry *joined, uint32_t *places)
{
	size_t end = k + step < timeline->n_states ? k + step : timeline->n_states;
	struct entry_reader reader = timeline_read(timeline, k, end);
	struct timeline_entry entry;
	size_t n = 0;
	while (entry_read(&reader, &entry)) {
		// What is left there from before is no matter, as it is compared.
		uint32_t place = places[entry.charge];
		if (place >= n || joined[place].charge != entry.charge) {
			place = (uint32_t)n++;
			places[entry.charge] = place;
		}
		joined[place] = entry;
	}
	return n;
}

static int compare_entries(const void *a, const void *b)
{
	const struct timeline_entry *one = a, *two = b;
	return one->charge < two->charge ? -1 : one->charge > two->charge;
}

struct joining {
	const struct timeline *timeline;
	size_t step;                            // states are joined by so many
	struct timeline_entry *joined, *before; // `before`: of each charge, what was written last
	uint32_t *places;                       // see entries_joined
};

// The least power of two so that entries are few enough.
static void step_choose(struct joining *joining, size_t n_most)
{
	size_t n_states = joining->timeline->n_states;
	for (joining->step = 1; joining->step < n_states; joining->step *= 2) {
		size_t n = 0;
		for (size_t k = 0; k < n_states; k += joining->step) {
			n += entries_joined(joining->timeline, k, joining->step, joining->joined,
					    joining->places);
		}
		if (n <= n_most) {
			return;
		}
	}
}

static void write_entry(FILE *out, uint32_t charge_before, const struct timeline_entry *before,
			const struct timeline_entry *entry)
{
	packed_unsigned(out, entry->charge - charge_before);
	packed_difference(out, before->live_bytes, entry->live_bytes);
	packed_difference(out, before->live_blocks, entry->live_blocks);
	packed_unsigned(out, entry->total_bytes - before->total_bytes);
	packed_unsigned(out, entry->total_blocks - before->total_blocks);
	packed_unsigned(out, entry->temporary_blocks - before->temporary_blocks);
}

static void write_entries(FILE *out, struct joining *joining, size_t k)
{
	size_t n = entries_joined(joining->timeline, k, joining->step, joining->joined,
				  joining->places);
	qsort(joining->joined, n, sizeof(*joining->joined), compare_entries);
	packed_unsigned(out, n);
	uint32_t charge_before = 0;
	for (size_t i = 0; i < n; i++) {
		const struct timeline_entry *entry = &joining->joined[i];
		write_entry(out, charge_before, &joining->before[entry->charge], entry);
		charge_before = entry->charge;
		joining->before[entry->charge] = *entry;
	}
}

void html_timeline_write(FILE *out, const struct timeline *timeline, size_t n_charges)
{
	struct joining joining = {
		.timeline = timeline,
		.joined = xcalloc(n_charges + 1, sizeof(*joining.joined)),
		.before = xcalloc(n_charges + 1, sizeof(*joining.before)),
		.places = xcalloc(n_charges + 1, sizeof(*joining.places)),
	};
	step_choose(&joining, n_charges > HTML_ENTRIES_MAX ? n_charges : HTML_ENTRIES_MAX);
	fputs("{\"points\":{", out);
	write_points(out, timeline);
	fputs("},\n\"states\":\"", out);
	uint64_t time = 0;
	for (size_t k = 0; k < timeline->n_states; k += joining.step) {
		size_t last = k + joining.step < timeline->n_states ? k + joining.step
								    : timeline->n_states;
		packed_unsigned(out, timeline->states[last - 1].time - time);
		time = timeline->states[last - 1].time;
	}
	fputs("\",\n\"entries\":\"", out);
	for (size_t k = 0; k < timeline->n_states; k += joining.step) {
		write_entries(out, &joining, k);
	}
	fputs("\"}", out);
	free(joining.joined);
	free(joining.before);
	free(joining.places);
}

void html_memory_write(FILE *out, const struct memory_curve *memory)
{
	uint64_t before = 0;
	fputs("{\"time\":\"", out);
	for (size_t i = 0; i < memory->n; i++) {
		packed_difference(out, before, memory->points[i].time);
		before = memory->points[i].time;
	}
	before = 0;
	fputs("\",\"resident\":\"", out);
	for (size_t i = 0; i < memory->n; i++) {
		uint64_t bytes = memory->points[i].bytes[WIRE_MEMORY_RESIDENT];
		packed_difference(out, before, bytes);
		before = bytes;
	}
	fputs("\"}", out);
}
