// SPDX-License-Identifier: GPL-3.0-or-later
// What was written to a log of changes is read from it, whether it is in the file or still waits to be.
#include "change_log.h"

#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "event.h"
#include "model.h"

enum { N_BLOCKS = 60000 };

static uint64_t size_of(int block)
{
	return block % 7 == 0 ? UINT64_C(1) << (block % 50) : (uint64_t)block;
}

static uint64_t time_of(int block)
{
	return (uint64_t)(block / 1000) * 5000000; // microseconds
}

static struct change_log *run(struct model *model)
{
	struct change_log *log = change_log_new();
	model_init(model);
	change_log_watch(log, model);
	for (int i = 0; i < 2 * N_BLOCKS; i++) {
		bool is_free = i % 2 != 0;
		struct event event = {
			.seq = (uint64_t)i + 1,
			.time = time_of(i / 2),
			.addr = 0x1000 + (uint64_t)(i / 2) * 16,
			.size = size_of(i / 2),
			.stack = stacks_push(&model->stacks, RAW_ROOT, 0x10, 0),
			.type = is_free ? EVENT_FREE : EVENT_ALLOC,
			// Every third block is released by another thread, and so not temporary.
			.thread = is_free && i / 2 % 3 == 0 ? 1 : 0,
		};
		model_apply(model, &event);
	}
	return log;
}

static void log_has_all(const struct change_log *log)
{
	struct change_reader *reader = calloc(1, sizeof(*reader));
	struct change change;
	uint64_t time = 0;
	int n = 0;
	reader->log = log;
	while (change_reader_next(reader, &change)) {
		if (change.type == CHANGE_TIME) {
			CHECK(change.size > time);
			time = change.size;
			continue;
		}
		int block = n / 2;
		enum change_type expected = n % 2 == 0       ? CHANGE_ALLOCATED
					    : block % 3 == 0 ? CHANGE_RELEASED
							     : CHANGE_TEMPORARY;
		CHECK_EQ(change.type, expected);
		CHECK_EQ(change.size, size_of(block));
		CHECK_EQ(time, time_of(block) / 1000);
		n++;
	}
	CHECK_EQ(n, 2 * N_BLOCKS);
	CHECK_EQ(reader->error, 0);
	free(reader);
}

static void an_error_is_told(struct change_log *log)
{
	struct change_reader *reader = calloc(1, sizeof(*reader));
	struct change change;
	reader->log = log;
	log->error = ENOSPC;
	CHECK(!change_reader_next(reader, &change));
	CHECK_EQ(reader->error, ENOSPC);
	free(reader);
}

int main(void)
{
	struct model model;
	struct change_log *log = run(&model);
	CHECK(log->n_written > 0);
	CHECK(log->n_buffered > 0);
	log_has_all(log);
	log_has_all(log);
	an_error_is_told(log);
	change_log_free(log);
	model_free(&model);
	return check_result();
}
