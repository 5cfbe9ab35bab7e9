// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder: exact bytes of small records, and long random runs decoded by an independent reader.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "libdumpalloc/encoder_quick.h"

// The ring's double: keeps what is written, or refuses.
static uint8_t written[8 << 20];
static size_t n_written;
static bool refuses;

bool ring_write(struct ring *ring, const void *bytes, size_t size)
{
	(void)ring;
	if (refuses || n_written + size > sizeof(written))
		return false;
	memcpy(written + n_written, bytes, size);
	n_written += size;
	return true;
}

// Opens onto the same memory, where the test lets it.
static struct ring ring_double;
static bool opens;

void ring_open(struct ring *ring, struct ring_window *window)
{
	(void)ring;
	*window = (struct ring_window){ 0 };
	if (!opens || n_written + RING_WINDOW > sizeof(written))
		return;
	window->at = window->start = written + n_written;
	window->last = window->at + (RING_WINDOW - RING_RECORD_MAX);
}

static struct encoder encoder;

static void encode_alloc(sequence_word seq, enum wire_kind kind, size_t size, size_t usable,
			 uintptr_t block, const struct unwind_stack *stack)
{
	const struct encoder_block what = {
		.seq = seq,
		.kind = kind,
		.size = size,
		.usable = usable,
		.block = block,
	};

	encoder_alloc(&encoder, &what, stack);
}

static uint8_t hows[ENCODER_DEPTH_MAX];

static struct unwind_stack stack_of(uintptr_t *pcs, size_t n, enum unwind_cut cut)
{
	return (struct unwind_stack){ .pcs = pcs, .hows = hows, .n_pcs = n, .max = n, .cut = cut };
}

static void begin(void)
{
	n_written = 0;
	refuses = opens = false;
	encoder_start(&encoder, &ring_double, 77);
}

static void check_bytes(const char *expected, size_t size)
{
	CHECK_EQ(n_written, size);
	CHECK(n_written == size && memcmp(written, expected, size) == 0);
}

#define CHECK_WRITTEN(text) check_bytes(text, sizeof(text) - 1)

static void encode_free_of(sequence_word seq, enum wire_kind kind, size_t size, uintptr_t block)
{
	encoder_free(
		&encoder,
		&(struct encoder_block){ .seq = seq, .kind = kind, .size = size, .block = block },
		NULL);
}

static void first_record_follows_a_restart(void)
{
	begin();
	encoder_set_time(&encoder, 5);
	encode_free_of(10, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0x100);
	CHECK(encoder_flush(&encoder));
	// RESTART seq 9, time 5, addr 0, tid 77; FREE without SEQ.
	if (ENCODER_ADDRESS_SHIFT == 4)
		CHECK_WRITTEN("\x00\x01\x04\x09\x05\x00\x4d\x02\x20");
	else
		CHECK_WRITTEN("\x00\x01\x04\x09\x05\x00\x4d\x02\x40");
}

static void later_records_say_only_what_changed(void)
{
	struct unwind_stack none = stack_of(NULL, 0, UNWIND_WHOLE);

	begin();
	encode_free_of(1, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0x1000);
	encoder_flush(&encoder);
	n_written = 0;
	encoder_set_time(&encoder, 4000);
	encode_alloc(4, WIRE_KIND_CALLOC, 9, 1000, 0x1001, &none);
	encode_free_of(5, WIRE_KIND_DELETE, ENCODER_NO_SIZE, 0x1001);
	encoder_flush(&encoder);
	// TIME 4000; ALLOC SEQ KIND USABLE ADDR: +3, calloc, 9, 1000, 1 byte on; FREE KIND.
	CHECK_WRITTEN("\x00\x02\x02\xa0\x1f\xd9\x03\x02\x09\xe8\x07\x02\x12\x24\x00");
}

