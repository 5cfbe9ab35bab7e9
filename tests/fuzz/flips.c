// SPDX-License-Identifier: GPL-3.0-or-later
// Turns random bits of a good stream over, again and again: `flips STREAM N [SEED]`. Nothing may come out that was not
// there, all that lies outside the damaged blocks must, and what is missing must be counted.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "model.h"
#include "report.h"
#include "snapshot_build.h"
#include "symbols.h"

enum {
	STREAM_MAX = 16 << 20,
	BLOCKS_MAX = 1 << 16,
	THREADS_MAX = 1 << 10,
	FLIPS_MAX = 8,
	REPORT_EVERY = 16, // streams
	FRAMES_COMPARED = 4,
};

// A block of the stream as it is whole.
struct block {
	size_t start, end; // bytes
	uint32_t thread;
	uint64_t seq_before, seq_after; // of its thread
	bool begins_with_restart, has_restart;
	bool is_hit, is_usable; // in the stream of the moment
};

// What tells an event from any other.
struct face {
	uint64_t time, addr, size, usable, old;
	uint64_t pcs[FRAMES_COMPARED];
	uint32_t thread, tid;
	uint8_t type, kind, cut, zero; // no bytes between that are compared by chance
	uint32_t block;                // 0: there is no event of this number
};

struct run {
	struct model model;
	struct order order;
	struct decoder decoder;
};

static uint8_t whole[STREAM_MAX], flipped[STREAM_MAX];
static size_t size;
static struct block blocks[BLOCKS_MAX];
static uint32_t n_blocks = 1;     // number 0 stands for none
static struct face *faces, *seen; // by sequence number
static uint64_t n_numbers;
static uint64_t random_state;

static uint64_t draw(uint64_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 24) % n;
}

static _Noreturn void fail(const char *what, uint64_t number)
{
	fprintf(stderr, "flips: %s %" PRIu64 "\n", what, number);
	abort();
}

static struct face face_of(const struct run *run, const struct event *event)
{
	struct face face;
	memset(&face, 0, sizeof(face));
	face.time = event->time;
	face.addr = event->addr;
	face.size = event->size;
	face.usable = event->usable;
	face.old = event->type == EVENT_NOTE ? event->note->number : event->old;
	face.thread = run->decoder.threads[event->thread]->number;
	face.tid = event->tid;
	face.type = event->type;
	face.kind = event->kind;
	face.cut = event->cut;
	uint32_t raw = event->stack == STACK_UNKNOWN ? RAW_ROOT : event->stack;
	for (int i = 0; i < FRAMES_COMPARED && raw != RAW_ROOT; i++) {
		face.pcs[i] = run->model.stacks.raw[raw].pc;
		raw = run->model.stacks.raw[raw].parent;
	}
	return face;
}

static void event_take(void *context, const struct event *event)
{
	struct run *run = context;
	model_apply(&run->model, event);
	if (event->seq > n_numbers) {
		fail("an event of an impossible number,", event->seq);
	}
	if (seen[event->seq].block != 0) {
		fail("an event that comes twice,", event->seq);
	}
	seen[event->seq] = face_of(run, event);
	seen[event->seq].block = 1;
}

static void run_start(struct run *run)
{
	memset(seen, 0, (n_numbers + 1) * sizeof(*seen));
	model_init(&run->model);
	order_init(&run->order, event_take, run);
	decoder_init(&run->decoder, &run->model, &run->order);
}

static void run_end(struct run *run)
{
	order_free(&run->order);
	decoder_free(&run->decoder);
	model_free(&run->model);
}

static const struct thread *thread_of(const struct run *run, uint32_t number)
{
	for (size_t i = 0; i < run->decoder.n_threads; i++) {
		if (run->decoder.threads[i]->number == number) {
			return run->decoder.threads[i];
		}
	}
	return NULL;
}

// Finds the blocks of the whole stream and the number range of each.
static void blocks_find(struct run *run)
{
	size_t at = decoder_feed(&run->decoder, whole, WIRE_HEADER_SIZE, false);
	while (at < size && n_blocks < BLOCKS_MAX) {
		struct block *block = &blocks[n_blocks++];
		const uint8_t *payload = whole + at + WIRE_BLOCK_HEADER_SIZE;
		uint32_t length = bytes_u32(whole + at + WIRE_BLOCK_LENGTH_AT);
		*block = (struct block){ .start = at,
					 .end = at + WIRE_BLOCK_HEADER_SIZE + length,
					 .thread = bytes_u32(whole + at + WIRE_BLOCK_THREAD_AT) };
		const struct thread *thread = thread_of(run, block->thread);
		uint32_t restart = thread ? thread->restart : 0;
		block->seq_before = thread ? thread->seq : 0;
		block->begins_with_restart =
			length > 2 && payload[0] == WIRE_OP_EXTENDED && payload[1] == WIRE_RESTART;
		decoder_feed(&run->decoder, whole + at, block->end - at, false);
		thread = thread_of(run, block->thread);
		block->seq_after = thread ? thread->seq : 0;
		block->has_restart = thread && thread->restart != restart;
		at = block->end;
	}
	if (at != size || run->decoder.damage.reason || !run->decoder.has_end) {
		fail("a stream that is not whole at byte", at);
	}
}

