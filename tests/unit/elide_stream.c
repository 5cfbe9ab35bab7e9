// SPDX-License-Identifier: GPL-3.0-or-later
// elide_stream LIMIT RING_SIZE FROM TO: writes the recorded stream FROM as the relay would have, had it left out short-lived
// blocks: its events go through rings of that size, in their order and at their times.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "elide_around.h"
#include "libdumpalloc/block.h"
#include "libdumpalloc/drain.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/elide_read.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

enum {
	THREADS_MOST = 1000,
	TURN_MS = REGION_TICK_MS, // how often the relay looks
	FIELD_MOST = 3 * WIRE_VARINT_MAX,
};

// What a thread has recorded, and how far it is in the rings.
struct thread {
	uint8_t *bytes;
	size_t size, capacity;
	struct ring ring; // all of it
	struct elide_reader reader;
	uint32_t published;
};

static struct thread threads[THREADS_MOST];
static uint32_t n_threads;
static FILE *out;
static struct sink sink = { .fd = -1 };
static uint32_t n_loose; // blocks of no thread

static void fail(const char *what)
{
	fprintf(stderr, "elide_stream: %s\n", what);
	exit(1);
}

bool sink_has_room(struct sink *to, size_t n)
{
	(void)to;
	(void)n;
	return true;
}

static void write_block(enum wire_block type, uint32_t thread, uint32_t index, const uint8_t *bytes,
			size_t size)
{
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	const struct iovec part = { (void *)bytes, size };

	block_header(header, type, thread, index, &part, 1);
	if (fwrite(header, sizeof header, 1, out) != 1 || fwrite(bytes, 1, size, out) != size)
		fail("cannot write");
}

bool drain_records(struct sink *to, uint32_t thread, uint32_t index, const uint8_t *records,
		   size_t size)
{
	(void)to;
	write_block(WIRE_RECORDS, thread, index, records, size);
	return true;
}

static size_t put_uv(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		at[n++] = (uint8_t)(value | 0x80);
	at[n++] = (uint8_t)value;
	return n;
}

static uint64_t get_uv(const uint8_t **at)
{
	uint64_t value = 0;
	unsigned shift = 0;

	do
		value |= (uint64_t)(**at & 0x7F) << shift;
	while (shift += 7, *(*at)++ & 0x80);
	return value;
}

static void write_preamble(const uint8_t *bytes, size_t size, unsigned limit)
{
	uint8_t *longer = malloc(size + FIELD_MOST), number[WIRE_VARINT_MAX];
	size_t n = size, n_number = put_uv(number, limit);

	if (longer == NULL)
		fail("no memory");
	memcpy(longer, bytes, size);
	n += put_uv(longer + n, WIRE_FIELD_ELIDE_LIMIT);
	n += put_uv(longer + n, n_number);
	memcpy(longer + n, number, n_number);
	write_block(WIRE_PREAMBLE, 0, n_loose++, longer, n + n_number);
	free(longer);
}

static void take_records(uint32_t number, const uint8_t *bytes, size_t size)
{
	if (number == 0 || number >= THREADS_MOST)
		fail("too many threads");
	struct thread *thread = &threads[number];
	if (number > n_threads)
		n_threads = number;
	if (thread->size + size > thread->capacity) {
		size_t capacity = thread->capacity != 0 ? thread->capacity : 1 << 20;
		while (capacity < thread->size + size)
			capacity *= 2;
		thread->bytes = realloc(thread->bytes, capacity);
		thread->capacity = capacity;
		if (thread->bytes == NULL || capacity > UINT32_MAX / 2)
			fail("no memory");
	}
	memcpy(thread->bytes + thread->size, bytes, size);
	thread->size += size;
}

static void make_region(uint32_t ring_size)
{
	size_t n = n_threads + 1;
	struct region *region =
		aligned_alloc(REGION_LINE, sizeof(*region) + n * sizeof(struct ring));

	if (region == NULL)
		fail("no memory");
	memset(region, 0, sizeof(*region) + n * sizeof(struct ring));
	region_current = region;
	region->n_rings = (uint32_t)n;
	region->ring_size = ring_size;
	atomic_store(&region->n_threads, n_threads);
	atomic_store(&region->n_rings_used, (uint32_t)n);
	for (uint32_t i = 1; i <= n_threads; i++) {
		struct ring *ring = &region->rings[i];
		struct thread *thread = &threads[i];
		ring->size = ring_size;
		ring->bytes = malloc(ring_size);
		ring->thread = i;
		if (ring->bytes == NULL)
			fail("no memory");
		thread->ring =
			(struct ring){ .size = (uint32_t)thread->capacity, .bytes = thread->bytes };
		thread->reader.ring = &thread->ring;
		(void)elide_read(&thread->reader, (uint32_t)thread->size);
	}
}

