// SPDX-License-Identifier: LGPL-2.1-or-later
// The only way to the user: one line to standard error, in one write, once per cause.
#include "libdumpalloc/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libdumpalloc/quiet.h"
#include "libdumpalloc/text.h"

enum { LINE_MAX_SIZE = 1024 };

// One bit per cause. Shared with fork children once log_share has found memory.
static _Atomic uint32_t said_here;
static _Atomic uint32_t *said = &said_here;

_Static_assert(LOG_N_CAUSES <= 32, "one bit per cause");

void log_say(enum log_cause cause, const char *what, const char *reason, const char *hint)
{
	uint32_t bit = UINT32_C(1) << cause;
	if (atomic_fetch_or(said, bit) & bit)
		return;

	char line[LINE_MAX_SIZE];
	struct text text = text_start(line, sizeof line - 1); // room for the newline
	text_put(&text, "dumpalloc: ");
	text_put(&text, what);
	text_put(&text, ": ");
	text_put(&text, reason);
	if (hint != NULL) {
		text_put(&text, ": ");
		text_put(&text, hint);
	}
	// A value from the environment may hold anything; the message stays one line.
	for (size_t i = 0; i < text.length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	}
	line[text.length++] = '\n';

	int error = errno;
	struct quiet quiet;
	quiet_begin(&quiet);
	ssize_t written;
	do {
		written = write(STDERR_FILENO, line, text.length);
	} while (written < 0 && errno == EINTR);
	quiet_end(&quiet);
	errno = error;
}

bool log_has_said(enum log_cause cause)
{
	return (atomic_load(said) & UINT32_C(1) << cause) != 0;
}

void log_share(void)
{
	if (said != &said_here)
		return;
	void *page =
		mmap(NULL, sizeof *said, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	_Atomic uint32_t *shared = page;
	atomic_store(shared, atomic_load(said));
	said = shared;
}
