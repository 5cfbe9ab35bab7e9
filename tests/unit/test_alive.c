// SPDX-License-Identifier: GPL-3.0-or-later
// Who hears that the reader is alive: a connection at which something waits, while the reader gets on.
#include "alive.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

enum { STUCK_S = 2, LONG_MS = 60000, BEATS_MS = 3500 };

static bool hears_within(int fd, int ms)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char byte = 1;
	return poll(&polled, 1, ms) == 1 && read(fd, &byte, 1) == 1 && byte == 0;
}

static void what_comes_is_dropped(int fd)
{
	while (hears_within(fd, 0)) {
	}
}

static void stuck_reader_says_nothing(void)
{
	int pair[2], quiet[2];
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet) == 0);
	CHECK(write(pair[1], "data", 4) == 4);
	alive_start(STUCK_S);
	alive_add(pair[0]);
	alive_add(quiet[0]);
	bool has_heard = false;
	for (int i = 0; i < LONG_MS / 100 && !has_heard; i++) {
		alive_get_on();
		has_heard = hears_within(pair[1], 100);
	}
	CHECK(has_heard);
	// From here on it does not get on: after a few bytes there are no more.
	int n = 0;
	while (n <= STUCK_S + 2 && hears_within(pair[1], BEATS_MS)) {
		n++;
	}
	CHECK(n <= STUCK_S + 2);
	alive_get_on();
	CHECK(hears_within(pair[1], LONG_MS));
	CHECK(!hears_within(quiet[1], 0));
	alive_remove(pair[0]);
	what_comes_is_dropped(pair[1]);
	alive_get_on();
	CHECK(!hears_within(pair[1], BEATS_MS));
	alive_stop();
	close(pair[0]);
	close(pair[1]);
	close(quiet[0]);
	close(quiet[1]);
}

int main(void)
{
	stuck_reader_says_nothing();
	return check_result();
}
