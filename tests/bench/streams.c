// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a made-up stream to standard output: `streams live|churn|stacks N [SEED]`.
//
// live: N blocks stay live, of 20,000 call stacks; then as many are replaced at random.
// churn: N events of two threads whose numbers alternate, with never more than 40,000 live blocks.
// stacks: N frames of ever-new call stacks, one block for every third, freed at once.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdumpalloc/wire.h"
#include "readalloc/crc32.h"

enum {
	PAYLOAD_SIZE = 64 << 10,
	RECORD_MAX = 256, // bytes of the largest record
	N_PCS = 4096,
	N_PATHS = 20000,
	DEPTH = 12,
	N_THREADS = 2,
	N_HELD = 20000, // by each thread, and dropped at the end of a block
};

static const uint64_t FIRST_ADDRESS = 0x555555000000, FIRST_PC = 0x400000;

// A thread as the reader decodes it.
struct writer {
	uint32_t thread, index;
	uint64_t seq, addr, pc, time;
	bool is_defined[N_PCS];
	size_t size;
	uint8_t bytes[WIRE_BLOCK_HEADER_SIZE + PAYLOAD_SIZE + RECORD_MAX];
};

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

static void put_byte(struct writer *writer, unsigned byte)
{
	writer->bytes[writer->size++] = (uint8_t)byte;
}

static void put_varint(struct writer *writer, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_byte(writer, 0x80 | (unsigned)(value & 0x7f));
	put_byte(writer, (unsigned)value);
}

static void put_signed(struct writer *writer, int64_t value)
{
	put_varint(writer, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void set_u32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static void write_all(const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, stdout) != size)
		exit(1);
}

// Sends what the writer holds as a block.
static void send_block(struct writer *writer, enum wire_block type)
{
	uint8_t *block = writer->bytes;
	uint32_t length = (uint32_t)(writer->size - WIRE_BLOCK_HEADER_SIZE);
	uint32_t crc;

	memset(block, 0, WIRE_BLOCK_HEADER_SIZE);
	memcpy(block, WIRE_SYNC, WIRE_SYNC_SIZE);
	block[WIRE_BLOCK_TYPE_AT] = (uint8_t)type;
	set_u32(block + WIRE_BLOCK_THREAD_AT, writer->thread);
	set_u32(block + WIRE_BLOCK_INDEX_AT, writer->index++);
	set_u32(block + WIRE_BLOCK_LENGTH_AT, length);
	crc = crc32_update(0, block + WIRE_BLOCK_TYPE_AT, WIRE_BLOCK_CRC_AT - WIRE_BLOCK_TYPE_AT);
	set_u32(block + WIRE_BLOCK_CRC_AT,
		crc32_update(crc, block + WIRE_BLOCK_HEADER_SIZE, length));
	write_all(block, writer->size);
	writer->size = WIRE_BLOCK_HEADER_SIZE;
}

// Every block begins with a RESTART, as after it the reader knows the state.
static void begin_block(struct writer *writer)
{
	size_t length_at = WIRE_BLOCK_HEADER_SIZE + 2;

	writer->size = WIRE_BLOCK_HEADER_SIZE;
	put_byte(writer, WIRE_OP_EXTENDED);
	put_varint(writer, WIRE_RESTART);
	put_byte(writer, 0);
	put_varint(writer, writer->seq);
	put_varint(writer, writer->time);
	put_varint(writer, writer->addr);
	put_varint(writer, 1000 + writer->thread);
	writer->bytes[length_at] = (uint8_t)(writer->size - length_at - 1);
	writer->pc = 0;
	memset(writer->is_defined, 0, sizeof(writer->is_defined));
}

static void put_frame(struct writer *writer, unsigned id)
{
	uint64_t pc = FIRST_PC + (uint64_t)id * 16;

	if (writer->is_defined[id]) {
		put_varint(writer, id + 1);
		return;
	}
	put_varint(writer, 0);
	put_varint(writer, id);
	put_varint(writer, WIRE_HOW_TABLES);
	put_signed(writer, (int64_t)(pc - writer->pc));
	writer->pc = pc;
	writer->is_defined[id] = true;
}

static void put_head(struct writer *writer, unsigned head, uint64_t seq)
{
	bool has_seq = seq != writer->seq + 1;

	put_byte(writer, head | (has_seq ? WIRE_FLAG_SEQ : 0));
	if (has_seq)
		put_varint(writer, seq - writer->seq);
	writer->seq = seq;
}

static void put_addr(struct writer *writer, uint64_t addr)
{
	put_signed(writer, (int64_t)(addr - writer->addr) / 16);
	writer->addr = addr;
}

// The stack numbered `path`: its frames follow from the number.
static void put_alloc(struct writer *writer, uint64_t seq, uint64_t addr, uint64_t path)
{
	put_head(writer, WIRE_OP_ALLOC | WIRE_FLAG_STACK, seq);
	put_varint(writer, 16 + path % 200);
	put_addr(writer, addr);
	put_varint(writer, 0);
	put_varint(writer, DEPTH << WIRE_CUT_BITS);
	for (unsigned level = 0; level < DEPTH; level++)
		put_frame(writer, (unsigned)((path >> (DEPTH - 1 - level)) * 31 + level) % N_PCS);
}

static void put_free(struct writer *writer, uint64_t seq, uint64_t addr)
{
	put_head(writer, WIRE_OP_FREE, seq);
	put_addr(writer, addr);
}

static bool is_full(const struct writer *writer)
{
	return writer->size >= WIRE_BLOCK_HEADER_SIZE + PAYLOAD_SIZE;
}

