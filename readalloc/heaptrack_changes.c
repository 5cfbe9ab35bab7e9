// SPDX-License-Identifier: GPL-3.0-or-later
// The changes of the heap as heaptrack's text format has them.
#include "heaptrack_changes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "change_log.h"
#include "heaptrack_text.h"
#include "index_table.h"
#include "util.h"

// An allocation of the format is the number of a pair: a size and a trace. A release names the pair of the block; it is
// counted as temporary if that is the number of the allocation just before, with nothing between. That is not our
// definition: there any release of another block may come between, and a block of the same pair is another block. So each
// pair has two numbers: an even one for allocations and temporary releases, the odd one behind it for all other releases.
// And of the releases between two allocations the temporary one is written first; the peak is at an allocation, so
// nothing else depends on their order.
enum {
	PAIRS_MAX =
		1 << 20, // known at a time, so that memory is bounded; a pair may get new numbers
	WAITING_MAX = 1 << 12, // changes behind an allocation
};

struct pair {
	uint32_t trace;
	uint64_t size;
};

struct writer {
	struct heaptrack_text *text;
	struct pair *pairs;
	size_t n_pairs, room;
	struct index_table by_pair;
	uint64_t first; // number of pairs[0]
	uint64_t last;  // number of the last allocation; UINT64_MAX: a release came after it
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

static void waiting_write(struct writer *writer)
{
	for (size_t i = 0; i < writer->n_waiting; i++) {
		write_line(writer, writer->waiting[i].letter, writer->waiting[i].number);
		if (writer->waiting[i].letter == '-') {
			writer->last = UINT64_MAX;
		}
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

static void pair_write(struct writer *writer, const struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		write_line(writer, 'a', pair->size);
		heaptrack_number(writer->text, pair->trace);
	}
}

// The even number of a pair.
static uint64_t pair_number(struct writer *writer, uint32_t trace, uint64_t size)
{
	uint32_t hash = hash_pair(trace, size), step = 0, at;
	while ((at = index_table_next(&writer->by_pair, hash, &step)) != INDEX_NONE) {
		if (writer->pairs[at].trace == trace && writer->pairs[at].size == size) {
			return writer->first + 2 * (uint64_t)at;
		}
	}
	if (writer->n_pairs == PAIRS_MAX) {
		index_table_free(&writer->by_pair);
		writer->by_pair = (struct index_table){ 0 };
		writer->first += 2 * (uint64_t)writer->n_pairs;
		writer->n_pairs = 0;
	}
	if (writer->n_pairs == writer->room) {
		writer->room = grown_capacity(writer->room, 0);
		writer->pairs = xrealloc(writer->pairs, writer->room, sizeof(*writer->pairs));
	}
	struct pair *pair = &writer->pairs[writer->n_pairs];
	*pair = (struct pair){ trace, size };
	index_table_add(&writer->by_pair, hash, (uint32_t)writer->n_pairs);
	pair_write(writer, pair);
	return writer->first + 2 * (uint64_t)writer->n_pairs++;
}

static void change_write(struct writer *writer, const struct change *change, uint32_t trace)
{
	uint64_t number = 0;
	if (change->type != CHANGE_TIME) {
		number = pair_number(writer, trace, change->size);
	}
	switch (change->type) {
	case CHANGE_ALLOCATED:
		waiting_write(writer);
		write_line(writer, '+', number);
		writer->last = number;
		break;
	case CHANGE_RELEASED:
		waiting_add(writer, '-', number + 1);
		break;
	case CHANGE_TEMPORARY:
		if (number == writer->last) {
			write_line(writer, '-', number);
			writer->last = UINT64_MAX;
		} else {
			waiting_add(writer, '-', number + 1);
		}
		break;
	case CHANGE_TIME:
		waiting_add(writer, 'c', change->size);
		break;
	}
}

int heaptrack_changes_write(struct heaptrack_text *text, const struct change_log *log,
			    const uint32_t *traces, size_t n)
{
	struct change_reader *reader = xcalloc(1, sizeof(*reader));
	struct writer *writer = xcalloc(1, sizeof(*writer));
	reader->log = log;
	writer->text = text;
	writer->last = UINT64_MAX;
	struct change change;
	while (change_reader_next(reader, &change)) {
		bool is_time = change.type == CHANGE_TIME;
		uint32_t trace = !is_time && change.charge < n ? traces[change.charge] : 0;
		if (is_time || trace != 0) {
			change_write(writer, &change, trace);
		}
	}
	waiting_write(writer);
	int error = reader->error;
	index_table_free(&writer->by_pair);
	free(writer->pairs);
	free(writer);
	free(reader);
	return error;
}
