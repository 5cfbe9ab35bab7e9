// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time and what it was made of, for ms_print and massif-visualizer.
#include "report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "frame_tree.h"
#include "frames.h"
#include "snapshot_title.h"
#include "summary_text.h"
#include "timeline.h"
#include "util.h"

static const double THRESHOLD = 1;

enum {
	DETAILED_EVERY = 12, // states of the timeline
	MILLISECOND = 1000,  // in microseconds
	SECOND = 1000000,
};

struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	struct frames *frames;
	double threshold;
	uint64_t *live; // bytes of each charge in the state under way
	unsigned number;
};

// A tree, and what is shown of it.
struct picture {
	FILE *out;
	const struct frames *frames;
	const struct tree_node *nodes;
	uint64_t least;
	double threshold;
};

static uint64_t microseconds(double seconds)
{
	return (uint64_t)(seconds * SECOND + 0.5);
}

static uint64_t bytes_of(const struct picture *picture, uint32_t node)
{
	return picture->nodes[node].cost.column[COST_live_bytes];
}

// Children come in descending order: the first that is too small.
static uint32_t rest_of(const struct picture *picture, uint32_t parent, unsigned *n_shown)
{
	uint32_t node = picture->nodes[parent].child;
	*n_shown = 0;
	while (node != TREE_NONE && bytes_of(picture, node) >= picture->least) {
		node = picture->nodes[node].next;
		++*n_shown;
	}
	return node != TREE_NONE && bytes_of(picture, node) != 0 ? node : TREE_NONE;
}

static void write_name(const struct picture *picture, uint32_t node)
{
	if (node == 0) {
		fputs("(heap allocation functions) malloc/new/new[], --alloc-fns, etc.",
		      picture->out);
		return;
	}
	uint32_t id = picture->nodes[node].frame;
	const struct frame_name *name = &picture->frames->names[id];
	// Whoever reads the format expects an address here, and takes equal ones for one place.
	fprintf(picture->out, "0x%" PRIX32 ": ", id + 1);
	text_escape_also(picture->out, name->function, "#");
	const char *place = name->file != NULL ? name->file : name->object;
	if (place != NULL) {
		fputs(name->file != NULL ? " (" : " (in ", picture->out);
		text_escape_also(picture->out, place, "#");
		if (name->file != NULL && name->line != 0) {
			fprintf(picture->out, ":%" PRIu32, name->line);
		}
		putc(')', picture->out);
	}
}

static void write_node(const struct picture *picture, uint32_t node, unsigned depth)
{
	unsigned n;
	uint32_t rest = rest_of(picture, node, &n);
	fprintf(picture->out, "%*sn%u: %" PRIu64 " ", (int)depth, "", n + (rest != TREE_NONE),
		bytes_of(picture, node));
	write_name(picture, node);
	putc('\n', picture->out);
}

static void write_rest(const struct picture *picture, uint32_t parent, unsigned depth)
{
	unsigned n_shown, n = 0;
	uint64_t bytes = 0;
	uint32_t node = rest_of(picture, parent, &n_shown);
	for (; node != TREE_NONE && bytes_of(picture, node) != 0;
	     node = picture->nodes[node].next, n++) {
		bytes += bytes_of(picture, node);
	}
	if (n != 0) {
		fprintf(picture->out,
			"%*sn0: %" PRIu64 " in %u %s below massif's threshold (%.2f%%)\n",
			(int)depth, "", bytes, n, n == 1 ? "place," : "places, all",
			picture->threshold);
	}
}

static void write_nodes(const struct picture *picture)
{
	uint32_t parent = 0, node = picture->nodes[0].child;
	write_node(picture, 0, 0);
	for (unsigned depth = 1;;) {
		if (node != TREE_NONE && bytes_of(picture, node) >= picture->least) {
			write_node(picture, node, depth++);
			parent = node;
			node = picture->nodes[node].child;
			continue;
		}
		write_rest(picture, parent, depth);
		if (parent == 0) {
			return;
		}
		node = picture->nodes[parent].next;
		parent = picture->nodes[parent].parent;
		depth--;
	}
}

