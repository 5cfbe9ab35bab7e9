// SPDX-License-Identifier: GPL-3.0-or-later
// Elision: random events of three threads, some late in coming, against a plain model: what is live at each tag, at the peak
// and at the end, and all sums, are the same with what is left out and without.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "elide_around.h"
#include "libdumpalloc/drain.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/elide_read.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

enum {
	N_THREADS = 3,
	N_RINGS = N_THREADS + 1, // the first is that of many threads
	SUMS = N_THREADS + 1,    // the number of the thread that tells of sums
	N_EVENTS = 30000,
	N_STACKS = 40,
	RING_SIZE = 16 << 10,
	OUT_SIZE = 4 << 20,
	BLOCKS_MOST = 4096,
	N_KINDS = 64,
};

enum what { ALLOC, FREE, REALLOC, FAIL, TAG, NOTHING };

struct happening {
	enum what what;
	unsigned kind, marks, stack, thread;
	uintptr_t block, old;
	size_t size;
};

// What a stream adds up to.
struct sum {
	uint64_t blocks, bytes, temporary, temporary_bytes, short_blocks;
};

struct outcome {
	struct sum sums[N_THREADS + 1][N_STACKS][N_KINDS];
	uint64_t live, peak, live_set, peak_set, at_tags, n_mismatched;
};

static struct region *region;
static uint8_t out[SUMS + 1][OUT_SIZE];
static size_t n_out[SUMS + 1];
static uint32_t n_blocks[SUMS + 1];
static struct encoder encoders[N_THREADS];
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

bool sink_has_room(struct sink *sink, size_t n)
{
	(void)sink;
	return n != 0;
}

bool drain_records(struct sink *sink, uint32_t thread, uint32_t index, const uint8_t *records,
		   size_t size)
{
	(void)sink;
	CHECK(thread >= 1 && thread <= SUMS && size != 0 && n_out[thread] + size <= OUT_SIZE);
	CHECK_EQ(index, n_blocks[thread]++);
	memcpy(out[thread] + n_out[thread], records, size);
	n_out[thread] += size;
	return true;
}

// A stack is known by its innermost frame; outer ones are shared with others.
static size_t depth_of(unsigned stack)
{
	return 1 + stack % 7;
}

static struct unwind_stack stack_of(unsigned stack, uintptr_t *pcs, uint8_t *hows)
{
	size_t depth = depth_of(stack);

	for (size_t i = 0; i < depth; i++) {
		pcs[depth - 1 - i] = 0x40000 + 0x1000 * i + 0x10 * (stack >> (6 - i));
		hows[depth - 1 - i] = UNWIND_BY_TABLES;
	}
	pcs[0] = 0x10000 + 0x10 * stack;
	return (struct unwind_stack){ .pcs = pcs, .hows = hows, .n_pcs = depth };
}

static uint64_t mixed(const struct happening *event)
{
	return (event->block * 2654435761u + event->size) * 6364136223846793005u + event->stack;
}

// The plain model.
struct model {
	struct {
		struct happening event;
		uint64_t seq;
	} live[BLOCKS_MOST];
	size_t n_live;
	uint64_t last[N_THREADS + 1]; // number of each thread's last allocation
	struct outcome outcome;
};

static unsigned class_of(unsigned kind)
{
	return kind == WIRE_KIND_NEW || kind == WIRE_KIND_DELETE ? 1 : 0;
}

