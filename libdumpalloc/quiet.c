// SPDX-License-Identifier: LGPL-2.1-or-later
// A stretch of code during which no signal reaches the thread, and its own writes raise none.
#include "libdumpalloc/quiet.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static const int own_signals[] = { SIGPIPE, SIGXFSZ };

void quiet_begin(struct quiet *quiet)
{
	sigset_t all;

	sigfillset(&all);
	sigemptyset(&quiet->pending);
	sigprocmask(SIG_SETMASK, &all, &quiet->mask);
	sigpending(&quiet->pending);
}

void quiet_end(struct quiet *quiet)
{
	int error = errno;
	sigset_t now;

	if (sigpending(&now) == 0) {
		for (size_t i = 0; i < sizeof own_signals / sizeof own_signals[0]; i++) {
			int number = own_signals[i];
			if (sigismember(&now, number) != 1 ||
			    sigismember(&quiet->pending, number) == 1)
				continue;
			sigset_t one;
			sigemptyset(&one);
			sigaddset(&one, number);
			sigtimedwait(&one, NULL, &(struct timespec){ 0 });
		}
	}
	sigprocmask(SIG_SETMASK, &quiet->mask, NULL);
	errno = error;
}
