// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the bytes of one input to who decodes them.
#include "pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "progress.h"
#include "util.h"

// Bytes on their way.
struct flow {
	const struct pump *pump;
	struct input *input;
	struct progress progress;
	uint8_t *bytes;
	size_t size;
};

static void show(struct flow *flow)
{
	if (!progress_is_due(&flow->progress)) {
		return;
	}
	struct progress_state state = { .n_behind = input_waiting(flow->input) };
	flow->pump->look(flow->pump->context, &state);
	progress_show(&flow->progress, &state);
}

// Has what there is decoded.
static void feed(struct flow *flow, enum input_result result)
{
	const struct pump *pump = flow->pump;
	bool is_last = result == INPUT_END || result == INPUT_FAILED;
	size_t used = pump->feed(pump->context, flow->bytes, flow->size, is_last);
	flow->size -= used;
	memmove(flow->bytes, flow->bytes + used, flow->size);
	const char *damage = input_damage(flow->input);
	if (damage) {
		pump->harm(pump->context, flow->size, damage);
	}
}

static bool is_over(const struct pump *pump)
{
	return (pump->is_endless && pump->decoder->has_end) || pump->is_over(pump->context);
}

static void rest_tell(const struct flow *flow, bool is_last)
{
	const struct pump *pump = flow->pump;
	// What another stream has begun is not of this one.
	if (pump->rest && !pump->decoder->is_foreign && !pump->decoder->has_successor) {
		pump->rest(pump->context, flow->bytes, flow->size, is_last);
	}
}

// One reading, and what follows from it.
static enum input_result step(struct flow *flow)
{
	size_t n = 0;
	enum input_result result =
		input_read(flow->input, flow->bytes + flow->size, PUMP_BYTES_MAX - flow->size, &n);
	int error = errno;
	flow->size += n;
	// The relay of a program that has just ended may still have to write the last block.
	if (result == INPUT_TAIL && !flow->pump->decoder->has_end && input_await(flow->input)) {
		result = INPUT_IDLE;
	}
	if (result == INPUT_REPORT) {
		progress_hide(&flow->progress);
		flow->pump->report(flow->pump->context);
	} else if (result != INPUT_IDLE && result != INPUT_TAIL) {
		feed(flow, result);
	}
	if (result != INPUT_END && result != INPUT_FAILED) {
		rest_tell(flow, result == INPUT_TAIL);
	}
	show(flow);
	errno = error;
	return result;
}

static bool is_end(enum input_result result)
{
	return result == INPUT_END || result == INPUT_STOP || result == INPUT_FAILED;
}

enum input_result pump_run(const struct pump *pump, struct input *input)
{
	struct flow flow = { .pump = pump, .input = input, .bytes = xcalloc(PUMP_BYTES_MAX, 1) };
	progress_start(&flow.progress, pump->has_progress);
	if (flow.progress.is_wanted) {
		input_set_patience(input, PROGRESS_MS);
	}
	if (pump->n_first != 0) {
		memcpy(flow.bytes, pump->first, pump->n_first);
		flow.size = pump->n_first;
	}
	enum input_result result = INPUT_BYTES;
	while (!is_end(result) && !is_over(pump)) {
		result = step(&flow);
	}
	int error = errno;
	if (result != INPUT_END && result != INPUT_FAILED) {
		rest_tell(&flow, true);
	}
	progress_end(&flow.progress);
	free(flow.bytes);
	errno = error;
	return result;
}