static void model_free(struct model *model, const struct happening *event, uintptr_t block,
		       uint64_t seq)
{
	size_t i = 0;

	while (i < model->n_live && model->live[i].event.block != block)
		i++;
	if (i == model->n_live)
		return;
	const struct happening *first = &model->live[i].event;
	struct outcome *outcome = &model->outcome;
	struct sum *sum = &outcome->sums[first->thread][first->stack][first->kind];
	if (model->last[event->thread] == model->live[i].seq &&
	    (event->marks & WIRE_KIND_NOT_LAST) == 0) {
		sum->temporary++;
		sum->temporary_bytes += first->size;
		model->last[event->thread] = 0;
	}
	sum->short_blocks += seq - model->live[i].seq <= WIRE_SHORT_LIFE &&
			     (event->marks & WIRE_KIND_NOT_SHORT) == 0;
	bool is_wrong_size = event->what == FREE && event->kind == WIRE_KIND_DELETE &&
			     event->size != ENCODER_NO_SIZE && event->size != first->size;
	outcome->n_mismatched += class_of(first->kind) != class_of(event->kind) || is_wrong_size;
	outcome->live -= first->size;
	outcome->live_set -= mixed(first);
	model->live[i] = model->live[--model->n_live];
}

static void model_apply(struct model *model, const struct happening *event, uint64_t seq,
			uint64_t old_seq)
{
	struct outcome *outcome = &model->outcome;

	if (event->what == TAG)
		outcome->at_tags = outcome->at_tags * 31 + outcome->live_set + 7 * outcome->peak;
	if (event->what == FREE)
		model_free(model, event, event->block, seq);
	if (event->what == REALLOC)
		model_free(model, event, event->old, old_seq);
	if (event->what != ALLOC && event->what != REALLOC)
		return;
	struct sum *sum = &outcome->sums[event->thread][event->stack][event->kind];
	sum->blocks++;
	sum->bytes += event->size;
	model->last[event->thread] = seq;
	model->live[model->n_live].event = *event;
	model->live[model->n_live++].seq = seq;
	outcome->live += event->size;
	outcome->live_set += mixed(event);
	if (outcome->live > outcome->peak) {
		outcome->peak = outcome->live;
		outcome->peak_set = outcome->live_set;
	}
}

// The first half of a reallocation, where something comes before the second.
static void apply_half(struct model *model, const struct happening *event, uint64_t seq)
{
	struct happening half = *event;

	half.what = FREE;
	half.block = event->old;
	model_apply(model, &half, seq, seq);
}

static void encode(struct encoder *encoder, const struct happening *event, uint64_t seq,
		   uint64_t old_seq)
{
	uintptr_t pcs[8];
	uint8_t hows[8];
	struct unwind_stack stack = stack_of(event->stack, pcs, hows);
	struct encoder_block block = { .seq = (sequence_word)seq,
				       .old_seq = (sequence_word)old_seq,
				       .kind = (enum wire_kind)event->kind,
				       .size = event->size,
				       .usable = event->size + 8,
				       .block = event->block,
				       .old = event->old };

	switch (event->what) {
	case ALLOC:
		encoder_alloc(encoder, &block, &stack);
		break;
	case REALLOC:
		encoder_realloc(encoder, &block, &stack);
		break;
	case FREE:
		encoder_free(encoder, &block, NULL);
		break;
	case FAIL:
		encoder_fail(encoder, block.seq, block.old_seq, WIRE_KIND_REALLOC, 1, 12, 4,
			     &stack);
		break;
	case TAG:
		encoder_text(encoder, block.seq, WIRE_TAG, "tag");
		break;
	case NOTHING:
		break;
	}
}

// What happens next, on `thread`, where `model` is what has happened.
static struct happening invent(const struct model *model, unsigned thread, uintptr_t *next_block)
{
	struct happening event = { .thread = thread, .stack = draw(N_STACKS) };
	uint32_t choice = draw(1000);
	size_t n = model->n_live;

	for (size_t i = 0; i < n; i++) {
		if (model->live[i].event.block == *next_block) {
			*next_block += 512;
			i = SIZE_MAX; // the first again
		}
	}