static void releases_tell_their_sizes(void)
{
	begin();
	encode_free_of(1, WIRE_KIND_DELETE, 40, 0);
	encoder_flush(&encoder);
	n_written = 0;
	encode_free_of(2, WIRE_KIND_DELETE, 0, 0);
	encode_free_of(3, WIRE_KIND_DELETE, 300, 1);
	encode_free_of(4, WIRE_KIND_DELETE, ENCODER_NO_SIZE, 1);
	encode_free_of(6, WIRE_KIND_DELETE_ARRAY_ALIGNED, 64, 1);
	encode_free_of(7, (enum wire_kind)(WIRE_KIND_DELETE | WIRE_KIND_NOT_LAST), 64, 1);
	encoder_flush(&encoder);
	// FREE SIZE; FREE SIZE ADDR: 1 byte on; FREE KIND; FREE SEQ KIND SIZE; FREE KIND SIZE.
	CHECK_WRITTEN("\x42\x00\x00"
		      "\xc2\xac\x02\x02"
		      "\x12\x24\x00"
		      "\x5a\x02\x28\x40\x00"
		      "\x52\x64\x40\x00");
}

// A free is told none, and what releases by allocating has the size of the block that it has made.
static void other_releases_tell_none(void)
{
	begin();
	encode_free_of(1, WIRE_KIND_FREE, 40, 0);
	encoder_flush(&encoder);
	n_written = 0;
	encode_free_of(2, WIRE_KIND_FREE, 40, 0);
	encode_free_of(3, WIRE_KIND_REALLOC, 0, 0);
	encoder_flush(&encoder);
	CHECK_WRITTEN("\x02\x00\x12\x03\x00");
}

static void sequence_numbers_wrap_at_the_word(void)
{
	begin();
	encode_free_of((sequence_word)-1, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0);
	encoder_flush(&encoder);
	n_written = 0;
	encode_free_of(0, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0);
	encode_free_of(2, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0);
	encoder_flush(&encoder);
	CHECK_WRITTEN("\x02\x00\x0a\x02\x00");
}

static void extended_records_have_their_length(void)
{
	begin();
	encoder_mark(&encoder, 1, WIRE_THREAD_EXIT);
	encoder_flush(&encoder);
	n_written = 0;
	encoder_text(&encoder, 2, WIRE_TAG, "ab");
	encoder_number(&encoder, 3, WIRE_UNMAP, 300);
	encoder_thread(&encoder, 4, "main");
	encoder_flush(&encoder);
	CHECK_WRITTEN("\x00\x08\x04\x01\x02"
		      "ab"
		      "\x00\x07\x03\x01\xac\x02"
		      "\x00\x04\x07\x01\x4d\x04"
		      "main");
}

static void encode_stack(sequence_word seq, const struct unwind_stack *stack)
{
	n_written = 0;
	encode_alloc(seq, WIRE_KIND_MALLOC, 1, 0, 0, stack);
	encoder_flush(&encoder);
}

// Frames have their ids in the order they come; sv of the delta of 2 to pc 0x2: 04.
static void a_frame_is_its_pc_and_how_it_was_found(void)
{
	uintptr_t pcs[] = { 2, 2 };
	struct unwind_stack stack = stack_of(pcs, 2, UNWIND_WHOLE);

	memset(hows, 0, sizeof(hows));
	hows[1] = UNWIND_BY_SCAN;
	begin();
	encode_free_of(1, WIRE_KIND_FREE, ENCODER_NO_SIZE, 0);
	encoder_flush(&encoder);
	CHECK(!encoder_knows(&encoder, 2, UNWIND_BY_SCAN));
	encode_stack(2, &stack);
	// ALLOC STACK USABLE: 1, 0, same address; keep 0, push 2: id 0 scan 2, id 1 hook 2 + 0.
	CHECK_WRITTEN("\x61\x01\x00\x00\x00\x10\x00\x00\x02\x04\x00\x01\x00\x00");
	CHECK(encoder_knows(&encoder, 2, UNWIND_BY_SCAN));
	CHECK(!encoder_knows(&encoder, 2, UNWIND_BY_SCAN | UNWIND_EXACT));
	// The same addresses, the outer one in another way: nothing is kept.
	hows[1] = UNWIND_BY_SIGNAL | UNWIND_EXACT;
	CHECK_EQ(encoder_kept(&encoder, &stack), 0);
	encode_stack(3, &stack);
	CHECK_WRITTEN("\x61\x01\x00\x00\x00\x10\x00\x02\x0d\x00\x02");
	// Both ways are known now.
	hows[1] = UNWIND_BY_SCAN;
	encode_stack(4, &stack);
	CHECK_WRITTEN("\x61\x01\x00\x00\x00\x10\x01\x02");
}

