// SPDX-License-Identifier: GPL-3.0-or-later
// Changes that another thread writes and compresses while more of them come are, unpacked, the text that one thread writes
// at the end.
#include "heaptrack_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "change_log.h"
#include "check.h"
#include "event.h"
#include "gunzip.h"
#include "heaptrack_changes.h"
#include "heaptrack_text.h"
#include "heaptrack_traces.h"
#include "model.h"
#include "util.h"

// Several buffers of the log, and of the text.
enum { N_EVENTS = 200000, N_HELD = 100, N_SITES = 30, DEPTH = 3, N_SIZES = 5 };

static struct model model;
static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % limit;
}

// A stack of random functions, or none. New ones come all the time.
static uint32_t stack_any(void)
{
	uint32_t stack = RAW_ROOT;
	for (uint32_t i = random_below(DEPTH + 1); i != 0; i--)
		stack = stacks_push(&model.stacks, stack, 0x10 * (1 + random_below(N_SITES)), 0);
	return stack;
}

static void run(void)
{
	static uint64_t held[N_HELD];
	for (uint64_t seq = 1; seq <= N_EVENTS; seq++) {
		uint64_t *block = &held[random_below(N_HELD)];
		struct event event = {
			.seq = seq,
			.time = seq * 7,
			.addr = *block != 0 ? *block : seq * 0x1000,
			.size = random_below(N_SIZES),
			.stack = stack_any(),
			.cut = random_below(4) == 0 ? WIRE_CUT_DEPTH : WIRE_CUT_WHOLE,
			.type = *block != 0 ? EVENT_FREE : EVENT_ALLOC,
			.thread = random_below(3),
		};
		*block = *block != 0 ? 0 : event.addr;
		model_apply(&model, &event);
	}
}

static char *text_plain(const struct change_log *log)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct heaptrack_text *writer = heaptrack_text_new(out, "program", false);
	struct heaptrack_traces numbers;
	uint32_t *traces = xcalloc(model.n_charges, sizeof(*traces));

	heaptrack_traces_init(&numbers);
	for (size_t i = 0; i < model.n_charges; i++)
		traces[i] = heaptrack_traces_reach(&numbers, model.stacks.nodes, &model.charges[i]);
	CHECK_EQ(heaptrack_changes_write(writer, log, NULL, traces, model.n_charges), 0);
	heaptrack_text_end(writer);
	heaptrack_traces_free(&numbers);
	free(traces);
	(void)fclose(out);
	return text;
}

// `size` bytes of a whole file of gzip's, unpacked, and a NUL.
static char *unpacked(const char *bytes, size_t size, size_t room)
{
	struct gunzip gunzip = { .form = GUNZIP_UNKNOWN };
	struct gunzip_input input = { (const uint8_t *)bytes, size, true };
	char *text = xcalloc(room + 1, 1);
	size_t n = 0, taken;

	while ((taken = gunzip_take(&gunzip, &input, (uint8_t *)text + n, room - n)) != 0)
		n += taken;
	CHECK(gunzip_damage(&gunzip) == NULL); // the sum is right
	gunzip_reset(&gunzip);
	return text;
}

static char *text_ahead(const struct heaptrack_ahead *ahead, size_t room)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	struct heaptrack_text *writer = heaptrack_text_new(out, "program", true);

	CHECK_EQ(heaptrack_ahead_write(ahead, writer), 0);
	(void)fclose(out);
	char *text = unpacked(bytes, size, room);
	free(bytes);
	return text;
}

// Nothing is written, so that the caller can write it otherwise.
static void what_is_not_over_is_not_written(const struct heaptrack_ahead *ahead)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	struct heaptrack_text *writer = heaptrack_text_new(out, "program", true);

	CHECK_EQ(heaptrack_ahead_write(ahead, writer), -1);
	heaptrack_text_end(writer);
	(void)fclose(out);
	free(bytes);
}

static void the_text_is_the_same(void)
{
	struct change_log *log = change_log_new();
	struct heaptrack_ahead *ahead = heaptrack_ahead_new(log);

	model_init(&model);
	change_log_watch(log, &model);
	CHECK(ahead != NULL);
	run();
	what_is_not_over_is_not_written(ahead);
	heaptrack_ahead_end(ahead);
	CHECK(log->n_written > 2 * (uint64_t)CHANGE_LOG_BUFFER);
	char *plain = text_plain(log);
	char *written = text_ahead(ahead, strlen(plain) + 1);
	CHECK(strlen(plain) > 2 * (size_t)CHANGE_LOG_BUFFER);
	CHECK(strcmp(written, plain) == 0);
	free(written);
	free(plain);
	heaptrack_ahead_free(ahead);
	change_log_free(log);
	model_free(&model);
}

// As where the reading fails.
static void one_that_is_not_wanted_ends(void)
{
	struct change_log *log = change_log_new();
	struct heaptrack_ahead *ahead = heaptrack_ahead_new(log);

	CHECK(ahead != NULL);
	heaptrack_ahead_free(ahead);
	change_log_free(log);
}

// As where there is no room for the log: the report says so, which reads it.
static void an_error_of_the_log_is_not_written(void)
{
	struct change_log *log = change_log_new();
	struct heaptrack_ahead *ahead = heaptrack_ahead_new(log);

	CHECK(ahead != NULL);
	log->error = 28;
	heaptrack_ahead_end(ahead);
	what_is_not_over_is_not_written(ahead);
	heaptrack_ahead_free(ahead);
	change_log_free(log);
}

int main(void)
{
	the_text_is_the_same();
	one_that_is_not_wanted_ends();
	an_error_of_the_log_is_not_written();
	return check_result();
}