	if (choice < 2) {
		event.what = TAG;
	} else if (choice < 20) {
		event.what = FAIL;
	} else if (n > 0 && (choice < 510 || n > BLOCKS_MOST - 10)) {
		// The youngest mostly.
		size_t i =
			draw(10) != 0 ? n - 1 - draw((uint32_t)(n < 6 ? n : 6)) : draw((uint32_t)n);
		const struct happening *first = &model->live[i].event;
		event.what = draw(12) == 0 ? REALLOC : FREE;
		event.old = event.what == REALLOC ? first->block : 0;
		event.block = event.what == REALLOC ? *next_block : first->block;
		event.kind = event.what == REALLOC        ? WIRE_KIND_REALLOC
			     : class_of(first->kind) == 0 ? WIRE_KIND_FREE
			     : draw(20) == 0              ? WIRE_KIND_FREE
							  : WIRE_KIND_DELETE;
		event.size = 1 + draw(500);
		if (event.kind == WIRE_KIND_DELETE && draw(20) != 0)
			event.size = draw(3) == 0 ? ENCODER_NO_SIZE : first->size;
		*next_block += event.what == REALLOC ? 512 : 0;
	} else {
		event.what = ALLOC;
		event.kind = draw(3) == 0 ? WIRE_KIND_NEW : WIRE_KIND_MALLOC;
		event.size = draw(200) == 0 ? 100000 : draw(500);
		event.block = *next_block;
		*next_block = draw(3) == 0 ? 0x100000 + 512 * (uintptr_t)draw(1 << 20)
					   : *next_block + 512;
	}
	return event;
}

static void make_region(void)
{
	region = calloc(1, sizeof(*region) + N_RINGS * sizeof(struct ring) + REGION_LINE);
	region = (struct region *)(((uintptr_t)region + REGION_LINE - 1) / REGION_LINE *
				   REGION_LINE);
	region_current = region;
	region->n_rings = N_RINGS;
	region->ring_size = RING_SIZE;
	atomic_store(&region->n_threads, N_THREADS);
	atomic_store(&region->n_rings_used, N_RINGS);
	for (unsigned i = 1; i < N_RINGS; i++) {
		struct ring *ring = &region->rings[i];
		ring->size = RING_SIZE;
		ring->bytes = malloc(RING_SIZE);
		ring->thread = i;
		atomic_store(&ring->head, 0xFFFFF000u + i); // they wrap
		atomic_store(&ring->tail, 0xFFFFF000u + i);
		atomic_store(&ring->state, RING_TAKEN);
		encoder_start(&encoders[i - 1], ring, 100 + i);
	}
}

// The events of a run, in the rings and out of them. Returns how many numbers they took.
static uint64_t produce(struct model *model, uint32_t limit)
{
	struct sink sink = { .fd = -1 };
	uintptr_t next_block = 0x100000;
	uint64_t seq = 0;

	CHECK(elide_start(limit));
	for (unsigned i = 0; i < N_EVENTS; i++) {
		unsigned thread = 1 + draw(draw(3) == 0 ? N_THREADS : 1);
		struct encoder *encoder = &encoders[thread - 1];
		struct happening event = invent(model, thread, &next_block);
		uint64_t old_seq = ++seq;
		encoder_set_time(encoder, i / 10);
		if (event.what == REALLOC || event.what == FAIL) {
			// Another thread's event comes in between.
			struct happening other = { .what = NOTHING };
			unsigned second = thread % N_THREADS + 1;
			if (draw(2) == 0)
				other = (struct happening){ .what = TAG, .thread = second };
			if (other.what == TAG) {
				seq++;
				encode(&encoders[second - 1], &other, seq, seq);
				CHECK(encoder_flush(&encoders[second - 1]));
				if (event.what == REALLOC)
					apply_half(model, &event, old_seq);
				model_apply(model, &other, seq, seq);
			}
			seq++;
		}
		encode(encoder, &event, seq, old_seq);
		model_apply(model, &event, seq, old_seq);
		// Some are late in coming.
		if (draw(8) != 0)
			CHECK(encoder_flush(encoder));
		now_ms += draw(20) == 0;
		bool has_moved = draw(10) == 0;
		uint32_t held = atomic_load(&region->rings[thread].head) -
				atomic_load(&region->rings[thread].tail);
		if (draw(300) == 0 || held > RING_SIZE / 2) {
			for (unsigned k = 0; k < N_THREADS && held > RING_SIZE / 2; k++)
				CHECK(encoder_flush(&encoders[k]));
			CHECK(elide_rings(&sink, &has_moved));
		}
	}
	for (unsigned i = 0; i < N_THREADS; i++)
		CHECK(encoder_flush(&encoders[i]));
	sink.must_wait = true;
	bool has_moved = false;
	CHECK(elide_rings(&sink, &has_moved));
	for (unsigned i = 1; i < N_RINGS; i++)
		CHECK_EQ(atomic_load(&region->rings[i].head), atomic_load(&region->rings[i].tail));
	return seq;
}