static void a_stack_says_why_it_ends(void)
{
	uintptr_t pcs[] = { 2 };
	struct unwind_stack stack = stack_of(pcs, 1, UNWIND_WHOLE);

	memset(hows, 0, sizeof(hows));
	begin();
	encode_stack(1, &stack);
	encode_stack(2, &stack);
	CHECK_WRITTEN("\x41\x01\x00\x00");
	stack.cut = UNWIND_CUT_DEPTH;
	encode_stack(3, &stack);
	CHECK_WRITTEN("\x61\x01\x00\x00\x01\x01");
	stack.cut = UNWIND_CUT_BAD_STACK;
	encode_stack(4, &stack);
	CHECK_WRITTEN("\x61\x01\x00\x00\x01\x04");
	encode_stack(5, &stack);
	CHECK_WRITTEN("\x41\x01\x00\x00");
	stack.n_pcs = 0;
	stack.cut = UNWIND_CUT_NO_WALK;
	encode_stack(6, &stack);
	CHECK_WRITTEN("\x61\x01\x00\x00\x00\x05");
}

static void usable_rule_is_what_malloc_does(void)
{
#if defined(__GLIBC__)
	size_t align = ENCODER_USABLE_ALIGN;

	CHECK(align >= 2 * sizeof(size_t));
	CHECK_EQ(ENCODER_USABLE_OVERHEAD, sizeof(size_t));
	CHECK_EQ((ENCODER_USABLE_MIN + ENCODER_USABLE_OVERHEAD) % align, 0);
	for (int i = 0; i < 64; i++) {
		void *block = malloc(24);

		CHECK_EQ((uintptr_t)block % align, 0);
		free(block);
	}
#else
	CHECK_EQ(ENCODER_USABLE_ALIGN, 1);
#endif
}

// A reader of ALLOC, FREE, REALLOC, RESTART, TIME and LOST, written after FORMAT.md.
struct reader {
	const uint8_t *at, *end;
	uint64_t seq, time, addr, pc;
	uint64_t frames[WIRE_FRAME_ID_END];
	unsigned frame_hows[WIRE_FRAME_ID_END];
	bool is_defined[WIRE_FRAME_ID_END];
	uint64_t stack[ENCODER_DEPTH_MAX];
	unsigned stack_hows[ENCODER_DEPTH_MAX];
	size_t n_stack;
	unsigned cut;
	unsigned n_restarts;
	uint64_t n_lost;
};

struct event {
	enum wire_op op;
	uint64_t seq, before, kind, old, size, usable, addr;
};

static struct reader reader;

