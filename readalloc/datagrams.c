// SPDX-License-Identifier: GPL-3.0-or-later
// A stream in datagrams (FORMAT.md, section 11): put in order, those that come twice left out, what is missing told.
#include "datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "util.h"

enum {
	PIECES_MAX = 64 << 10,
	ASK_FIRST_MS = 10, // what only comes out of order comes by itself
	ASK_AGAIN_MS = 50,
};

// No stream gets there; so no sum of a position and a size wraps.
static const uint64_t POSITION_MAX = UINT64_MAX / 2;

static uint64_t number_read(const uint8_t *at)
{
	return bytes_u32(at) | (uint64_t)bytes_u32(at + 4) << 32;
}

static void number_write(uint8_t *at, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		at[i] = (uint8_t)(number >> 8 * i);
	}
}

bool datagram_read(struct datagram *datagram, const uint8_t *bytes, size_t size)
{
	if (size < WIRE_DATAGRAM_HEADER_SIZE ||
	    memcmp(bytes, WIRE_DATAGRAM, WIRE_DATAGRAM_SIGN_SIZE) != 0) {
		return false;
	}
	datagram->type = (enum wire_datagram)bytes[WIRE_DATAGRAM_TYPE_AT];
	memcpy(datagram->identity.bytes, bytes + WIRE_DATAGRAM_ID_AT, WIRE_STREAM_ID_SIZE);
	datagram->position = number_read(bytes + WIRE_DATAGRAM_POSITION_AT);
	datagram->bytes = bytes + WIRE_DATAGRAM_HEADER_SIZE;
	datagram->n = size - WIRE_DATAGRAM_HEADER_SIZE;
	return (datagram->type == WIRE_DATAGRAM_BYTES || datagram->type == WIRE_DATAGRAM_END) &&
	       datagram->position <= POSITION_MAX;
}

size_t datagram_answer(uint8_t answer[DATAGRAM_ANSWER_MAX], const struct identity *identity,
		       uint64_t position, const struct datagram_range *ranges, size_t n_ranges)
{
	uint8_t *at = answer + WIRE_DATAGRAM_HEADER_SIZE;
	memset(answer, 0, WIRE_DATAGRAM_HEADER_SIZE);
	memcpy(answer, WIRE_DATAGRAM, WIRE_DATAGRAM_SIGN_SIZE);
	answer[WIRE_DATAGRAM_TYPE_AT] = WIRE_DATAGRAM_ANSWER;
	memcpy(answer + WIRE_DATAGRAM_ID_AT, identity->bytes, WIRE_STREAM_ID_SIZE);
	number_write(answer + WIRE_DATAGRAM_POSITION_AT, position, sizeof(position));
	for (size_t i = 0; i < n_ranges; i++, at += WIRE_DATAGRAM_RANGE_SIZE) {
		number_write(at, ranges[i].position, sizeof(ranges[i].position));
		number_write(at + sizeof(ranges[i].position), ranges[i].n, sizeof(ranges[i].n));
	}
	return (size_t)(at - answer);
}

// Forgets the pieces that have been taken.
static void taken_free(struct datagrams *datagrams)
{
	size_t n = datagrams->n_taken;
	for (size_t i = 0; i < n; i++) {
		free(datagrams->pieces[i].bytes);
	}
	datagrams->n -= n;
	datagrams->n_taken = 0;
	if (n != 0 && datagrams->n != 0) {
		memmove(datagrams->pieces, datagrams->pieces + n,
			datagrams->n * sizeof(*datagrams->pieces));
	}
}

void datagrams_free(struct datagrams *datagrams)
{
	datagrams->n_taken = datagrams->n;
	taken_free(datagrams);
	free(datagrams->pieces);
	*datagrams = (struct datagrams){ 0 };
}

static uint64_t piece_end(const struct datagram_piece *piece)
{
	return piece->position + piece->n;
}

bool datagrams_lack(const struct datagrams *datagrams)
{
	const struct datagram_piece *first = datagrams->pieces + datagrams->n_taken;
	return datagrams->n != datagrams->n_taken ? first->position > datagrams->next
						  : datagrams->end > datagrams->next;
}

// How long it has been known that what comes next is missing; 0: it is not, or not for long.
static uint64_t gap_age(const struct datagrams *datagrams, uint64_t now_ms)
{
	if (!datagrams_lack(datagrams)) {
		return 0;
	}
	return now_ms - (datagrams->n != datagrams->n_taken
				 ? datagrams->pieces[datagrams->n_taken].since_ms
				 : datagrams->end_since_ms);
}

