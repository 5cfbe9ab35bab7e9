// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagrams in any order: what is taken of them is in order, no byte twice, and with what is given up makes the whole.
#include "datagrams.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_all(struct datagrams *datagrams, uint64_t now, bool is_last)
{
	for (;;) {
		uint64_t n_lost, at = datagrams->next;
		const struct datagram_piece *piece =
			datagrams_take(datagrams, now, is_last, &n_lost);
		at += n_lost;
		if (piece && (piece->position != at || piece->n == 0)) {
			abort();
		}
		at += piece ? piece->n : 0;
		if (datagrams->next != at) {
			abort();
		}
		if (!piece) {
			return;
		}
	}
}

// Each datagram behind its size in a byte and the time before it in another.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datagrams datagrams = { 0 };
	struct datagram_range ranges[WIRE_DATAGRAM_RANGES_MAX];
	uint64_t now = 1;
	while (size >= 2) {
		size_t n = data[0] < size - 2 ? data[0] : size - 2;
		struct datagram datagram;
		now += data[1] * 16U;
		if (datagram_read(&datagram, data + 2, n)) {
			datagrams_put(&datagrams, &datagram, now);
		}
		take_all(&datagrams, now, false);
		if (datagrams_ask(&datagrams, now, ranges, WIRE_DATAGRAM_RANGES_MAX) >
		    WIRE_DATAGRAM_RANGES_MAX) {
			abort();
		}
		data += 2 + n;
		size -= 2 + n;
	}
	take_all(&datagrams, now, true);
	if (datagrams_lack(&datagrams) || datagrams.n_bytes != 0) {
		abort();
	}
	datagrams_free(&datagrams);
	return 0;
}
