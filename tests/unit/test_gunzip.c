// SPDX-License-Identifier: GPL-3.0-or-later
// Gunzip: members that libdumpalloc writes (FORMAT.md, section 2), whole, in pieces, cut off, and damaged at each byte.
#include "gunzip.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "check.h"
#include "libdumpalloc/wire.h"

enum { N_MEMBERS = 3, PLAIN_SIZE = 300, ROOM = 4096 };

static uint8_t file[ROOM];
static size_t file_size, member_ends[N_MEMBERS];
static uint8_t plain[N_MEMBERS][PLAIN_SIZE];

// Something that can be compressed, another for each member.
static void plain_fill(void)
{
	for (unsigned member = 0; member < N_MEMBERS; member++) {
		for (unsigned i = 0; i < PLAIN_SIZE; i++) {
			plain[member][i] = (uint8_t)(i * i / 7 % 13 + 50 * member);
		}
	}
}

// As libdumpalloc does it: the size of the whole in the header of each member.
static void member_put(const uint8_t *bytes)
{
	uint8_t extra[] = { 'D', 'A', 4, 0, 0, 0, 0, 0 };
	gz_header header = { .extra = extra, .extra_len = sizeof(extra), .os = 255 };
	z_stream stream = { 0 };
	uint8_t *out = file + file_size;
	CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	CHECK(deflateSetHeader(&stream, &header) == Z_OK);
	stream.next_in = (uint8_t *)(uintptr_t)bytes;
	stream.avail_in = PLAIN_SIZE;
	stream.next_out = out;
	stream.avail_out = (uInt)(ROOM - file_size);
	CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	out[WIRE_MEMBER_SIZE_AT] = (uint8_t)stream.total_out;
	out[WIRE_MEMBER_SIZE_AT + 1] = (uint8_t)(stream.total_out >> 8);
	CHECK(memcmp(out, WIRE_MEMBER, WIRE_MEMBER_SIZE_AT) == 0);
	file_size += stream.total_out;
	deflateEnd(&stream);
}

struct result {
	uint8_t bytes[ROOM];
	size_t n;
	unsigned n_damaged;
	const char *damage; // the last
};

// Undoes `size` bytes that come `step` at a time, into `room` bytes at a time.
static struct result undo(const uint8_t *bytes, size_t size, size_t step, size_t room)
{
	struct gunzip gunzip = { .form = GUNZIP_UNKNOWN };
	struct gunzip_input input = { .at = bytes };
	struct result result = { .n = 0 };
	size_t at = 0;
	for (;;) {
		size_t n = gunzip_take(&gunzip, &input, result.bytes + result.n, room);
		const char *damage = gunzip_damage(&gunzip);
		result.n += n;
		CHECK(result.n + room <= ROOM);
		if (damage) {
			result.damage = damage;
			result.n_damaged++;
		} else if (n == 0 && input.is_last) {
			break;
		} else if (n == 0) {
			CHECK(input.n < GUNZIP_LEAST);
			size_t more = size - at < step ? size - at : step;
			at += more;
			input.n += more;
			input.is_last = at == size;
		}
	}
	gunzip_reset(&gunzip);
	return result;
}

static bool has_member(const struct result *result, unsigned member)
{
	return memmem(result->bytes, result->n, plain[member], PLAIN_SIZE) != NULL;
}

static void members_are_put_together(void)
{
	const size_t steps[] = { 1, 7, 20, ROOM };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (size_t room = 1; room <= ROOM / 4; room *= 32) {
			struct result result = undo(file, file_size, steps[i], room);
			CHECK_EQ(result.n_damaged, 0);
			CHECK_EQ(result.n, N_MEMBERS * PLAIN_SIZE);
			CHECK(memcmp(result.bytes, plain, sizeof(plain)) == 0);
		}
	}
}

static void cut_off_file_keeps_what_came(void)
{
	for (size_t size = 1; size < file_size; size++) {
		struct result result = undo(file, size, 11, 500);
		bool is_between = size == member_ends[0] || size == member_ends[1];
		CHECK_EQ(result.n_damaged, size >= 2 && !is_between);
		for (unsigned member = 0; member < N_MEMBERS; member++) {
			CHECK(size < member_ends[member] || has_member(&result, member));
		}
	}
}

// Whichever byte is damaged, all other members come whole, and it is said.
static void damage_costs_one_member(void)
{
	uint8_t flipped[ROOM];
	for (size_t at = 0; at < file_size; at++) {
		memcpy(flipped, file, file_size);
		flipped[at] ^= (uint8_t)(1 << at % 8);
		struct result result = undo(flipped, file_size, 64, 500);
		size_t begin = 0;
		for (unsigned member = 0; member < N_MEMBERS; member++) {
			bool is_hit = at >= begin && at < member_ends[member];
			CHECK(is_hit || has_member(&result, member));
			// Bytes that say nothing are no loss.
			CHECK(result.n_damaged != 0 || has_member(&result, member));
			begin = member_ends[member];
		}
		CHECK(result.n_damaged <= 1);
		CHECK(!result.damage || strcmp(result.damage, "the gzip data is damaged") == 0);
	}
}

// A member of no bytes would be begun again and again.
static void too_small_size_is_damage(void)
{
	for (uint8_t size = 0; size < WIRE_MEMBER_HEADER_SIZE + WIRE_MEMBER_TRAILER_SIZE; size++) {
		uint8_t small[ROOM];
		memcpy(small, file, file_size);
		small[member_ends[0] + WIRE_MEMBER_SIZE_AT] = size;
		small[member_ends[0] + WIRE_MEMBER_SIZE_AT + 1] = 0;
		struct result result = undo(small, file_size, 64, 500);
		CHECK_EQ(result.n_damaged, 1);
		CHECK(has_member(&result, 0) && has_member(&result, 2));
	}
}

// What is missing of a member is taken from the next one before it is seen.
static void missing_bytes_cost_two_members(void)
{
	const size_t n = 30;
	uint8_t holed[ROOM];
	for (size_t at = WIRE_MEMBER_HEADER_SIZE; at + n <= member_ends[0]; at++) {
		memcpy(holed, file, at);
		memcpy(holed + at, file + at + n, file_size - at - n);
		struct result result = undo(holed, file_size - n, 64, 500);
		CHECK(has_member(&result, 2));
		CHECK_EQ(result.n_damaged, 1);
	}
}

int main(void)
{
	plain_fill();
	for (unsigned member = 0; member < N_MEMBERS; member++) {
		member_put(plain[member]);
		member_ends[member] = file_size;
	}
	members_are_put_together();
	cut_off_file_keeps_what_came();
	damage_costs_one_member();
	too_small_size_is_damage();
	missing_bytes_cost_two_members();
	return check_result();
}