// The tree of `bytes`, one number for each charge.
static void write_tree(const struct writer *writer, const uint64_t *bytes)
{
	struct snapshot part = *writer->snapshot;
	struct charge *charges = xcalloc(part.n_charges + 1, sizeof(*charges));
	size_t n = 0;
	uint64_t total = 0;
	for (size_t i = 0; i < part.n_charges; i++) {
		if (bytes[i] != 0) {
			charges[n] = part.charges[i];
			charges[n].cost = (struct cost){ .column = { 0 } };
			charges[n++].cost.column[COST_live_bytes] = bytes[i];
			total += bytes[i];
		}
	}
	part.charges = charges;
	part.n_charges = n;
	struct frame_tree *tree =
		frame_tree_new(writer->frames, &part, TREE_BOTTOM_UP, COST_live_bytes);
	double least = writer->threshold / 100 * (double)total;
	struct picture picture = { writer->out, writer->frames, tree->nodes,
				   least > 1 ? (uint64_t)least : 1, writer->threshold };
	picture.least += (double)picture.least < least;
	write_nodes(&picture);
	frame_tree_free(tree);
	free(charges);
}

static void write_snapshot(struct writer *writer, uint64_t time, uint64_t bytes, const char *tree)
{
	fprintf(writer->out,
		"#-----------\nsnapshot=%u\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64
		"\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
		writer->number++, time / MILLISECOND, bytes, tree);
}

static void write_peak(struct writer *writer, uint64_t time)
{
	const struct snapshot *snapshot = writer->snapshot;
	uint64_t *bytes = xcalloc(snapshot->n_charges + 1, sizeof(*bytes));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		bytes[i] = snapshot->charges[i].cost.column[COST_peak_bytes];
	}
	write_snapshot(writer, time, snapshot->total.column[COST_peak_bytes], "peak");
	write_tree(writer, bytes);
	free(bytes);
}

static void write_states(struct writer *writer)
{
	const struct timeline *timeline = writer->snapshot->timeline;
	uint64_t total = 0, peak_time = microseconds(writer->snapshot->peak_time);
	bool has_peak = writer->snapshot->total.column[COST_peak_bytes] == 0;
	for (size_t k = 0; k < timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			total += entry.live_bytes - writer->live[entry.charge];
			writer->live[entry.charge] = entry.live_bytes;
		}
		uint64_t time = timeline->states[k].time;
		if (!has_peak && time >= peak_time) {
			has_peak = true;
			write_peak(writer, peak_time);
		}
		bool is_detailed =
			k % DETAILED_EVERY == DETAILED_EVERY - 1 || k + 1 == timeline->n_states;
		write_snapshot(writer, time, total, is_detailed ? "detailed" : "empty");
		if (is_detailed) {
			write_tree(writer, writer->live);
		}
	}
}

bool report_massif_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			 const struct report_options *options)
{
	assert(snapshot->timeline);
	struct writer writer = {
		.out = out,
		.snapshot = snapshot,
		.frames = frames_new(snapshot, symbols),
		.threshold = options->threshold < 0 ? THRESHOLD : options->threshold,
		.live = xcalloc(snapshot->n_charges + 1, sizeof(*writer.live)),
	};
	fputs("desc: dumpalloc\ncmd: ", out);
	char *title = snapshot_title(snapshot);
	text_escape_also(out, title, "#");
	free(title);
	fputs("\ntime_unit: ms\n", out);
	write_snapshot(&writer, microseconds(snapshot_begin(snapshot)), 0, "empty");
	write_states(&writer);
	free(writer.live);
	frames_free(writer.frames);
	return fflush(out) == 0 && !ferror(out);
}
