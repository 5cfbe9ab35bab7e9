// SPDX-License-Identifier: LGPL-2.1-or-later
// What programs call themselves: the functions of dumpalloc.h.
#define _GNU_SOURCE
#define DUMPALLOC_LIBRARY
#include "libdumpalloc/dumpalloc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "libdumpalloc/backtrace.h"
#include "libdumpalloc/channel.h"
#include "libdumpalloc/hooks.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/record.h"
#include "libdumpalloc/session.h"
#include "libdumpalloc/text.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/usage.h"

enum { FLUSH_MS = 2000, NAME_SIZE = 64 + 1 };

// A record that is no hook's; NULL: the process is not traced, or this comes in the midst of another record.
static struct thread *begin(void)
{
	return tracer_is_on() ? record_begin_aside() : NULL;
}

static int end(struct thread *thread, int error)
{
	if (thread != NULL)
		record_end(thread);
	errno = error;
	return thread != NULL;
}

// What changes is told with the next record of any thread, or at once where nothing is being recorded.
static int change(void (*how)(void))
{
	int error = errno;
	bool is_traced = tracer_is_on() || (thread_self.work == THREAD_BUSY &&
					    atomic_load(&session_state) == SESSION_ON);

	if (is_traced) {
		how();
		(void)end(begin(), error);
	}
	errno = error;
	return is_traced;
}

static int record_text(enum wire_extended type, const char *text)
{
	int error = errno;
	struct thread *thread = begin();

	if (thread != NULL)
		encoder_text(&thread->encoder, channel_sequence_next(), type,
			     text != NULL ? text : "");
	return end(thread, error);
}

EXPORT int dumpalloc_is_tracing(void)
{
	return tracer_is_on();
}

EXPORT int dumpalloc_enable(void)
{
	return change(pause_remove);
}

EXPORT int dumpalloc_disable(void)
{
	return change(pause_add);
}

EXPORT int dumpalloc_enable_thread(void)
{
	return change(pause_remove_thread);
}

EXPORT int dumpalloc_disable_thread(void)
{
	return change(pause_add_thread);
}

EXPORT int dumpalloc_tag(const char *text)
{
	return record_text(WIRE_TAG, text);
}

EXPORT int dumpalloc_snapshot(const char *name)
{
	return record_text(WIRE_SNAPSHOT, name);
}

EXPORT int dumpalloc_flush(void)
{
	int error = errno;
	bool is_done = tracer_is_on() && channel_flush(FLUSH_MS);

	errno = error;
	return is_done;
}

EXPORT int dumpalloc_name_thread(const char *name)
{
	int error = errno;
	struct thread *thread = begin();
	char copy[NAME_SIZE];

	text_copy(copy, sizeof copy, name != NULL ? name : "");
	if (thread != NULL)
		encoder_thread(&thread->encoder, channel_sequence_next(), copy);
	return end(thread, error);
}

EXPORT int dumpalloc_measure(struct dumpalloc_usage *usage)
{
	int error = errno;
	bool is_on = tracer_is_on();

	memset(usage, 0, sizeof *usage);
	if (is_on && !usage_is_counted()) {
		usage_start();
		channel_disturb();
	}
	if (is_on)
		usage_get(usage);
	errno = error;
	return is_on;
}

EXPORT int dumpalloc_pool_create(const void *pool, const char *name)
{
	int error = errno;
	struct thread *thread = begin();

	if (thread != NULL)
		encoder_name(&thread->encoder, channel_sequence_next(), WIRE_POOL, (uintptr_t)pool,
			     name != NULL ? name : "");
	return end(thread, error);
}

EXPORT int dumpalloc_pool_destroy(const void *pool)
{
	int error = errno;
	struct thread *thread = begin();

	if (thread != NULL)
		encoder_number(&thread->encoder, channel_sequence_next(), WIRE_POOL_END,
			       (uintptr_t)pool);
	return end(thread, error);
}

EXPORT int dumpalloc_pool_alloc(const void *pool, const void *block, size_t size)
{
	struct unwind_start start = UNWIND_HERE;
	int error = errno;
	bool is_done = tracer_is_on() && !pause_holds() &&
		       tracer_pool_alloc(&start, (uintptr_t)pool, (uintptr_t)block, size);

	errno = error;
	return is_done;
}

EXPORT int dumpalloc_pool_free(const void *pool, const void *block)
{
	int error = errno;
	struct thread *thread = begin();

	if (thread != NULL)
		encoder_pool_free(&thread->encoder, channel_sequence_next(), (uintptr_t)pool,
				  (uintptr_t)block);
	return end(thread, error);
}

EXPORT int dumpalloc_backtrace(int fd)
{
	struct unwind_start start = UNWIND_HERE;
	int error = errno;
	bool is_done = backtrace_write(fd, &start);

	errno = error;
	return is_done;
}
