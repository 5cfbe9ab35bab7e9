// SPDX-License-Identifier: GPL-3.0-or-later
// Undoes gzip, which is known by its first bytes; what is not compressed stays as it is.
#define ZLIB_CONST
#include "gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cursor.h"
#include "libdumpalloc/wire.h"
#include "util.h"

enum {
	MAGIC_SIZE = 2,
	MARK_AT = 12, // where the sign of libdumpalloc is in a member's header
	PIECE_MOST = 1 << 30,
	WINDOW_BITS = 15 + 16, // zlib: the largest window, gzip framing only
};

_Static_assert((int)GUNZIP_LEAST == (int)WIRE_MEMBER_HEADER_SIZE, "a header can be looked at");

static const char DAMAGED[] = "the gzip data is damaged";

void gunzip_reset(struct gunzip *gunzip)
{
	if (gunzip->stream) {
		inflateEnd(gunzip->stream);
	}
	free(gunzip->stream);
	*gunzip = (struct gunzip){ .form = GUNZIP_UNKNOWN };
}

const char *gunzip_damage(struct gunzip *gunzip)
{
	const char *damage = gunzip->damage;
	gunzip->damage = NULL;
	return damage;
}

bool gunzip_is_over(const struct gunzip *gunzip)
{
	return gunzip->form == GUNZIP_LOST && !gunzip->is_marked;
}

static void input_skip(struct gunzip_input *input, size_t n)
{
	input->at += n;
	input->n -= n;
}

static bool has_magic(const struct gunzip_input *input)
{
	return input->n >= MAGIC_SIZE && memcmp(input->at, WIRE_MEMBER, MAGIC_SIZE) == 0;
}

// Whether it has what no other member has, whatever became of the rest of its header.
static bool has_mark(const struct gunzip_input *input)
{
	return input->n >= WIRE_MEMBER_HEADER_SIZE &&
	       memcmp(input->at + MARK_AT, &WIRE_MEMBER[MARK_AT], WIRE_MEMBER_SIZE_AT - MARK_AT) ==
		       0;
}

static bool is_marked_member(const struct gunzip_input *input)
{
	return input->n >= WIRE_MEMBER_HEADER_SIZE &&
	       memcmp(input->at, WIRE_MEMBER, WIRE_MEMBER_SIZE_AT) == 0 &&
	       bytes_u32(input->at + WIRE_MEMBER_SIZE_AT) >=
		       WIRE_MEMBER_HEADER_SIZE + WIRE_MEMBER_TRAILER_SIZE;
}

// All that may tell what it is has come, and differs from plain bytes early.
static bool is_enough(const struct gunzip_input *input)
{
	return input->is_last || input->n >= WIRE_MEMBER_HEADER_SIZE;
}

static void lose(struct gunzip *gunzip, const char *damage)
{
	gunzip->form = GUNZIP_LOST;
	gunzip->has_output = false;
	gunzip->damage = damage;
}

void gunzip_lose(struct gunzip *gunzip)
{
	if (gunzip->form == GUNZIP_BETWEEN || gunzip->form == GUNZIP_MEMBER) {
		lose(gunzip, NULL);
	}
}

static void form_find(struct gunzip *gunzip, const struct gunzip_input *input)
{
	if (input->n != 0 && memcmp(input->at, WIRE_MAGIC, 1) == 0) {
		gunzip->form = GUNZIP_PLAIN;
	} else if (has_magic(input)) {
		gunzip->form = GUNZIP_BETWEEN;
	} else if (is_enough(input)) {
		gunzip->form = GUNZIP_PLAIN;
		if (has_mark(input)) {
			gunzip->is_marked = true;
			lose(gunzip, DAMAGED);
		}
	}
}

