// SPDX-License-Identifier: LGPL-2.1-or-later
// The only way to the user: one line to standard error, in one write, once per cause.
#include "libdumpalloc/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/quiet.h"
#include "libdumpalloc/text.h"

enum { LINE_MAX_SIZE = 1024 };

enum { SAID_BITS = 32, N_SAID = (LOG_N_CAUSES + SAID_BITS - 1) / SAID_BITS };

// One bit per cause. Shared with fork children once log_share has found memory.
static _Atomic uint32_t said_here[N_SAID];
static _Atomic uint32_t *said = said_here;

static uint32_t bit_of(enum log_cause cause)
{
	return UINT32_C(1) << cause % SAID_BITS;
}

void log_write(struct text *text)
{
	int error = errno;
	struct quiet quiet;
	ssize_t written;

	// A value from the environment may hold anything; the message stays one line.
	for (size_t i = 0; i < text->length; i++) {
		if ((unsigned char)text->at[i] < ' ' || text->at[i] == 0x7f)
			text->at[i] = '?';
	}
	text->at[text->length++] = '\n';
	quiet_begin(&quiet);
	do {
		written = write(STDERR_FILENO, text->at, text->length);
	} while (written < 0 && errno == EINTR);
	quiet_end(&quiet);
	errno = error;
}

void log_say(enum log_cause cause, const char *what, const char *reason, const char *hint)
{
	if (atomic_fetch_or(&said[cause / SAID_BITS], bit_of(cause)) & bit_of(cause))
		return;

	char line[LINE_MAX_SIZE];
	struct text text = text_start(line, sizeof line - 1);
	text_put_all(&text, "dumpalloc: ", what, ": ", reason, hint != NULL ? ": " : NULL, hint,
		     (char *)NULL);
	log_write(&text);
}

bool log_has_said(enum log_cause cause)
{
	return (atomic_load_explicit(&said[cause / SAID_BITS], memory_order_relaxed) &
		bit_of(cause)) != 0;
}

void log_forget(enum log_cause cause)
{
	atomic_fetch_and(&said[cause / SAID_BITS], ~bit_of(cause));
}

void log_share(void)
{
	if (said != said_here)
		return;
	_Atomic uint32_t *shared = mmap(NULL, sizeof said_here, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return;
	for (size_t i = 0; i < N_SAID; i++)
		atomic_store_explicit(&shared[i],
				      atomic_load_explicit(&said_here[i], memory_order_relaxed),
				      memory_order_relaxed);
	said = shared;
}
