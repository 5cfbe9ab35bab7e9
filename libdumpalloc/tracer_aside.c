// SPDX-License-Identifier: LGPL-2.1-or-later
// Records of what is no allocation and no release.
#include "libdumpalloc/tracer_aside.h"

#include <errno.h>

#include "libdumpalloc/modules.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/record.h"

void tracer_unloaded(void)
{
	int saved = errno;
	struct thread *thread = record_begin_aside();

	real_forget_operators();
	if (thread != NULL) {
		modules_refresh(&thread->encoder);
		record_end(thread);
	}
	errno = saved;
}

void tracer_forked(pid_t child)
{
	int saved = errno;
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_number(&thread->encoder, channel_sequence_next(), WIRE_FORK,
			       (uint64_t)child);
		record_end(thread);
	}
	errno = saved;
}

void tracer_end_thread(void)
{
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		pause_end_thread(&thread->encoder);
		encoder_mark(&thread->encoder, channel_sequence_next(), WIRE_THREAD_EXIT);
		record_end(thread);
	}
}

void tracer_exit(void)
{
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_mark(&thread->encoder, channel_sequence_next(), WIRE_EXIT);
		record_end(thread);
	}
}

void tracer_say(const char *text)
{
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_text(&thread->encoder, channel_sequence_next(), WIRE_MESSAGE, text);
		record_end(thread);
	}
}
