// SPDX-License-Identifier: GPL-3.0-or-later
// The signals that ask for reports, as a descriptor to poll.
#ifndef READALLOC_SIGNALS_H
#define READALLOC_SIGNALS_H

enum signal_wish {
	SIGNAL_NONE,
	SIGNAL_REPORT, // SIGUSR1: a report is wanted
	SIGNAL_STOP,   // SIGINT or SIGTERM: a report is wanted, then the end
	SIGNAL_OTHER,  // the one given to signals_open
};

// Blocks the signals, and `other` too if it is not 0, so that none is lost while a report is written. Returns the
// descriptor that is readable when one has come, -1 with errno.
int signals_open(int other);

// The next signal that has come; waits for none.
enum signal_wish signals_take(int fd);

#endif