// False: more must come.
static bool member_begin(struct gunzip *gunzip, struct gunzip_input *input)
{
	while (input->n != 0 && input->at[0] == 0) {
		input_skip(input, 1);
	}
	if (input->n == 0 || !is_enough(input)) {
		return false;
	}
	bool is_marked = is_marked_member(input);
	gunzip->is_marked = gunzip->is_marked || is_marked || has_mark(input);
	if (gunzip->is_marked ? !is_marked : !has_magic(input)) {
		lose(gunzip,
		     gunzip->is_marked ? DAMAGED : "the gzip data is followed by something else");
		return true;
	}
	bool is_new = !gunzip->stream;
	if (is_new) {
		gunzip->stream = xcalloc(1, sizeof(*gunzip->stream));
	}
	if ((is_new ? inflateInit2(gunzip->stream, WINDOW_BITS) : inflateReset(gunzip->stream)) !=
	    Z_OK) {
		die("memory: none left");
	}
	gunzip->form = GUNZIP_MEMBER;
	gunzip->member_in = gunzip->n_in - input->n;
	gunzip->n_out = 0;
	gunzip->n_left = is_marked ? bytes_u32(input->at + WIRE_MEMBER_SIZE_AT) : UINT64_MAX;
	return true;
}

// Looks for where the next member may begin. False: more must come.
static bool member_search(struct gunzip *gunzip, struct gunzip_input *input)
{
	while (!is_marked_member(input)) {
		if (input->n < WIRE_MEMBER_HEADER_SIZE) {
			input_skip(input, input->is_last ? input->n : 0);
			return false;
		}
		const uint8_t *next = memchr(input->at + 1, WIRE_MEMBER[0] & 0xff, input->n - 1);
		input_skip(input, next ? (size_t)(next - input->at) : input->n);
	}
	gunzip->form = GUNZIP_BETWEEN;
	return true;
}

static size_t smaller(uint64_t one, size_t two)
{
	size_t least = one < two ? (size_t)one : two;
	return least < PIECE_MOST ? least : PIECE_MOST;
}

static size_t member_take(struct gunzip *gunzip, struct gunzip_input *input, uint8_t *out,
			  size_t room)
{
	z_stream *stream = gunzip->stream;
	size_t n_in = smaller(gunzip->n_left, input->n);
	size_t n_room = smaller(room, room);
	stream->next_in = input->at;
	stream->avail_in = (uInt)n_in;
	stream->next_out = out;
	stream->avail_out = (uInt)n_room;
	int result = inflate(stream, Z_NO_FLUSH);
	size_t n_taken = n_in - stream->avail_in;
	input_skip(input, n_taken);
	gunzip->n_left -= gunzip->n_left != UINT64_MAX ? n_taken : 0;
	gunzip->has_output = stream->avail_out == 0;
	gunzip->n_out += n_room - stream->avail_out;
	if (result == Z_STREAM_END) {
		gunzip->form = GUNZIP_BETWEEN;
		gunzip->has_output = false;
	} else if ((result != Z_OK && result != Z_BUF_ERROR) ||
		   (gunzip->n_left == 0 && !gunzip->has_output)) {
		lose(gunzip, DAMAGED);
	} else if (input->is_last && input->n == 0 && !gunzip->has_output) {
		lose(gunzip, "the gzip data is cut off");
	}
	return n_room - stream->avail_out;
}

static size_t plain_take(struct gunzip_input *input, uint8_t *out, size_t room)
{
	size_t n = smaller(room, input->n);
	memcpy(out, input->at, n);
	input_skip(input, n);
	return n;
}

size_t gunzip_take(struct gunzip *gunzip, struct gunzip_input *input, uint8_t *out, size_t room)
{
	size_t n = 0;
	bool goes_on = true;
	gunzip->n_in += input->n; // from here on with what is still to be taken
	while (n == 0 && goes_on && !gunzip->damage) {
		switch (gunzip->form) {
		case GUNZIP_UNKNOWN:
			form_find(gunzip, input);
			goes_on = gunzip->form != GUNZIP_UNKNOWN;
			break;
		case GUNZIP_PLAIN:
			n = plain_take(input, out, room);
			goes_on = false;
			break;
		case GUNZIP_BETWEEN:
			goes_on = member_begin(gunzip, input);
			break;
		case GUNZIP_MEMBER:
			n = member_take(gunzip, input, out, room);
			goes_on = input->n != 0 || gunzip->form != GUNZIP_MEMBER;
			break;
		case GUNZIP_LOST:
			goes_on = member_search(gunzip, input);
			break;
		}
	}
	gunzip->n_in -= input->n;
	return n;
}
