// SPDX-License-Identifier: LGPL-2.1-or-later
// From the rings to the sink: blocks.
#include "libdumpalloc/drain.h"

#include <string.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/ring.h"
#include "libdumpalloc/sink.h"
#include "unwind/minimal.h"

enum { CHUNKS_AT_ONCE = 16, PARTS_MOST = 3 * CHUNKS_AT_ONCE };

static uint32_t size_of(const struct iovec *parts, int n_parts)
{
	size_t size = 0;

	for (int i = 0; i < n_parts; i++)
		size += parts[i].iov_len;
	return (uint32_t)size;
}

// False: errno says why.
static bool make_room(struct sink *sink, size_t size)
{
	struct region *region = region_current;
	unsigned part = sink->part;

	if (!sink_make_room(sink, size))
		return false;
	if (sink->part != part) {
		atomic_store_explicit(&region->part_inode, (uint32_t)sink->inode,
				      memory_order_relaxed);
		atomic_store_explicit(&region->part, sink->part, memory_order_relaxed);
		atomic_store(&region->n_written, (uint32_t)sink->n_bytes);
	}
	return true;
}

// Whether records were written.
static bool has_records;

// Writes whole blocks; those of a ring are all it has up to `next_tail`. Without one it is one block of no thread. Changes
// `parts`.
static bool write_parts(struct sink *sink, struct ring *ring, uint32_t next_tail,
			struct iovec *parts, int n_parts)
{
	struct iovec member[PARTS_MOST + PACK_PARTS_MORE];
	struct region_loose *loose = &region_current->loose;

	if (!IS_MINIMAL && sink->is_packed) {
		n_parts = pack_member(parts, n_parts, sink->n_bytes == 0, member);
		parts = member;
		if (n_parts == 0)
			return false;
	}
	if (!make_room(sink, size_of(parts, n_parts)))
		return false;
	// Where the block ends comes first. Until then it says where the one before it ended, perhaps of the same ring, which
	// is written: who is killed here would have what comes next taken for written, too.
	uint32_t end = (uint32_t)sink->n_bytes + size_of(parts, n_parts);
	if (ring != NULL) {
		ring->end = end;
		atomic_signal_fence(memory_order_seq_cst);
		ring->next_tail = next_tail;
		ring->next_index = ring->index + 1;
	} else {
		loose->end = end;
		atomic_signal_fence(memory_order_seq_cst);
		loose->next_index = loose->index + 1;
	}
	atomic_signal_fence(memory_order_seq_cst);
	if (!sink_write(sink, parts, n_parts))
		return false;
	// The one moment from which on the blocks are written: see drain_recover.
	atomic_store(&region_current->n_written, (uint32_t)sink->n_bytes);
	if (ring == NULL)
		loose->index = loose->next_index;
	has_records |= ring != NULL;
	return true;
}

bool drain_begin(struct sink *sink, const uint8_t *preamble, size_t preamble_size)
{
	uint8_t header[WIRE_HEADER_SIZE];
	uint8_t block[WIRE_BLOCK_HEADER_SIZE];
	struct iovec payload = { .iov_base = (void *)preamble, .iov_len = preamble_size };

	block_stream_header(header);
	block_header(block, WIRE_PREAMBLE, 0, region_current->loose.index, &payload, 1);
	struct iovec parts[] = { { header, sizeof header }, { block, sizeof block }, payload };
	has_records = false;
	bool is_written = write_parts(sink, NULL, 0, parts, 3);
	sink->n_head = (unsigned)sink->n_bytes;
	return is_written;
}

bool drain_has_records(void)
{
	return has_records;
}

bool drain_records(struct sink *sink, uint32_t thread, uint32_t index, const uint8_t *records,
		   size_t size)
{
	static struct ring nowhere; // where the ring is when they are written
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[] = { { header, sizeof header }, { (void *)records, size } };

	block_header(header, WIRE_RECORDS, thread, index, parts + 1, 1);
	return write_parts(sink, &nowhere, 0, parts, 2);
}

bool drain_memory(struct sink *sink, const uint8_t *payload, size_t size)
{
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[] = { { header, sizeof header }, { (void *)payload, size } };

	block_header(header, WIRE_MEMORY, 0, region_current->loose.index, parts + 1, 1);
	return write_parts(sink, NULL, 0, parts, 2);
}

// Bytes of a ring from position `at` on, which may lie in two pieces.
static void cut_out(const struct ring *ring, uint32_t at, uint32_t n, struct iovec *parts)
{
	uint32_t offset = at & (ring->size - 1);
	uint32_t before_end = ring->size - offset;
	uint32_t first = n < before_end ? n : before_end;

	parts[0] = (struct iovec){ ring->bytes + offset, first };
	parts[1] = (struct iovec){ ring->bytes, n - first };
}

// The chunk at `tail`, its records cut out into `parts`. False: the program has overwritten it.
static bool read_chunk(const struct ring *ring, uint32_t tail, uint32_t head,
		       struct region_chunk *chunk, struct iovec *parts)
{
	struct iovec pieces[2];