static void refresh(struct writer *writer, uint64_t time)
{
	if (is_full(writer)) {
		send_block(writer, WIRE_RECORDS);
		writer->time = time;
		begin_block(writer);
	}
}

static void send_head(void)
{
	static struct writer writer = { .size = WIRE_BLOCK_HEADER_SIZE };
	static const uint8_t numbers[][2] = {
		{ WIRE_FIELD_WORD_SIZE, 8 },     { WIRE_FIELD_BYTE_ORDER, WIRE_LITTLE_ENDIAN },
		{ WIRE_FIELD_MACHINE, 62 },      { WIRE_FIELD_PID, 77 },
		{ WIRE_FIELD_ADDRESS_SHIFT, 4 }, { WIRE_FIELD_WALKER, WIRE_WALKER_AUTO }
	};
	static const uint8_t version[] = { WIRE_MAJOR, 0, WIRE_MINOR, 0 };

	write_all(WIRE_MAGIC, WIRE_MAGIC_SIZE);
	write_all(version, sizeof(version));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		put_varint(&writer, numbers[i][0]);
		put_varint(&writer, 1);
		put_varint(&writer, numbers[i][1]);
	}
	put_varint(&writer, WIRE_FIELD_PROGRAM);
	put_varint(&writer, 6);
	for (const char *c = "stream"; *c; c++)
		put_byte(&writer, (unsigned char)*c);
	send_block(&writer, WIRE_PREAMBLE);
}

static void send_end(uint64_t n_events)
{
	static struct writer writer = { .size = WIRE_BLOCK_HEADER_SIZE, .index = 1 };

	put_varint(&writer, WIRE_END_PROCESS);
	put_varint(&writer, n_events);
	put_varint(&writer, 0);
	send_block(&writer, WIRE_END);
	if (fflush(stdout) != 0)
		exit(1);
}

static uint64_t make_live(uint64_t n)
{
	static struct writer writer = { .thread = 1 };
	uint64_t seq = 0;

	begin_block(&writer);
	for (uint64_t i = 0; i < n; i++) {
		put_alloc(&writer, ++seq, FIRST_ADDRESS + i * 64, draw(N_PATHS));
		refresh(&writer, seq);
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t addr = FIRST_ADDRESS + draw(n) * 64;

		put_free(&writer, ++seq, addr);
		put_alloc(&writer, ++seq, addr, draw(N_PATHS));
		refresh(&writer, seq);
	}
	send_block(&writer, WIRE_RECORDS);
	return seq;
}

// What one thread does in one block; the numbers between are the other's.
static uint64_t make_part(struct writer *writer, uint64_t seq, uint64_t n)
{
	static bool is_live[N_THREADS][N_HELD];
	bool *live = is_live[writer->thread - 1];
	uint64_t base = FIRST_ADDRESS + ((uint64_t)writer->thread << 40);

	while (n-- != 0) {
		uint64_t i = draw(N_HELD);

		if (live[i])
			put_free(writer, seq, base + i * 64);
		else
			put_alloc(writer, seq, base + i * 64, draw(N_PATHS) / 40);
		live[i] = !live[i];
		seq += N_THREADS;
	}
	return seq;
}

static uint64_t make_churn(uint64_t n)
{
	enum { PART = PAYLOAD_SIZE / 32 };
	static struct writer writers[N_THREADS];
	uint64_t n_done = 0;

	for (uint32_t i = 0; i < N_THREADS; i++) {
		writers[i].thread = i + 1;
		writers[i].seq = i;
	}
	while (n_done < n) {
		uint64_t part = n - n_done < N_THREADS * PART ? (n - n_done) / N_THREADS + 1 : PART;

		for (uint32_t i = 0; i < N_THREADS; i++) {
			writers[i].time = n_done / 10;
			begin_block(&writers[i]);
			make_part(&writers[i], n_done + i + 1, part);
			send_block(&writers[i], WIRE_RECORDS);
		}
		n_done += part * N_THREADS;
	}
	return n_done;
}

static uint64_t make_stacks(uint64_t n)
{
	static struct writer writer = { .thread = 1 };
	uint64_t seq = 0, depth = 0;

	begin_block(&writer);
	for (uint64_t n_frames = 0; n_frames < n;) {
		uint64_t n_new = 1 + draw(5), keep = 20 - draw(12);

		keep = keep < depth ? keep : depth;
		depth = keep + n_new;
		put_head(&writer, WIRE_OP_ALLOC | WIRE_FLAG_STACK, ++seq);
		put_varint(&writer, 24);
		put_addr(&writer, FIRST_ADDRESS);
		put_varint(&writer, keep);
		put_varint(&writer, n_new << WIRE_CUT_BITS);
		for (uint64_t i = 0; i < n_new; i++)
			put_frame(&writer, (unsigned)draw(N_PCS));
		n_frames += n_new;
		put_free(&writer, ++seq, FIRST_ADDRESS);
		if (is_full(&writer))
			depth = 0;
		refresh(&writer, seq);
	}
	send_block(&writer, WIRE_RECORDS);
	return seq;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint64_t (*make)(uint64_t n);
	} kinds[] = { { "live", make_live }, { "churn", make_churn }, { "stacks", make_stacks } };
	static char buffer[1 << 20];

	if (argc < 3) {
		fputs("usage: streams live|churn|stacks N [SEED]\n", stderr);
		return 2;
	}
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			send_head();
			send_end(kinds[i].make(strtoull(argv[2], NULL, 10)));
			return 0;
		}
	}
	fprintf(stderr, "streams: no kind %s\n", argv[1]);
	return 2;
}
