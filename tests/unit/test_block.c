// SPDX-License-Identifier: GPL-3.0-or-later
// Block headers and the CRC against published values and hand-written bytes.
#include "libdumpalloc/block.h"

#include "stream_check.h"

// The check values of CRC-32/ISO-HDLC (zlib, gzip).
static void crc_has_the_published_values(void)
{
	CHECK_EQ(block_crc(0, "", 0), 0);
	CHECK_EQ(block_crc(0, "a", 1), 0xe8b7be43);
	CHECK_EQ(block_crc(0, "123456789", 9), 0xcbf43926);
	CHECK_EQ(block_crc(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339);
}

static void crc_continues_over_any_split_and_alignment(void)
{
	uint8_t bytes[100];
	pattern_fill(bytes, sizeof bytes, 0, 1);

	for (size_t first = 0; first < 20; first++) {
		for (size_t n = 0; first + n <= sizeof bytes; n++) {
			uint32_t whole = stream_crc(0, bytes + first, n);
			CHECK_EQ(block_crc(0, bytes + first, n), whole);
			CHECK_EQ(block_crc(block_crc(0, bytes + first, n / 3),
					   bytes + first + n / 3, n - n / 3),
				 whole);
		}
	}
}

static void header_is_byte_exact(void)
{
	static const uint8_t expected[] = {
		0xda, 0x7a, 0xb1, 0x0c, 2,    0,    0, 0, 0x04, 0x03,
		0x02, 0x01, 0x78, 0x56, 0x34, 0x12, 9, 0, 0,    0,
	};
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[] = { { "1234", 4 }, { "56789", 5 } };

	block_header(header, WIRE_RECORDS, 0x01020304, 0x12345678, parts, 2);
	CHECK(memcmp(header, expected, sizeof expected) == 0);
	uint32_t crc = stream_crc(0, expected + 4, 16);
	CHECK_EQ(stream_u32(header + 20), stream_crc(crc, (const uint8_t *)"123456789", 9));
}

static void stream_header_is_byte_exact(void)
{
	static const uint8_t expected[] = { 0x89, 'D', 'A', 'L', 'L', 'O', 'C', '\n', 1, 0, 0, 0 };
	uint8_t header[WIRE_HEADER_SIZE];

	block_stream_header(header);
	CHECK(sizeof expected == sizeof header && memcmp(header, expected, sizeof header) == 0);
}

static void end_payload_is_three_varints(void)
{
	static const uint8_t expected[] = { 2,    0x80, 0x01, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
	uint8_t payload[BLOCK_END_MAX];

	CHECK_EQ(block_end_payload(payload, WIRE_END_EXEC, 128, UINT64_MAX), sizeof expected);
	CHECK(memcmp(payload, expected, sizeof expected) == 0);
}

int main(void)
{
	crc_has_the_published_values();
	crc_continues_over_any_split_and_alignment();
	header_is_byte_exact();
	stream_header_is_byte_exact();
	end_payload_is_three_varints();
	return check_result();
}