// The records of a thread of what came out, in the order of their numbers.
static void gather(unsigned thread, struct happening *events, uint64_t *old_seqs, uint64_t n_most)
{
	struct ring ring = { .size = OUT_SIZE, .bytes = out[thread] };
	struct elide_reader reader = { .ring = &ring, .stack = calloc(1, sizeof(*reader.stack)) };

	for (; elide_read(&reader, (uint32_t)n_out[thread]); reader.has_record = false) {
		const struct elide_record *record = &reader.record;
		uint64_t seq = record->block.seq;
		static const enum what whats[] = {
			[WIRE_OP_ALLOC] = ALLOC, [WIRE_OP_FREE] = FREE, [WIRE_OP_REALLOC] = REALLOC
		};
		CHECK(seq >= 1 && seq <= n_most);
		if (seq < 1 || seq > n_most)
			break;
		struct happening event = { .thread = thread,
					   .kind = record->kind & WIRE_KIND_NUMBER,
					   .marks = record->kind & ~(unsigned)WIRE_KIND_NUMBER,
					   .block = record->block.block,
					   .old = record->block.old,
					   .size = record->block.size };
		event.what = record->op != WIRE_OP_EXTENDED ? whats[record->op & 3]
			     : record->type == WIRE_TAG     ? TAG
							    : FAIL;
		const struct elide_stack *stack = reader.stack;
		if (event.what == ALLOC || event.what == REALLOC || event.what == FAIL) {
			event.stack =
				(unsigned)(stack->pcs[ENCODER_DEPTH_MAX - stack->depth] - 0x10000) /
				0x10;
			CHECK(event.stack < N_STACKS && depth_of(event.stack) == stack->depth);
		}
		CHECK_EQ(events[seq].what, NOTHING);
		events[seq] = event;
		old_seqs[seq] = record->block.old_seq;
		if (record->block.old_seq != seq)
			old_seqs[record->block.old_seq] = UINT64_MAX; // is taken
	}
	free(reader.stack);
}

static uint64_t uv_at(const uint8_t **at)
{
	uint64_t value = 0;
	unsigned shift = 0;

	do
		value |= (uint64_t)(**at & 0x7F) << shift;
	while (shift += 7, *(*at)++ & 0x80);
	return value;
}

// The innermost frame after the stack at `at`.
static uintptr_t frame_at(const uint8_t **at, uintptr_t *stack, uintptr_t *frames, uintptr_t *pc)
{
	uint64_t level = uv_at(at), n = uv_at(at) >> WIRE_CUT_BITS;

	for (; n > 0; n--) {
		uint64_t id = uv_at(at);
		if (id == 0) {
			id = uv_at(at);
			CHECK_EQ(uv_at(at), UNWIND_BY_TABLES);
			uint64_t delta = uv_at(at);
			*pc += (uintptr_t)(delta >> 1 ^ (0 - (delta & 1)));
			frames[id] = *pc;
		} else {
			id--;
		}
		stack[level++] = frames[id];
	}
	return stack[level - 1];
}