static void look(bool has_moved)
{
	if (!elide_rings(&sink, &has_moved))
		fail("the sink failed");
}

// The next record of the thread goes to its ring.
static void publish(uint32_t number)
{
	struct thread *thread = &threads[number];
	struct ring *ring = &region_current->rings[number];
	struct elide_reader *reader = &thread->reader;
	uint32_t n = reader->at - thread->published;

	// As much as the relay takes for a reason to look, and then a thread that waits for room.
	if (atomic_load(&ring->head) - atomic_load(&ring->tail) + n > ring->size / 2)
		look(false);
	while (atomic_load(&ring->head) - atomic_load(&ring->tail) + n > ring->size) {
		now_ms += TURN_MS;
		look(false);
	}
	atomic_store(&ring->state, RING_TAKEN);
	ring_write(ring, thread->bytes + thread->published, n);
	thread->published = reader->at;
	if (now_ms / TURN_MS < reader->time / (1000 * TURN_MS)) {
		now_ms = (uint32_t)(reader->time / 1000);
		look(false);
	}
	reader->has_record = false;
	if (elide_read(reader, (uint32_t)thread->size))
		return;
	// What stands behind the last one has no number.
	ring_write(ring, thread->bytes + thread->published, thread->size - thread->published);
	atomic_store(&ring->state, RING_RELEASED);
}

static void publish_all(void)
{
	for (;;) {
		uint32_t next = 0;
		for (uint32_t i = 1; i <= n_threads; i++) {
			const struct elide_reader *reader = &threads[i].reader;
			if (reader->has_record &&
			    (next == 0 ||
			     reader->record.block.seq < threads[next].reader.record.block.seq))
				next = i;
		}
		if (next == 0)
			break;
		publish(next);
	}
	sink.must_wait = true;
	look(true);
}

static void write_end(const uint8_t *payload)
{
	uint8_t end[BLOCK_END_MAX];
	enum wire_end reason = (enum wire_end)get_uv(&payload);
	uint64_t n_events = get_uv(&payload), n_lost = get_uv(&payload);

	write_block(WIRE_END, 0, n_loose++, end,
		    block_end_payload(end, reason, n_events - elide_count(), n_lost));
}

static uint8_t *read_whole(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	struct stat status;

	if (in == NULL || fstat(fileno(in), &status) != 0)
		fail("cannot open the stream");
	*size = (size_t)status.st_size;
	uint8_t *bytes = malloc(*size + 1);
	if (bytes == NULL || fread(bytes, 1, *size, in) != *size || fclose(in) != 0)
		fail("cannot read the stream");
	return bytes;
}

int main(int argc, char **argv)
{
	size_t size;

	if (argc != 5)
		fail("LIMIT RING_SIZE FROM TO");
	unsigned limit = (unsigned)strtoul(argv[1], NULL, 10);
	uint8_t *bytes = read_whole(argv[3], &size);
	const uint8_t *end = NULL;
	out = fopen(argv[4], "wb");
	if (out == NULL || fwrite(bytes, 1, WIRE_HEADER_SIZE, out) != WIRE_HEADER_SIZE)
		fail("cannot write");
	for (size_t at = WIRE_HEADER_SIZE; at + WIRE_BLOCK_HEADER_SIZE <= size;) {
		const uint8_t *header = bytes + at, *payload = header + WIRE_BLOCK_HEADER_SIZE;
		uint32_t length = block_length(header);
		at += WIRE_BLOCK_HEADER_SIZE + length;
		if (at > size)
			fail("the stream is cut off");
		switch ((enum wire_block)header[WIRE_BLOCK_TYPE_AT]) {
		case WIRE_PREAMBLE:
			write_preamble(payload, length, limit);
			break;
		case WIRE_RECORDS:
			take_records(block_u32(header + WIRE_BLOCK_THREAD_AT), payload, length);
			break;
		case WIRE_MEMORY:
			write_block(WIRE_MEMORY, 0, n_loose++, payload, length);
			break;
		case WIRE_END:
			end = payload;
			break;
		case WIRE_COLUMNS:
			fail("the stream was compressed");
		}
	}
	if (end == NULL)
		fail("the stream has no end");
	make_region((uint32_t)strtoul(argv[2], NULL, 10));
	if (!elide_start(limit))
		fail("no memory");
	publish_all();
	write_end(end);
	if (fclose(out) != 0)
		fail("cannot write");
	printf("%llu left out\n", (unsigned long long)elide_count());
	return 0;
}
