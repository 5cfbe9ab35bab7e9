// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as compressed input, in pieces of any size: it ends, keeps to its room, and whole files are the same in all pieces.
#include "gunzip.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM_MOST = 4096, OUT_MOST = 1 << 22 };

struct outcome {
	uint32_t sum;
	size_t n, n_damaged;
};

static struct outcome undo(const uint8_t *data, size_t size, size_t step, size_t room)
{
	struct gunzip gunzip = { .form = GUNZIP_UNKNOWN };
	struct gunzip_input input = { .at = data };
	struct outcome outcome = { 0 };
	size_t at = 0;
	while (outcome.n < OUT_MOST) {
		// Of the exact size, so that a write past the end is seen by the sanitizer.
		uint8_t *out = malloc(room);
		size_t n = gunzip_take(&gunzip, &input, out, room);
		int is_damaged = gunzip_damage(&gunzip) != NULL;
		if (n > room) {
			abort();
		}
		for (size_t i = 0; i < n; i++) {
			outcome.sum = outcome.sum * 31 + out[i];
		}
		free(out);
		outcome.n += n;
		outcome.n_damaged += is_damaged;
		if (n != 0 || is_damaged) {
			continue;
		}
		if (input.is_last || gunzip_is_over(&gunzip)) {
			break;
		}
		if (input.n >= GUNZIP_LEAST) {
			abort();
		}
		size_t more = size - at < step ? size - at : step;
		at += more;
		input.n += more;
		input.is_last = at == size;
	}
	gunzip_reset(&gunzip);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	struct outcome whole = undo(data + 2, size - 2, size, ROOM_MOST);
	struct outcome pieces = undo(data + 2, size - 2, 1 + data[0], 1 + data[1] * 8U);
	// How far a damaged member came before that was seen may differ; how many there are does not.
	if (whole.n_damaged == 0 && whole.n < OUT_MOST &&
	    (pieces.n_damaged != 0 || pieces.n != whole.n || pieces.sum != whole.sum)) {
		abort();
	}
	return 0;
}
