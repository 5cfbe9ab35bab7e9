// SPDX-License-Identifier: GPL-3.0-or-later
// The changes of the heap as heaptrack's text format has them.
#include "heaptrack_changes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "change_log.h"
#include "heaptrack_text.h"
#include "index_table.h"
#include "memory_curve.h"
#include "util.h"

// In the format an allocation has the number of its pair: a size and a trace; a release names the pair of the block, and is
// counted as temporary if that is the number of the allocation before, with no other release between. That is not our
// definition: there any release of another block may come between, and a block of the same pair is another block. So what
// follows an allocation waits until the next one: the temporary release is written first, and where there is none and the
// first release is of the same pair, the allocation gets another number of the pair. The peak is at an allocation, so nothing
// else depends on it. To heaptrack 0 is also the number before any allocation and after any release: a release of number 0
// comes first, and beside a temporary one, which happens once in a run at most, that is not counted.
//
// heaptrack_gui takes it that new numbers are allocated in their order: a number is only made for an allocation.
enum {
	PAIRS_FREE =
		1 << 20, // known at a time; above that, those without live blocks are forgotten
	WAITING_MAX = 1 << 12, // changes behind an allocation
};

static const uint64_t NUMBER_NONE = UINT64_MAX;

struct pair {
	uint64_t size, number, other; // NUMBER_NONE: none yet
	uint32_t trace;
	uint32_t n_live; // blocks
};

struct writer {
	struct heaptrack_text *text;
	struct pair *pairs;
	size_t n_pairs, room, limit;
	struct index_table by_pair;
	uint64_t next_number;
	// The allocation that waits, a position in pairs; UINT32_MAX none.
	uint32_t held;
	bool is_temporary; // its block was released again, before all that waits
	struct waiting {
		char letter;
		uint64_t number;
	} waiting[WAITING_MAX];
	size_t n_waiting;
};

static void write_line(struct writer *writer, char letter, uint64_t number)
{
	heaptrack_line(writer->text, letter);
	heaptrack_number(writer->text, number);
}

static uint64_t number_new(struct writer *writer, const struct pair *pair)
{
	write_line(writer, 'a', pair->size);
	heaptrack_number(writer->text, pair->trace);
	return writer->next_number++;
}

// Puts the release of number 0 first, if there is one; returns the number of the first release.
static uint64_t releases_order(struct writer *writer)
{
	uint64_t first = NUMBER_NONE;
	for (size_t i = 0; i < writer->n_waiting; i++) {
		struct waiting *waiting = &writer->waiting[i];
		if (waiting->letter == '-' && waiting->number == 0) {
			memmove(&writer->waiting[1], writer->waiting, i * sizeof(*waiting));
			writer->waiting[0] = (struct waiting){ '-', 0 };
			return 0;
		}
		if (waiting->letter == '-' && first == NUMBER_NONE) {
			first = waiting->number;
		}
	}
	return first;
}

static void held_write(struct writer *writer, uint64_t first)
{
	struct pair *pair = &writer->pairs[writer->held];
	uint64_t *number = &pair->number;
	if (!writer->is_temporary && first == pair->number && first != NUMBER_NONE) {
		number = &pair->other;
	}
	if (*number == NUMBER_NONE) {
		*number = number_new(writer, pair);
	}
	write_line(writer, '+', *number);
	bool is_late = first == 0;
	if (writer->is_temporary && !is_late) {
		write_line(writer, '-', *number);
	} else if (writer->is_temporary) {
		write_line(writer, '-', 0);
		writer->waiting[0].number = *number;
	}
	writer->held = UINT32_MAX;
	writer->is_temporary = false;
}

static void waiting_write(struct writer *writer)
{
	uint64_t first = releases_order(writer);
	if (writer->held != UINT32_MAX) {
		held_write(writer, first);
	}
	for (size_t i = 0; i < writer->n_waiting; i++) {
		write_line(writer, writer->waiting[i].letter, writer->waiting[i].number);
	}
	writer->n_waiting = 0;
}

static void waiting_add(struct writer *writer, char letter, uint64_t number)
{
	if (writer->n_waiting == WAITING_MAX) {
		waiting_write(writer);
	}
	writer->waiting[writer->n_waiting++] = (struct waiting){ letter, number };
}

static uint32_t pair_hash(const struct pair *pair)
{
	return hash_pair(pair->trace, pair->size);
}

// Forgets pairs without live blocks. Nothing is held.
static void pairs_sweep(struct writer *writer)
{
	size_t n = 0;
	index_table_free(&writer->by_pair);
	writer->by_pair = (struct index_table){ 0 };
	for (size_t i = 0; i < writer->n_pairs; i++) {
		if (writer->pairs[i].n_live != 0) {
			writer->pairs[n] = writer->pairs[i];
			index_table_add(&writer->by_pair, pair_hash(&writer->pairs[n]),
					(uint32_t)n);
			n++;
		}
	}
	writer->n_pairs = n;
	writer->limit = n < PAIRS_FREE / 2 ? PAIRS_FREE : 2 * n;
}