static uint64_t take_uv(void)
{
	uint64_t value = 0;

	for (unsigned shift = 0; reader.at < reader.end; shift += 7) {
		uint8_t byte = *reader.at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	CHECK(!"the record ends within a number");
	return 0;
}

static uint64_t take_sv(void)
{
	uint64_t value = take_uv();

	return (value >> 1) ^ (0 - (value & 1));
}

static uint64_t take_addr(uint8_t flags)
{
	uint64_t delta = take_sv();

	if ((flags & WIRE_FLAG_ADDR) == 0)
		delta *= 1u << ENCODER_ADDRESS_SHIFT;
	return reader.addr += delta;
}

static void take_stack(void)
{
	size_t keep = (size_t)take_uv();
	uint64_t push = take_uv();
	size_t n = (size_t)(push >> 3);

	// Outermost first in this reader.
	CHECK(keep <= reader.n_stack);
	for (size_t i = keep; i < keep + n; i++) {
		uint64_t id = take_uv();

		if (id == 0) {
			id = take_uv() + 1;
			reader.frame_hows[id - 1] = (unsigned)take_uv();
			reader.pc += take_sv();
			reader.frames[id - 1] = reader.pc;
			reader.is_defined[id - 1] = true;
		}
		CHECK(reader.is_defined[id - 1]);
		reader.stack[i] = reader.frames[id - 1];
		reader.stack_hows[i] = reader.frame_hows[id - 1];
	}
	reader.n_stack = keep + n;
	reader.cut = push & 7;
}

static void take_extended(void)
{
	uint64_t type = take_uv();
	uint64_t length = take_uv();
	const uint8_t *end = reader.at + length;

	if (type == WIRE_RESTART) {
		reader.seq = take_uv();
		reader.time = take_uv();
		reader.addr = take_uv();
		CHECK_EQ(take_uv(), 77);
		reader.pc = 0;
		memset(reader.is_defined, 0, sizeof(reader.is_defined));
		reader.n_stack = 0;
		reader.cut = 0;
		reader.n_restarts++;
	} else if (type == WIRE_TIME) {
		reader.time += take_uv();
	} else if (type == WIRE_LOST) {
		reader.seq += take_uv();
		reader.n_lost += take_uv();
		CHECK_EQ(take_uv(), WIRE_LOST_NO_ROOM);
	} else {
		CHECK(!"an extended record nobody wrote");
	}
	CHECK(reader.at == end);
}

// The next event; false at the end.
static bool take_event(struct event *event)
{
	while (reader.at < reader.end) {
		uint8_t first = *reader.at++;
		uint8_t op = first & WIRE_OP_MASK;

		if (op == WIRE_OP_EXTENDED) {
			take_extended();
			continue;
		}
		memset(event, 0, sizeof(*event));
		event->op = (enum wire_op)op;
		reader.seq += (first & WIRE_FLAG_SEQ) != 0 ? take_uv() : 1;
		event->seq = reader.seq;
		if (op == WIRE_OP_REALLOC)
			event->before = take_uv();
		event->kind = (first & WIRE_FLAG_KIND) != 0 ? take_uv() : 0;
		if (op == WIRE_OP_REALLOC)
			event->old = take_addr(first);
		if (op != WIRE_OP_FREE)
			event->size = take_uv();
		if ((first & WIRE_FLAG_USABLE) != 0)
			event->usable = take_uv();
		event->addr = take_addr(first);
		if ((first & WIRE_FLAG_STACK) != 0)
			take_stack();
		return true;
	}
	return false;
}

static void read_from(size_t at)
{
	reader.at = written + at;
	reader.end = written + n_written;
}

static uint32_t random_state;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

// A stack that shares outer frames with the last one, from a pool larger than the dictionary.
static size_t draw_stack(uintptr_t *pcs, size_t n)
{
	size_t n_new = draw(8), n_all = 1 + draw(40);
	size_t n_kept = n_all > n_new && n_all - n_new < n ? n_all - n_new : 0;

	if (n_kept != 0) {
		memmove(pcs + n_all - n_kept, pcs + n - n_kept, n_kept * sizeof(*pcs));
		memmove(hows + n_all - n_kept, hows + n - n_kept, n_kept);
	}
	for (size_t i = 0; i < n_all - n_kept; i++)
		pcs[i] = 0x400000 + (uintptr_t)draw(20000) * 4 + (draw(9) == 0 ? 0x30000000u : 0);
	for (size_t i = 0; i < n_all - n_kept; i++)
		hows[i] = (uint8_t)draw(2 * UNWIND_EXACT);
	// The same frame, found in another way.
	if (draw(4) == 0)
		hows[draw((uint32_t)n_all)] ^= UNWIND_EXACT;
	return n_all;
}

static void check_stack(const struct unwind_stack *stack)
{
	bool is_same = reader.n_stack == stack->n_pcs && reader.cut == stack->cut;

	for (size_t i = 0; is_same && i < stack->n_pcs; i++)
		is_same = reader.stack[reader.n_stack - 1 - i] == stack->pcs[i] &&
			  reader.stack_hows[reader.n_stack - 1 - i] == stack->hows[i];
	CHECK(is_same);
}

// Quickly where that is possible; true: it was.
static bool encode_quickly(enum wire_op op, const struct encoder_block *block,
			   const struct unwind_stack *stack)
{
	uint16_t codes[ENCODER_QUICK_FRAMES];
	bool is_same;
	size_t kept;

	if (!encoder_has_room(&encoder))
		return false;
	if (op == WIRE_OP_FREE) {
		encoder_quick_free(&encoder, block->seq, block->kind, block->block,
				   encode_is_told(block->kind, block->size), block->size);
	} else {
		kept = encoder_kept(&encoder, stack);
		is_same = encode_is_same(&encoder, stack, kept);
		if (!is_same && !encoder_quick_frames(&encoder, stack, kept, codes))
			return false;
		encoder_quick_block(&encoder, op, block, stack, kept, is_same, codes);
	}
	n_written = (size_t)(encoder.window.at - written);
	return true;
}

static void encode_staged(enum wire_op op, const struct encoder_block *block,
			  const struct unwind_stack *stack)
{
	if (op == WIRE_OP_FREE)
		encoder_free(&encoder, block, NULL);
	else if (op == WIRE_OP_ALLOC)
		encoder_alloc(&encoder, block, stack);
	else
		encoder_realloc(&encoder, block, stack);
	CHECK(encoder_flush(&encoder));
	CHECK(!encoder_is_open(&encoder));
	encoder_open(&encoder);
}

// True: quickly.
static bool check_random_event(sequence_word seq, const struct unwind_stack *stack, uint64_t now)
{
	static const enum wire_op ops[] = { WIRE_OP_FREE, WIRE_OP_ALLOC, WIRE_OP_REALLOC };
	static const enum wire_kind kinds[] = { WIRE_KIND_DELETE, WIRE_KIND_MALLOC,
						WIRE_KIND_REALLOC };
	size_t size = draw(100000), at = n_written;
	uint32_t what = draw(3);
	if (what == 0 && draw(2) == 0)
		size = ENCODER_NO_SIZE;
	const struct encoder_block block = {
		.seq = seq,
		.old_seq = seq - 1,
		.kind = kinds[what],
		.size = size,
		.usable = size + draw(40),
		.block = 0x10000000u + (uintptr_t)draw(1 << 20) * (draw(20) == 0 ? 1 : 16),
		.old = 0x10000000u + (uintptr_t)draw(1 << 20) * 16,
	};
	struct event event = { 0 };
	bool is_quick = encode_quickly(ops[what], &block, stack);

	if (!is_quick)
		encode_staged(ops[what], &block, stack);
	read_from(at);
	CHECK(take_event(&event));
	CHECK(reader.at == reader.end);
	CHECK(n_written - at <= RING_RECORD_MAX || !is_quick);
	CHECK_EQ(event.op, ops[what]);
	CHECK_EQ(event.seq, seq);
	CHECK_EQ(event.addr, block.block);
	CHECK_EQ(reader.time, now);
	CHECK_EQ(event.kind, what == 0 && size == ENCODER_NO_SIZE ? WIRE_KIND_DELETE : 0);
	if (what == 0) {
		CHECK_EQ(event.usable, size == ENCODER_NO_SIZE ? 0 : size);
		return is_quick;
	}
	CHECK_EQ(event.size, size);
	CHECK(event.usable == 0 || event.usable == block.usable);
	CHECK(what == 1 || (event.old == block.old && event.before == 1));
	check_stack(stack);
	return is_quick;
}

static void random_events_come_back(bool in_window)
{
	static uintptr_t pcs[64];
	unsigned n_quick = 0;
	sequence_word seq = 1;
	uint64_t now = 0;
	size_t n = 0;

	begin();
	opens = in_window;
	random_state = 1;
	memset(&reader, 0, sizeof(reader));
	for (int i = 0; i < 60000; i++) {
		struct unwind_stack stack;

		if (draw(3) != 0 || n == 0)
			n = draw_stack(pcs, n);
		stack = stack_of(pcs, n, draw(50) == 0 ? (enum unwind_cut)draw(6) : UNWIND_WHOLE);
		seq += 1 + draw(3);
		now += draw(10) == 0 ? 4000 : 0;
		encoder_set_time(&encoder, now);
		// What is to come before the next record is not quick.
		if (encoder.now != encoder.time)
			encoder_shut(&encoder);
		n_quick += check_random_event(seq, &stack, now);
	}
	CHECK_EQ(n_quick > 10000, in_window);
	CHECK(reader.n_restarts >= n_written / WIRE_RESTART_INTERVAL);
	CHECK(reader.n_restarts >= 3);
}

static void refused_records_are_counted_after_a_restart(void)
{
	uintptr_t pcs[] = { 0x1000, 0x2000 };
	struct unwind_stack stack = stack_of(pcs, 2, UNWIND_WHOLE);
	struct event event;

	begin();
	memset(&reader, 0, sizeof(reader));
	encode_alloc(1, WIRE_KIND_MALLOC, 8, 24, 0x5000, &stack);
	CHECK(encoder_flush(&encoder));
	CHECK_EQ(encoder_kept(&encoder, &stack), 2);
	refuses = true;
	for (sequence_word seq = 2; seq < 5; seq++) {
		encode_alloc(seq, WIRE_KIND_MALLOC, 8, 24, 0x6000, &stack);
		CHECK(!encoder_flush(&encoder));
		encoder_count_lost(&encoder, WIRE_LOST_NO_ROOM);
	}
	CHECK(!encoder_knows(&encoder, 0x1000, 0));
	// The count itself may be refused, and then is not forgotten.
	encoder_lost(&encoder, 5);
	CHECK(!encoder_flush(&encoder));
	refuses = false;
	encoder_lost(&encoder, 6);
	encode_alloc(7, WIRE_KIND_MALLOC, 8, 24, 0x7000, &stack);
	CHECK(encoder_flush(&encoder));
	read_from(0);
	CHECK(take_event(&event) && event.seq == 1);
	CHECK(take_event(&event) && event.seq == 7 && event.addr == 0x7000);
	check_stack(&stack);
	CHECK_EQ(reader.n_lost, 3);
	CHECK_EQ(reader.n_restarts, 2);
	CHECK(!take_event(&event));
}

static void the_greatest_quick_record_fits(void)
{
	static uintptr_t pcs[ENCODER_DEPTH_MAX];
	struct unwind_stack stack = stack_of(pcs, ENCODER_DEPTH_MAX, UNWIND_CUT_DEPTH);
	struct encoder_block block = { .seq = 1, .kind = WIRE_KIND_CALLOC };
	size_t at;

	// Many frames are known, the last ones by ids of two bytes.
	for (size_t i = 0; i < ENCODER_DEPTH_MAX; i++)
		pcs[i] = 0x10000 + 2 * i;
	memset(hows, 0, sizeof(hows));
	begin();
	opens = true;
	encode_staged(WIRE_OP_ALLOC, &block, &stack);
	block = (struct encoder_block){ .seq = 2, .kind = WIRE_KIND_CALLOC };
	stack.n_pcs = 0;
	encode_staged(WIRE_OP_ALLOC, &block, &stack);
	stack.n_pcs = ENCODER_QUICK_FRAMES;
	block = (struct encoder_block){
		.seq = 1, // as far from the last as can be
		.old_seq = 2,
		.kind = WIRE_KIND_CALLOC,
		.size = SIZE_MAX,
		.usable = SIZE_MAX / 2,
		.block = UINTPTR_MAX,
		.old = UINTPTR_MAX / 2,
	};
	at = n_written;
	CHECK(encode_quickly(WIRE_OP_REALLOC, &block, &stack));
	CHECK(n_written - at > 2 * ENCODER_QUICK_FRAMES);
	CHECK(n_written - at <= RING_RECORD_MAX);
}

static void deepest_stack_fits(void)
{
	static uintptr_t pcs[ENCODER_DEPTH_MAX];
	struct unwind_stack stack = stack_of(pcs, ENCODER_DEPTH_MAX, UNWIND_CUT_DEPTH);

	// Differences of alternating sign, as large as they come.
	for (size_t i = 0; i < ENCODER_DEPTH_MAX; i++)
		pcs[i] = (i % 2 == 0 ? UINTPTR_MAX - 1000000 : 1) + 2 * i;
	begin();
	memset(&reader, 0, sizeof(reader));
	encoder_lost(&encoder, 1);
	encode_alloc(UINT32_MAX, WIRE_KIND_MALLOC, SIZE_MAX - 99, 5, UINTPTR_MAX, &stack);
	CHECK(encoder_flush(&encoder));
	CHECK(n_written > ENCODER_DEPTH_MAX * 4);
}

int main(void)
{
	first_record_follows_a_restart();
	later_records_say_only_what_changed();
	releases_tell_their_sizes();
	other_releases_tell_none();
	sequence_numbers_wrap_at_the_word();
	extended_records_have_their_length();
	a_frame_is_its_pc_and_how_it_was_found();
	a_stack_says_why_it_ends();
	usable_rule_is_what_malloc_does();
	random_events_come_back(false);
	random_events_come_back(true);
	refused_records_are_counted_after_a_restart();
	the_greatest_quick_record_fits();
	deepest_stack_fits();
	return check_result();
}
