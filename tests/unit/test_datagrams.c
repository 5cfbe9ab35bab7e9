// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams: a stream is the same whole whatever becomes of its order; what is missing is asked for, given up in time, and told.
#include "datagrams.h"

#include <stdint.h>
#include <string.h>

#include "check.h"

enum { SIZE = 4000, PIECE = 100, N_PIECES = SIZE / PIECE };

static uint8_t stream[SIZE], seen[SIZE];
static size_t n_seen, n_given_up;

static uint32_t odds(void)
{
	static uint32_t state = 5;
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void take_all(struct datagrams *datagrams, uint64_t now, bool is_last)
{
	for (;;) {
		uint64_t n_lost;
		const struct datagram_piece *piece =
			datagrams_take(datagrams, now, is_last, &n_lost);
		n_given_up += n_lost;
		if (!piece) {
			return;
		}
		CHECK(piece->position + piece->n <= SIZE);
		memcpy(seen + piece->position, piece->bytes, piece->n);
		n_seen += piece->n;
	}
}

static void put(struct datagrams *datagrams, size_t position, size_t n, uint64_t now)
{
	struct datagram datagram = { .type = WIRE_DATAGRAM_BYTES,
				     .position = position,
				     .bytes = stream + position,
				     .n = n };
	datagrams_put(datagrams, &datagram, now);
}

static void begin(void)
{
	memset(seen, 0, sizeof(seen));
	n_seen = n_given_up = 0;
	for (size_t i = 0; i < SIZE; i++) {
		stream[i] = (uint8_t)(1 + odds() % 255);
	}
}

static void any_order_and_overlap_is_the_same_stream(void)
{
	for (int round = 0; round < 200; round++) {
		struct datagrams datagrams = { 0 };
		begin();
		for (int i = 0; i < 4 * N_PIECES; i++) {
			size_t position = odds() % SIZE, n = odds() % (3 * PIECE);
			put(&datagrams, position, n < SIZE - position ? n : SIZE - position, 1);
			if (i % 3 == 0) {
				take_all(&datagrams, 1, false);
			}
		}
		for (size_t i = 0; i < N_PIECES; i++) {
			put(&datagrams, i * 7 % N_PIECES * PIECE, PIECE, 1);
		}
		take_all(&datagrams, 1, false);
		CHECK(n_seen == SIZE && n_given_up == 0 && memcmp(seen, stream, SIZE) == 0);
		CHECK(datagrams.n_bytes == 0 && !datagrams_lack(&datagrams));
		datagrams_free(&datagrams);
	}
}

static void what_does_not_come_is_given_up_in_time(void)
{
	struct datagrams datagrams = { 0 };
	struct datagram_range ranges[WIRE_DATAGRAM_RANGES_MAX];
	begin();
	put(&datagrams, 0, 100, 1000);
	put(&datagrams, 300, 100, 1000);
	put(&datagrams, 500, 100, 1500);
	put(&datagrams, 900, 0, 1600);
	take_all(&datagrams, 1600, false);
	CHECK(n_seen == 100 && datagrams_lack(&datagrams));
	CHECK(datagrams_ask(&datagrams, 1600, ranges, WIRE_DATAGRAM_RANGES_MAX) == 3);
	CHECK(ranges[0].position == 100 && ranges[0].n == 200);
	CHECK(ranges[1].position == 400 && ranges[1].n == 100);
	CHECK(ranges[2].position == 600 && ranges[2].n == 300);
	CHECK(datagrams_ask(&datagrams, 1601, ranges, WIRE_DATAGRAM_RANGES_MAX) == 0);
	CHECK(datagrams_ask(&datagrams, 1700, ranges, 1) == 1);
	take_all(&datagrams, 1000 + DATAGRAMS_PATIENCE_MS, false);
	CHECK(n_seen == 200 && n_given_up == 200 && datagrams.next == 400);
	put(&datagrams, 250, 200, 2400); // too late for most of it
	take_all(&datagrams, 2400, false);
	CHECK(n_seen == 250 && datagrams.next == 450);
	take_all(&datagrams, 1500 + DATAGRAMS_PATIENCE_MS, false);
	CHECK(n_seen == 350 && n_given_up == 250 && datagrams.next == 600);
	take_all(&datagrams, 14550, true);
	CHECK(n_seen == 350 && n_given_up == 550 && datagrams.next == 900);
	datagrams_free(&datagrams);
}

static void the_last_bytes_come_again_around_others(void)
{
	struct datagrams datagrams = { 0 };
	begin();
	put(&datagrams, 0, 100, 1);
	put(&datagrams, 250, 30, 1);
	put(&datagrams, 200, 200, 1);
	take_all(&datagrams, 1, true);
	CHECK(n_seen == 300 && n_given_up == 100 && datagrams.next == 400);
	datagrams_free(&datagrams);
}

static void a_foreign_datagram_is_told(void)
{
	uint8_t bytes[WIRE_DATAGRAM_HEADER_SIZE + 3] = WIRE_DATAGRAM;
	struct datagram datagram;
	bytes[WIRE_DATAGRAM_TYPE_AT] = WIRE_DATAGRAM_BYTES;
	bytes[WIRE_DATAGRAM_POSITION_AT + 1] = 2;
	CHECK(datagram_read(&datagram, bytes, sizeof(bytes)));
	CHECK(datagram.position == 512 && datagram.n == 3 && datagram.bytes[0] == 0);
	for (size_t size = 0; size < WIRE_DATAGRAM_HEADER_SIZE; size++) {
		CHECK(!datagram_read(&datagram, bytes, size));
	}
	bytes[WIRE_DATAGRAM_POSITION_AT + 7] = 0xff;
	CHECK(!datagram_read(&datagram, bytes, sizeof(bytes)));
	bytes[WIRE_DATAGRAM_POSITION_AT + 7] = 0;
	bytes[WIRE_DATAGRAM_TYPE_AT] = WIRE_DATAGRAM_ANSWER;
	CHECK(!datagram_read(&datagram, bytes, sizeof(bytes)));
	bytes[WIRE_DATAGRAM_TYPE_AT] = WIRE_DATAGRAM_END;
	bytes[0] = 0;
	CHECK(!datagram_read(&datagram, bytes, sizeof(bytes)));
}

static void what_waits_is_bounded(void)
{
	static uint8_t bytes[60000];
	struct datagrams datagrams = { 0 };
	struct datagram datagram = { .type = WIRE_DATAGRAM_BYTES,
				     .bytes = bytes,
				     .n = sizeof(bytes) };
	uint64_t n_lost, n_all = 0;
	for (datagram.position = 1; datagram.position < (uint64_t)20 << 20;
	     datagram.position += 60000) {
		datagrams_put(&datagrams, &datagram, 1);
		while (datagrams_take(&datagrams, 1, false, &n_lost)) {
			n_all += n_lost;
		}
		CHECK(datagrams.n_bytes <= DATAGRAMS_WAITING_MAX + sizeof(bytes));
	}
	CHECK(n_all == 1);
	datagrams_free(&datagrams);
}

int main(void)
{
	any_order_and_overlap_is_the_same_stream();
	what_does_not_come_is_given_up_in_time();
	the_last_bytes_come_again_around_others();
	a_foreign_datagram_is_told();
	what_waits_is_bounded();
	return check_result();
}