static uint32_t pair_find(const struct writer *writer, const struct pair *wanted)
{
	uint32_t hash = pair_hash(wanted), step = 0, at;
	while ((at = index_table_next(&writer->by_pair, hash, &step)) != INDEX_NONE) {
		const struct pair *pair = &writer->pairs[at];
		if (pair->trace == wanted->trace && pair->size == wanted->size) {
			break;
		}
	}
	return at;
}

static void allocated(struct writer *writer, const struct pair *wanted)
{
	waiting_write(writer);
	if (writer->n_pairs >= writer->limit) {
		pairs_sweep(writer);
	}
	uint32_t at = pair_find(writer, wanted);
	if (at == INDEX_NONE) {
		if (writer->n_pairs == writer->room) {
			writer->room = grown_capacity(writer->room, 0);
			writer->pairs =
				xrealloc(writer->pairs, writer->room, sizeof(*writer->pairs));
		}
		at = (uint32_t)writer->n_pairs++;
		writer->pairs[at] = *wanted;
		index_table_add(&writer->by_pair, pair_hash(wanted), at);
	}
	writer->pairs[at].n_live++;
	writer->held = at;
}

static void released(struct writer *writer, const struct pair *wanted, bool is_temporary)
{
	uint32_t at = pair_find(writer, wanted);
	if (at == INDEX_NONE || writer->pairs[at].n_live == 0) {
		return; // what was allocated is not in the log
	}
	struct pair *pair = &writer->pairs[at];
	pair->n_live--;
	// Of several threads' blocks of the pair one alone can be temporary there.
	if (is_temporary && at == writer->held && !writer->is_temporary) {
		writer->is_temporary = true;
		return;
	}
	if (pair->number == NUMBER_NONE) {
		// The only block of the pair is the one that waits, released in a way that is not temporary.
		pair->number = number_new(writer, pair);
		write_line(writer, '+', pair->number);
		writer->held = UINT32_MAX;
	}
	waiting_add(writer, '-', pair->number);
}

static void change_write(struct writer *writer, const struct change *change, uint32_t trace)
{
	struct pair wanted = { change->size, NUMBER_NONE, NUMBER_NONE, trace, 0 };
	switch (change->type) {
	case CHANGE_ALLOCATED:
		allocated(writer, &wanted);
		break;
	case CHANGE_RELEASED:
	case CHANGE_TEMPORARY:
		released(writer, &wanted, change->type == CHANGE_TEMPORARY);
		break;
	case CHANGE_TIME:
		waiting_add(writer, 'c', change->size);
		break;
	case CHANGE_TRACE:
		break;
	}
}

// The looks at resident memory up to this millisecond, from the `at`th on. Returns how many there were.
static size_t memory_write(struct writer *writer, const struct memory_curve *memory, size_t at,
			   uint64_t ms)
{
	for (; memory_curve_has(memory) && at < memory->n && memory->points[at].time / 1000 <= ms;
	     at++) {
		waiting_add(writer, 'R',
			    memory->points[at].bytes[WIRE_MEMORY_RESIDENT] / HEAPTRACK_PAGE_SIZE);
	}
	return at;
}

static struct writer *writer_new(struct heaptrack_text *text)
{
	struct writer *writer = xcalloc(1, sizeof(*writer));
	writer->text = text;
	writer->held = UINT32_MAX;
	writer->limit = PAIRS_FREE;
	return writer;
}

static void writer_end(struct writer *writer)
{
	waiting_write(writer);
	index_table_free(&writer->by_pair);
	free(writer->pairs);
	free(writer);
}

int heaptrack_changes_write(struct heaptrack_text *text, const struct change_log *log,
			    const struct memory_curve *memory, const uint32_t *traces, size_t n)
{
	size_t n_looks = 0;
	struct change_reader *reader = xcalloc(1, sizeof(*reader));
	struct writer *writer = writer_new(text);
	reader->log = log;
	struct change change;
	while (change_reader_next(reader, &change)) {
		bool is_time = change.type == CHANGE_TIME;
		uint32_t trace = !is_time && change.charge < n ? traces[change.charge] : 0;
		if (is_time || trace != 0) {
			change_write(writer, &change, trace);
		}
		if (is_time) {
			n_looks = memory_write(writer, memory, n_looks, change.size);
		}
	}
	memory_write(writer, memory, n_looks, UINT64_MAX);
	writer_end(writer);
	int error = reader->error;
	free(reader);
	return error;
}

int heaptrack_changes_follow(struct heaptrack_text *text, const struct change_log *log)
{
	uint32_t *traces = NULL;
	size_t n = 0, room = 0;
	struct change_reader *reader = xcalloc(1, sizeof(*reader));
	struct writer *writer = writer_new(text);
	reader->log = log;
	reader->follows = true;
	struct change change;
	while (change_reader_next(reader, &change)) {
		if (change.type != CHANGE_TRACE) {
			change_write(writer, &change, n != 0 ? traces[change.charge] : 0);
			continue;
		}
		if (n == room) {
			room = grown_capacity(room, 0);
			traces = xrealloc(traces, room, sizeof(*traces));
		}
		traces[n++] = (uint32_t)change.size;
	}
	writer_end(writer);
	int error = reader->error;
	free(reader);
	free(traces);
	return error;
}