// Puts the bytes between those of the piece before it and the one at `i`.
static void piece_insert(struct datagrams *datagrams, size_t i, const struct datagram_piece *piece)
{
	if (datagrams->n == datagrams->room) {
		datagrams->room = grown_capacity(datagrams->n, 0);
		datagrams->pieces =
			xrealloc(datagrams->pieces, datagrams->room, sizeof(*datagrams->pieces));
	}
	memmove(datagrams->pieces + i + 1, datagrams->pieces + i,
		(datagrams->n - i) * sizeof(*datagrams->pieces));
	datagrams->pieces[i] = *piece;
	datagrams->pieces[i].bytes = xcalloc(piece->n, 1);
	memcpy(datagrams->pieces[i].bytes, piece->bytes, piece->n);
	datagrams->n++;
	datagrams->n_bytes += piece->n;
}

// Where a piece that begins at `position` goes.
static size_t place_find(const struct datagrams *datagrams, uint64_t position)
{
	size_t low = 0, high = datagrams->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (datagrams->pieces[middle].position <= position) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void front_cut(struct datagram_piece *piece, uint64_t position)
{
	if (piece->position < position) {
		uint64_t n = position - piece->position;
		n = n < piece->n ? n : piece->n;
		piece->position += n;
		piece->bytes += n;
		piece->n -= (size_t)n;
	}
}

void datagrams_put(struct datagrams *datagrams, const struct datagram *datagram, uint64_t now_ms)
{
	struct datagram_piece piece = { .position = datagram->position,
					.bytes = (uint8_t *)(uintptr_t)datagram->bytes,
					.n = datagram->n,
					.since_ms = now_ms };
	taken_free(datagrams);
	if (piece_end(&piece) > datagrams->end) {
		datagrams->end = piece_end(&piece);
		datagrams->end_since_ms = now_ms;
	}
	front_cut(&piece, datagrams->next);
	// What is new of it lies between others that wait, or behind them.
	for (size_t i = place_find(datagrams, piece.position); piece.n != 0; i++) {
		if (i != 0) {
			front_cut(&piece, piece_end(&datagrams->pieces[i - 1]));
		}
		struct datagram_piece part = piece;
		if (i < datagrams->n && piece_end(&part) > datagrams->pieces[i].position) {
			part.n = (size_t)(datagrams->pieces[i].position - part.position);
		}
		if (part.n != 0) {
			piece_insert(datagrams, i, &part);
		}
		front_cut(&piece, piece_end(&part));
		i += part.n != 0;
	}
}

static bool gap_is_given_up(const struct datagrams *datagrams, uint64_t now_ms)
{
	return datagrams->n_bytes > DATAGRAMS_WAITING_MAX || datagrams->n > PIECES_MAX ||
	       gap_age(datagrams, now_ms) >= DATAGRAMS_PATIENCE_MS;
}

const struct datagram_piece *datagrams_take(struct datagrams *datagrams, uint64_t now_ms,
					    bool is_last, uint64_t *n_lost)
{
	*n_lost = 0;
	bool has_piece = datagrams->n != datagrams->n_taken;
	const struct datagram_piece *piece = datagrams->pieces + datagrams->n_taken;
	if (datagrams_lack(datagrams)) {
		if (!is_last && !gap_is_given_up(datagrams, now_ms)) {
			return NULL;
		}
		*n_lost = (has_piece ? piece->position : datagrams->end) - datagrams->next;
		datagrams->next += *n_lost;
	}
	if (!has_piece) {
		return NULL;
	}
	datagrams->next = piece_end(piece);
	datagrams->n_bytes -= piece->n;
	datagrams->n_taken++;
	return piece;
}

static bool range_add(struct datagram_range *range, uint64_t from, uint64_t to)
{
	if (from >= to) {
		return false;
	}
	range->position = from;
	range->n = to - from < UINT32_MAX ? (uint32_t)(to - from) : UINT32_MAX;
	return true;
}

size_t datagrams_ask(struct datagrams *datagrams, uint64_t now_ms, struct datagram_range *ranges,
		     size_t most)
{
	uint64_t at = datagrams->next;
	size_t n = 0;
	if (gap_age(datagrams, now_ms) < ASK_FIRST_MS ||
	    now_ms - datagrams->asked_ms < ASK_AGAIN_MS) {
		return 0;
	}
	datagrams->asked_ms = now_ms;
	for (size_t i = datagrams->n_taken; i < datagrams->n && n < most; i++) {
		n += range_add(&ranges[n], at, datagrams->pieces[i].position);
		at = piece_end(&datagrams->pieces[i]);
	}
	if (n < most) {
		n += range_add(&ranges[n], at, datagrams->end);
	}
	return n;
}
