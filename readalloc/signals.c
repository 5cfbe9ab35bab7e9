// SPDX-License-Identifier: GPL-3.0-or-later
// The signals that ask for reports, as a descriptor to poll.
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(int other)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	if (other != 0) {
		sigaddset(&signals, other);
	}
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
		return -1;
	}
	return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum signal_wish signals_take(int fd)
{
	struct signalfd_siginfo info;
	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
		return SIGNAL_NONE;
	}
	switch (info.ssi_signo) {
	case SIGUSR1:
		return SIGNAL_REPORT;
	case SIGINT:
	case SIGTERM:
		return SIGNAL_STOP;
	default:
		return SIGNAL_OTHER;
	}
}
