// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the bytes of one input to a decoder.
#include "pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "util.h"

enum { BUFFER_SIZE = 4 << 20 };

enum input_result pump_run(const struct pump *pump, struct input *input)
{
	struct decoder *decoder = pump->decoder;
	uint8_t *buffer = xcalloc(BUFFER_SIZE, 1);
	size_t size = 0;
	int error = 0;
	enum input_result result = INPUT_BYTES;
	while (result == INPUT_BYTES || result == INPUT_REPORT) {
		size_t n = 0;
		result = input_read(input, buffer + size, BUFFER_SIZE - size, &n);
		error = errno;
		size += n;
		if (result == INPUT_REPORT) {
			pump->report(pump->context);
			continue;
		}
		if (result == INPUT_END && input_damage(input)) {
			decoder_damage(decoder, decoder->offset + size, input_damage(input));
		}
		bool is_last = result == INPUT_END || result == INPUT_FAILED;
		size_t used = decoder_feed(decoder, buffer, size, is_last);
		size -= used;
		memmove(buffer, buffer + used, size);
		if (pump->is_over(pump->context)) {
			break;
		}
	}
	free(buffer);
	errno = error;
	return result;
}