static void add_sums(struct outcome *outcome)
{
	static uintptr_t frames[ENCODER_FRAMES], stack[16];
	struct ring ring = { .size = OUT_SIZE, .bytes = out[SUMS] };
	struct elide_reader reader = { .ring = &ring };
	unsigned n_restarts = 0;
	uintptr_t pc = 0;

	for (; elide_read(&reader, (uint32_t)n_out[SUMS]); reader.has_record = false) {
		const uint8_t *at = out[SUMS] + reader.record.body;
		CHECK_EQ(reader.record.type, WIRE_ELIDED_SUM);
		if (reader.n_restarts != n_restarts)
			pc = 0;
		n_restarts = reader.n_restarts;
		uint64_t thread = uv_at(&at), kind = uv_at(&at);
		struct sum sum = { .blocks = uv_at(&at) };
		sum.bytes = uv_at(&at);
		CHECK_EQ(uv_at(&at), 8 * sum.blocks); // what is usable beyond that
		sum.temporary = uv_at(&at);
		sum.temporary_bytes = uv_at(&at);
		sum.short_blocks = uv_at(&at);
		uintptr_t i = (frame_at(&at, stack, frames, &pc) - 0x10000) / 0x10;
		CHECK(thread >= 1 && thread <= N_THREADS && kind < N_KINDS && i < N_STACKS);
		struct sum *to = &outcome->sums[thread][i][kind];
		to->blocks += sum.blocks;
		to->bytes += sum.bytes;
		to->temporary += sum.temporary;
		to->temporary_bytes += sum.temporary_bytes;
		to->short_blocks += sum.short_blocks;
	}
}

static int run(uint64_t first_seed, uint32_t limit)
{
	static struct model whole, left;

	seed = first_seed;
	make_region();
	uint64_t n = produce(&whole, limit);
	uint64_t n_left = n - elide_count();
	struct happening *events = calloc(n_left + 1, sizeof(*events));
	uint64_t *old_seqs = calloc(n_left + 1, sizeof(*old_seqs));
	for (uint64_t i = 0; i <= n_left; i++)
		events[i].what = NOTHING;
	for (unsigned i = 1; i <= N_THREADS; i++)
		gather(i, events, old_seqs, n_left);
	for (uint64_t i = 1; i <= n_left; i++) {
		CHECK(old_seqs[i] != 0);
		// With a tag in between.
		if (i + 2 <= n_left && events[i + 2].what == REALLOC && old_seqs[i + 2] == i)
			apply_half(&left, &events[i + 2], i);
		if (events[i].what != NOTHING)
			model_apply(&left, &events[i], i, old_seqs[i]);
	}
	add_sums(&left.outcome);
	CHECK(limit < 40 || n_left < n * 3 / 4);
	CHECK_EQ(left.outcome.peak, whole.outcome.peak);
	CHECK_EQ(left.outcome.peak_set, whole.outcome.peak_set);
	CHECK_EQ(left.outcome.live, whole.outcome.live);
	CHECK_EQ(left.outcome.live_set, whole.outcome.live_set);
	CHECK_EQ(left.outcome.at_tags, whole.outcome.at_tags);
	CHECK_EQ(left.outcome.n_mismatched, whole.outcome.n_mismatched);
	CHECK(memcmp(left.outcome.sums, whole.outcome.sums, sizeof(whole.outcome.sums)) == 0);
	return check_result();
}

