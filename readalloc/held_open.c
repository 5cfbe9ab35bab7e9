// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a file is still written.
#include "held_open.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

bool is_held_open(int fd)
{
	// Who opens the file for writing before the lease is given back is made to wait, and we are told by a signal: by one
	// that nobody dies of.
	if (fcntl(fd, F_SETSIG, SIGURG) != 0) {
		return false;
	}
	bool is_free = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
	bool is_held = !is_free && errno == EAGAIN;
	if (is_free) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
	}
	fcntl(fd, F_SETSIG, 0);
	return is_held;
}
