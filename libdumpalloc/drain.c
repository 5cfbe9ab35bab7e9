// SPDX-License-Identifier: LGPL-2.1-or-later
// From the rings to the sink: blocks.
#include "libdumpalloc/drain.h"

#include "libdumpalloc/block.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

// Blocks of no thread are counted too: the preamble is number 0, END number 1.
enum { INDEX_PREAMBLE = 0, INDEX_END = 1 };

bool drain_begin(struct sink *sink, const uint8_t *preamble, size_t preamble_size)
{
	uint8_t header[WIRE_HEADER_SIZE];
	uint8_t block[WIRE_BLOCK_HEADER_SIZE];
	struct iovec payload = { .iov_base = (void *)preamble, .iov_len = preamble_size };

	block_stream_header(header);
	block_header(block, WIRE_PREAMBLE, 0, INDEX_PREAMBLE, &payload, 1);
	struct iovec parts[] = { { header, sizeof header }, { block, sizeof block }, payload };
	if (!sink_write(sink, parts, 3))
		return false;
	atomic_store(&region_current->n_written, (uint32_t)sink->n_bytes);
	return true;
}

static bool write_block(struct sink *sink, struct ring *ring, uint32_t tail, uint32_t n)
{
	uint32_t at = tail & (ring->size - 1);
	uint32_t before_end = ring->size - at;
	uint32_t first = n < before_end ? n : before_end;
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec parts[] = {
		{ header, sizeof header },
		{ ring->bytes + at, first },
		{ ring->bytes, n - first },
	};

	block_header(header, WIRE_RECORDS, ring->thread, ring->index, parts + 1, 2);
	ring->next_tail = tail + n;
	ring->next_index = ring->index + 1;
	ring->end = (uint32_t)sink->n_bytes + (uint32_t)sizeof header + n;
	if (!sink_write(sink, parts, 3))
		return false;
	// The one moment from which on the block is written: see drain_recover.
	atomic_store(&region_current->n_written, (uint32_t)sink->n_bytes);
	return true;
}

static bool drain_ring(struct sink *sink, struct ring *ring, bool *has_moved)
{
	// The order matters: what a thread published before it released the ring is seen below.
	uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
	if (state == RING_FREE)
		return true;
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (head != tail) {
		// More than a ring holds can only stand there when the program has overwritten it.
		if (head - tail <= ring->size && !write_block(sink, ring, tail, head - tail))
			return false;
		*has_moved = true;
		ring->index++;
		atomic_store(&ring->tail, head);
		if (atomic_exchange(&ring->is_awaited, 0) != 0)
			futex_wake(&ring->tail);
	}
	if (state == RING_RELEASED)
		atomic_store_explicit(&ring->state, RING_FREE, memory_order_release);
	return true;
}

bool drain_rings(struct sink *sink, bool *has_moved)
{
	struct region *region = region_current;
	uint32_t n = atomic_load(&region->n_rings_used);

	for (uint32_t i = 0; i < n && i < region->n_rings; i++) {
		if (!drain_ring(sink, &region->rings[i], has_moved))
			return false;
		if (*has_moved && atomic_load(&region->is_stalled))
			atomic_store(&region->is_stalled, 0);
	}
	atomic_fetch_add(&region->n_passes, 1);
	return true;
}

void drain_recover(void)
{
	struct region *region = region_current;
	uint32_t n = atomic_load(&region->n_rings_used);

	for (uint32_t i = 0; i < n && i < region->n_rings; i++) {
		struct ring *ring = &region->rings[i];
		if (ring->end == atomic_load(&region->n_written) &&
		    ring->next_tail != atomic_load(&ring->tail)) {
			ring->index = ring->next_index;
			atomic_store(&ring->tail, ring->next_tail);
		}
	}
}

bool drain_end(struct sink *sink, enum wire_end reason)
{
	struct region *region = region_current;
	uint8_t payload[BLOCK_END_MAX];
	uint8_t header[WIRE_BLOCK_HEADER_SIZE];
	struct iovec body = { .iov_base = payload };

	body.iov_len = block_end_payload(payload, reason, atomic_load(&region->sequence),
					 atomic_load(&region->n_lost));
	block_header(header, WIRE_END, 0, INDEX_END, &body, 1);
	struct iovec parts[] = { { header, sizeof header }, body };
	return sink_write(sink, parts, 2);
}