// Gives each event of the whole stream its block.
static void events_place(void)
{
	memcpy(faces, seen, (n_numbers + 1) * sizeof(*faces));
	for (uint32_t b = 1; b < n_blocks; b++) {
		uint64_t first = blocks[b].seq_before + 1;
		for (uint64_t seq = first; blocks[b].thread != 0 && seq <= blocks[b].seq_after;
		     seq++) {
			if (faces[seq].block == 1 && faces[seq].thread == blocks[b].thread) {
				faces[seq].block = b + 1; // 1: seen, in none yet
			}
		}
	}
}

// Which blocks can be read: those whose thread's state is known, from a RESTART on.
static void blocks_judge(void)
{
	static bool is_known[THREADS_MAX];
	memset(is_known, 0, sizeof(is_known));
	for (uint32_t b = 1; b < n_blocks; b++) {
		struct block *block = &blocks[b];
		bool *known = &is_known[block->thread % THREADS_MAX];
		block->is_usable = !block->is_hit && (block->begins_with_restart || *known);
		*known = block->is_usable || (!block->is_hit && block->has_restart);
	}
}

static bool stream_flip(void)
{
	unsigned n = 1 + (unsigned)(draw(2) ? draw(FLIPS_MAX) : 0);
	size_t first = blocks[1].end; // the header and the preamble are what all depends on
	for (uint32_t b = 1; b < n_blocks; b++) {
		blocks[b].is_hit = false;
	}
	memcpy(flipped, whole, size);
	while (n-- != 0) {
		size_t at = first + (size_t)draw(size - first);
		flipped[at] ^= (uint8_t)(1u << draw(8));
	}
	bool is_changed = false;
	for (uint32_t b = 1; b < n_blocks; b++) {
		blocks[b].is_hit = memcmp(whole + blocks[b].start, flipped + blocks[b].start,
					  blocks[b].end - blocks[b].start) != 0;
		is_changed = is_changed || blocks[b].is_hit;
	}
	return is_changed;
}

static void events_check(const struct run *run)
{
	uint64_t n_seen = 0;
	for (uint64_t seq = 1; seq <= n_numbers; seq++) {
		struct face found = seen[seq];
		n_seen += found.block != 0;
		found.block = faces[seq].block;
		if (seen[seq].block != 0 && memcmp(&found, &faces[seq], sizeof(found)) != 0) {
			fail("an event that was not there,", seq);
		}
		if (seen[seq].block == 0 && faces[seq].block > 1 &&
		    blocks[faces[seq].block - 1].is_usable) {
			fail("an event is lost that no damage touches,", seq);
		}
	}
	if (run->decoder.has_end && run->order.n_missing != n_numbers - n_seen) {
		fail("a wrong count of missing events,", run->order.n_missing);
	}
}

static void reports_write(struct run *run)
{
	static FILE *nowhere;
	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	struct symbols *symbols = symbols_new(NULL, &(struct symbols_target){ 0, 0, 0 });
	struct snapshot *snapshot = snapshot_build(&run->model, &run->decoder.preamble,
						   run->order.n_missing, "damaged");
	report_find("summary")->write(nowhere, snapshot, symbols, &(struct report_options){ 0 });
	report_find("callgrind")->write(nowhere, snapshot, symbols, &(struct report_options){ 0 });
	snapshot_free(snapshot);
	symbols_free(symbols);
}

static void flip_and_read(bool has_reports)
{
	struct run run;
	bool is_changed = stream_flip();
	blocks_judge();
	run_start(&run);
	size_t used = decoder_feed(&run.decoder, flipped, size, true);
	if (run.decoder.has_end) {
		order_end(&run.order, run.decoder.end_events, run.decoder.preamble.sequence_bits);
	} else {
		order_flush(&run.order);
	}
	if (used != size || is_changed != (run.decoder.damage.reason != NULL)) {
		fail("damage that was not seen; bytes used:", used);
	}
	events_check(&run);
	if (has_reports) {
		reports_write(&run);
	}
	run_end(&run);
}

int main(int argc, char **argv)
{
	FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
	if (!file) {
		fputs("usage: flips STREAM N [SEED]\n", stderr);
		return 2;
	}
	size = fread(whole, 1, sizeof(whole), file);
	fclose(file);
	uint64_t n = strtoull(argv[2], NULL, 10);
	random_state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	n_numbers = size; // an event takes two bytes at least
	faces = calloc(n_numbers + 1, sizeof(*faces));
	seen = calloc(n_numbers + 1, sizeof(*seen));
	if (!faces || !seen) {
		return 1;
	}
	struct run run;
	run_start(&run);
	blocks_find(&run);
	order_end(&run.order, run.decoder.end_events, run.decoder.preamble.sequence_bits);
	n_numbers = run.decoder.end_events;
	events_place();
	run_end(&run);
	uint64_t n_placed = 0;
	for (uint64_t seq = 1; seq <= n_numbers; seq++) {
		n_placed += faces[seq].block > 1;
	}
	printf("%" PRIu64 " events, %" PRIu64 " placed, in %u blocks\n", n_numbers, n_placed,
	       n_blocks - 1);
	if (n_placed < n_numbers / 2) {
		fail("events without a block:", n_numbers - n_placed);
	}
	for (uint64_t i = 0; i < n; i++) {
		flip_and_read(i % REPORT_EVERY == 0);
	}
	free(faces);
	free(seen);
	return 0;
}