// A thread that waits for room has a number that others wait for, in the midst of a reallocation of a third: what its ring holds
// goes out all the same.
static int wait_in_the_midst(uint64_t first_seed, uint32_t limit)
{
	enum { HELD = 200, LAST = 400 };
	struct happening event = { .thread = 2, .kind = WIRE_KIND_MALLOC, .size = 8 };
	struct happening moved = { .what = REALLOC, .kind = WIRE_KIND_REALLOC };
	struct sink sink = { .fd = -1 };
	bool has_moved = true;

	make_region();
	CHECK(elide_start(limit));
	(void)first_seed;
	event.block = moved.old = moved.block = 0x10000;
	for (unsigned seq = 2; seq < LAST; seq++) {
		if (seq == HELD)
			continue;
		event.what = seq < HELD ? FREE : ALLOC;
		event.block += 0x100;
		encode(&encoders[1], &event, seq, seq);
		CHECK(encoder_flush(&encoders[1]));
	}
	encode(&encoders[0], &moved, LAST, 1);
	CHECK(encoder_flush(&encoders[0]));
	CHECK(elide_rings(&sink, &has_moved));
	const struct ring *ring = &region->rings[2];
	CHECK(atomic_load(&ring->head) - atomic_load(&ring->tail) < 4 * (LAST - HELD + 10));
	CHECK(n_out[2] > HELD);
	event.what = ALLOC;
	event.thread = 3;
	event.block = 0x90000;
	encode(&encoders[2], &event, HELD, HELD);
	CHECK(encoder_flush(&encoders[2]));
	sink.must_wait = true;
	CHECK(elide_rings(&sink, &has_moved));
	for (unsigned i = 1; i < N_RINGS; i++)
		CHECK_EQ(atomic_load(&region->rings[i].head), atomic_load(&region->rings[i].tail));
	return check_result();
}

// More stacks than there is memory for are told of in between.
static int tell_of_many_stacks(uint64_t first_seed, uint32_t limit)
{
	enum { PAIRS = 30000, DEPTH = 8 };
	struct sink sink = { .fd = -1 };
	uintptr_t pcs[DEPTH];
	uint8_t hows[DEPTH];
	struct unwind_stack stack = { .pcs = pcs, .hows = hows, .n_pcs = DEPTH };
	struct encoder_block block = { .kind = WIRE_KIND_MALLOC, .size = 8, .usable = 24 };
	struct elide_reader reader = { .ring = NULL };
	bool has_moved = false;
	uint64_t n = 0;

	(void)first_seed;
	make_region();
	CHECK(elide_start(limit));
	for (unsigned i = 0; i < PAIRS; i++) {
		for (unsigned k = 0; k < DEPTH; k++) {
			pcs[k] = 0x10000 + 2 * (uintptr_t)(i * DEPTH + k);
			hows[k] = UNWIND_BY_TABLES;
		}
		block.seq = block.old_seq = 2 * i + 1;
		block.block = 0x100000;
		encoder_alloc(&encoders[0], &block, &stack);
		const struct encoder_block released = { .seq = 2 * i + 2,
							.kind = WIRE_KIND_FREE,
							.block = block.block };
		encoder_free(&encoders[0], &released, NULL);
		CHECK(encoder_flush(&encoders[0]));
		has_moved = false;
		if (i % 100 == 0)
			CHECK(elide_rings(&sink, &has_moved));
	}
	sink.must_wait = true;
	CHECK(elide_rings(&sink, &has_moved));
	struct ring ring = { .size = OUT_SIZE, .bytes = out[SUMS] };
	reader.ring = &ring;
	for (; elide_read(&reader, (uint32_t)n_out[SUMS]); reader.has_record = false) {
		const uint8_t *at = out[SUMS] + reader.record.body;
		CHECK_EQ(uv_at(&at), 1);
		CHECK_EQ(uv_at(&at), WIRE_KIND_MALLOC);
		n += uv_at(&at);
	}
	// The one that is the peak stays.
	CHECK_EQ(n, PAIRS - 1);
	CHECK_EQ(elide_count(), 2 * (PAIRS - 1));
	return check_result();
}

static void check_apart(int (*check)(uint64_t first_seed, uint32_t limit), uint64_t first_seed,
			uint32_t limit)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		check_failed = 0;
		_exit(check(first_seed, limit));
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

int main(int argc, char **argv)
{
	static const uint32_t limits[] = { 1, 2, 7, 16, 40, 300, 4096, 131072 };

	uint64_t first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;

	check_apart(wait_in_the_midst, 0, 8);
	check_apart(tell_of_many_stacks, 0, 65536);
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		check_apart(run, first_seed + i, limits[i]);
	return check_result();
}
