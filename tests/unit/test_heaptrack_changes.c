// SPDX-License-Identifier: GPL-3.0-or-later
// What threads allocate and release at the same time adds up in heaptrack's text to what the model has.
#include "heaptrack_changes.h"

#include <stdlib.h>
#include <string.h>

#include "change_log.h"
#include "check.h"
#include "event.h"
#include "heaptrack_text.h"
#include "model.h"

enum { N_THREADS = 3, N_HELD = 4, N_EVENTS = 20000, N_SIZES = 2, SIZE_UNIT = 100, PAIRS_MAX = 64 };

static struct model model;
static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % limit;
}

// Threads of one function each hold a few blocks; many are of the same size and stack.
static struct change_log *run(void)
{
	static uint64_t held[N_THREADS][N_HELD];
	struct change_log *log = change_log_new();
	model_init(&model);
	change_log_watch(log, &model);
	for (uint64_t seq = 1; seq <= N_EVENTS; seq++) {
		uint32_t thread = random_below(N_THREADS), at = random_below(N_HELD);
		uint64_t *block = &held[thread][at];
		struct event event = {
			.seq = seq,
			.addr = *block != 0 ? *block : seq * 0x1000,
			.size = (random_below(N_SIZES) + 1) * SIZE_UNIT,
			.stack = stacks_push(&model.stacks, RAW_ROOT, 0x10, 0),
			.type = *block != 0 ? EVENT_FREE : EVENT_ALLOC,
			.thread = thread,
		};
		*block = *block != 0 ? 0 : event.addr;
		model_apply(&model, &event);
	}
	return log;
}

static char *text_of(const struct change_log *log)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct heaptrack_text *writer = heaptrack_text_new(out, "program", false);
	uint32_t traces[PAIRS_MAX];

	for (uint32_t i = 0; i < PAIRS_MAX; i++)
		traces[i] = 1;
	CHECK_EQ(heaptrack_changes_write(writer, log, NULL, traces, model.n_charges), 0);
	heaptrack_text_end(writer);
	(void)fclose(out);
	return text;
}

// As heaptrack's programs take the lines.
static void text_adds_up(char *text)
{
	uint64_t sizes[PAIRS_MAX], n_pairs = 0, live = 0, peak = 0, n_blocks = 0, n_temporary = 0;
	uint64_t last = UINT64_MAX;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		uint64_t number = strlen(line) > 2 ? strtoull(line + 2, NULL, 16) : 0;
		if (*line == 'a' && n_pairs < PAIRS_MAX) {
			sizes[n_pairs++] = number;
		} else if (*line == '+' && number < n_pairs) {
			live += sizes[number];
			peak = live > peak ? live : peak;
			n_blocks++;
			last = number;
		} else if (*line == '-' && number < n_pairs) {
			live -= sizes[number];
			n_temporary += last == number;
			last = UINT64_MAX;
		}
	}
	CHECK_EQ(live, model.total.column[COST_live_bytes]);
	CHECK_EQ(peak, model.total.column[COST_peak_bytes]);
	CHECK_EQ(n_blocks, model.total.column[COST_total_blocks]);
	// Where another thread allocated in between, heaptrack does not take a block for temporary.
	CHECK(n_temporary <= model.total.column[COST_temporary_blocks]);
	CHECK(n_temporary > 0);
}

int main(void)
{
	struct change_log *log = run();
	char *text = text_of(log);

	text_adds_up(text);
	free(text);
	change_log_free(log);
	model_free(&model);
	return check_result();
}
