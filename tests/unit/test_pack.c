// SPDX-License-Identifier: GPL-3.0-or-later
// Members of a gzip file: zlib makes of them what went in, whatever that was, and they are as long as they say.
#include "libdumpalloc/pack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "check.h"

enum { SIZE_MOST = 1 << 20, N_PARTS = 3, N_MARKS = 250 };

static uint8_t bytes[SIZE_MOST], member[2 * SIZE_MOST], back[SIZE_MOST + 1];
static uint32_t state;

static uint32_t chance(uint32_t n)
{
	state = state * 1103515245 + 12345;
	return (state >> 8) % n;
}

// Packs the first `size` bytes, in parts, and compares. Returns the size of the member.
static size_t pack_and_compare(size_t size, bool is_plain)
{
	size_t first = size / 3, second = size / 5, n = 0;
	struct iovec parts[N_PARTS] = { { bytes, first },
					{ bytes + first, second },
					{ bytes + first + second, size - first - second } };
	struct iovec made[N_PARTS + PACK_PARTS_MORE];
	int n_parts = pack_member(parts, N_PARTS, is_plain, made);
	z_stream stream = { .next_out = back, .avail_out = sizeof back };

	CHECK(n_parts > 0 && n_parts <= N_PARTS + PACK_PARTS_MORE);
	for (int i = 0; i < n_parts; i++) {
		memcpy(member + n, made[i].iov_base, made[i].iov_len);
		n += made[i].iov_len;
	}
	CHECK_EQ(pack_member_size(member), n);
	if (is_plain)
		CHECK(memcmp(member + PACK_HEADER_SIZE, bytes, size) == 0);
	stream.next_in = member;
	stream.avail_in = (unsigned)n;
	CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
	CHECK_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
	CHECK_EQ(stream.total_in, n);
	CHECK_EQ(stream.total_out, size);
	CHECK(memcmp(back, bytes, size) == 0);
	inflateEnd(&stream);
	return n;
}

static void short_ones_are_stored(void)
{
	for (size_t size = 0; size <= 200; size++) {
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)chance(256);
		CHECK_EQ(pack_and_compare(size, true),
			 PACK_HEADER_SIZE + size + WIRE_MEMBER_TRAILER_SIZE);
		(void)pack_and_compare(size, false);
	}
}

static void noise_grows_by_little(void)
{
	const size_t sizes[] = { 1000, 65535, 65536, 200000, SIZE_MOST };

	for (size_t i = 0; i < SIZE_MOST; i++)
		bytes[i] = (uint8_t)chance(256);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		CHECK(pack_and_compare(sizes[i], false) <= sizes[i] + sizes[i] / 1000 + 50);
}

static void what_repeats_is_found(void)
{
	memset(bytes, 7, SIZE_MOST);
	CHECK(pack_and_compare(SIZE_MOST, false) < SIZE_MOST / 200);
	CHECK(pack_and_compare(258 + 1, false) < 128);
	// As far back as the format allows, and no further.
	size_t nearest = 0;
	for (size_t distance = 32764; distance < 32774; distance++) {
		for (size_t i = 0; i < distance + N_MARKS; i++)
			bytes[i] = i < N_MARKS    ? (uint8_t)chance(256)
				   : i < distance ? 7
						  : bytes[i - distance];
		size_t n = pack_and_compare(distance + N_MARKS, false);
		nearest = nearest != 0 ? nearest : n;
		CHECK(distance > 32768 ? n > nearest + N_MARKS / 2 : n < nearest + N_MARKS / 2);
	}
}

// Symbols so uneven that their codes would be longer than allowed.
static void uneven_symbols_fit(void)
{
	size_t n = 0;

	for (unsigned symbol = 0, count = 1; n + count <= 8000; symbol++, count += count / 2 + 1) {
		for (unsigned i = 0; i < count; i++)
			bytes[n++] = (uint8_t)(symbol * 3);
	}
	for (size_t i = n - 1; i > 0; i--) {
		size_t other = chance((uint32_t)i + 1);
		uint8_t byte = bytes[i];
		bytes[i] = bytes[other];
		bytes[other] = byte;
	}
	CHECK(pack_and_compare(n, false) < n / 2);
}

// Texts of few words, each of a different size and liveliness.
static void mixtures_come_back(void)
{
	for (unsigned round = 0; round < 60; round++) {
		size_t size = 1 + chance(150000);
		uint32_t n_values = 1 + chance(256), copies = chance(8);
		for (size_t i = 0; i < size; i++)
			bytes[i] = i > 300 && chance(8) < copies ? bytes[i - 1 - chance(300)]
								 : (uint8_t)chance(n_values);
		(void)pack_and_compare(size, false);
	}
}

static void lack_of_memory_is_said(void)
{
	struct iovec part = { bytes, SIZE_MAX / 8 }, made[1 + PACK_PARTS_MORE];

	errno = 0;
	CHECK_EQ(pack_member(&part, 1, false, made), 0);
	CHECK_EQ(errno, ENOMEM);
	CHECK(pack_memory() == NULL);
	part.iov_len = 1000;
	CHECK_EQ(pack_member(&part, 1, true, made), 3);
	CHECK(pack_memory() == NULL);
}

int main(void)
{
	CHECK(pack_memory() == NULL);
	short_ones_are_stored();
	noise_grows_by_little();
	what_repeats_is_found();
	uneven_symbols_fit();
	mixtures_come_back();
	CHECK(pack_memory() != NULL);
	lack_of_memory_is_said();
	return check_result();
}