	if (head - tail < sizeof *chunk)
		return false;
	cut_out(ring, tail, sizeof *chunk, pieces);
	memcpy(chunk, pieces[0].iov_base, pieces[0].iov_len);
	memcpy((uint8_t *)chunk + pieces[0].iov_len, pieces[1].iov_base, pieces[1].iov_len);
	if (chunk->size > head - tail - sizeof *chunk)
		return false;
	cut_out(ring, tail + (uint32_t)sizeof *chunk, chunk->size, parts);
	return true;
}

// Some of the chunks between `tail` and `head`, each as a block of its thread.
static bool write_chunks(struct sink *sink, struct ring *ring, uint32_t tail, uint32_t head)
{
	uint8_t headers[CHUNKS_AT_ONCE][WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[PARTS_MOST];
	struct region_chunk chunk;
	int n = 0;

	while (n < CHUNKS_AT_ONCE && tail != head) {
		struct iovec *part = parts + (size_t)3 * (size_t)n;
		if (!read_chunk(ring, tail, head, &chunk, part + 1)) {
			tail = head;
			break;
		}
		block_header(headers[n], WIRE_RECORDS, chunk.thread, chunk.index, part + 1, 2);
		part[0] = (struct iovec){ headers[n], WIRE_BLOCK_HEADER_SIZE };
		tail += (uint32_t)sizeof chunk + chunk.size;
		n++;
	}
	return write_parts(sink, ring, tail, parts, 3 * n);
}

// The ring of many threads; each chunk is a block.
static bool drain_shared(struct sink *sink, struct ring *ring, uint32_t head)
{
	uint32_t tail;

	while ((tail = atomic_load_explicit(&ring->tail, memory_order_relaxed)) != head) {
		if (!write_chunks(sink, ring, tail, head))
			return false;
		atomic_store_explicit(&ring->tail, ring->next_tail, memory_order_release);
	}
	return true;
}

static bool write_block(struct sink *sink, struct ring *ring, uint32_t tail, uint32_t n)
{
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[3] = { { header, sizeof header } };

	cut_out(ring, tail, n, parts + 1);
	block_header(header, WIRE_RECORDS, ring->thread, ring->index, parts + 1, 2);
	return write_parts(sink, ring, tail + n, parts, 3);
}

static bool drain_ring(struct sink *sink, struct ring *ring, bool *has_moved)
{
	// The order matters: what a thread published before it released the ring is seen below.
	uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
	if (state == RING_FREE)
		return true;
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	// The header of a chunk is smaller than that of its block, by no more than the chunk's size.
	if (!sink_has_room(sink, WIRE_BLOCK_HEADER_SIZE + 2 * (size_t)(head - tail)))
		return true;
	if (head != tail) {
		bool is_shared = ring == &region_current->rings[REGION_SHARED];
		// More than a ring holds can only stand there when the program has overwritten it.
		bool is_sound = head - tail <= ring->size;
		if (is_sound && !(is_shared ? drain_shared(sink, ring, head)
					    : write_block(sink, ring, tail, head - tail)))
			return false;
		*has_moved = true;
		ring->index++;
		ring_pass(ring, head);
	}
	if (state == RING_RELEASED)
		atomic_store_explicit(&ring->state, RING_FREE, memory_order_release);
	return true;
}

bool drain_rings(struct sink *sink, bool *has_moved)
{
	struct region *region = region_current;
	uint32_t n = atomic_load(&region->n_rings_used);

	if (DUMPALLOC_ELISION && elide_is_on()) {
		if (!elide_rings(sink, has_moved))
			return false;
		n = REGION_SHARED + 1;
	}
	for (uint32_t i = 0; i < n && i < region->n_rings; i++) {
		if (!drain_ring(sink, &region->rings[i], has_moved))
			return false;
		if (*has_moved && atomic_load_explicit(&region->is_stalled, memory_order_relaxed) &&
		    sink_is_steady(sink))
			atomic_store(&region->is_stalled, 0);
	}
	atomic_fetch_add(&region->n_passes, 1);
	return true;
}

void drain_recover(void)
{
	struct region *region = region_current;
	uint32_t n = atomic_load(&region->n_rings_used);

	if (region->loose.end == atomic_load_explicit(&region->n_written, memory_order_relaxed))
		region->loose.index = region->loose.next_index;
	for (uint32_t i = 0; i < n && i < region->n_rings; i++) {
		struct ring *ring = &region->rings[i];
		if (ring->end == atomic_load_explicit(&region->n_written, memory_order_relaxed) &&
		    ring->next_tail != atomic_load_explicit(&ring->tail, memory_order_relaxed)) {
			ring->index = ring->next_index;
			atomic_store_explicit(&ring->tail, ring->next_tail, memory_order_relaxed);
		}
	}
}

bool drain_end(struct sink *sink, enum wire_end reason)
{
	struct region *region = region_current;
	uint8_t payload[BLOCK_END_MAX];
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec body = { .iov_base = payload };

	body.iov_len =
		block_end_payload(payload, reason,
				  atomic_load_explicit(&region->sequence, memory_order_relaxed) -
					  (DUMPALLOC_ELISION ? elide_count() : 0),
				  atomic_load_explicit(&region->n_lost, memory_order_relaxed));
	block_header(header, WIRE_END, 0, region->loose.index, &body, 1);
	struct iovec parts[] = { { header, sizeof header }, body };
	sink->part_size = 0; // there is room left for this
	return write_parts(sink, NULL, 0, parts, 2);
}
