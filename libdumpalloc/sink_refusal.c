// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that the peer takes no further stream.
#define _GNU_SOURCE
#include "libdumpalloc/sink_refusal.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_link.h"
#include "libdumpalloc/sink_loss.h"
#include "libdumpalloc/sink_names.h"

enum { LOOK_MS = 10 };

static int teller = -1; // takes one connection, that of the first who is refused
static int known = -1;  // has the name that says so to all others
static bool is_known;
static bool is_told; // and the peer has not answered since
static uint32_t told_at;

void sink_refusal_offer(const struct config *config, pid_t pid)
{
	teller = sink_names_keep(config, "dumpalloc-first/", pid, SOCK_STREAM);
	// A queue of none holds one.
	if (teller >= 0 && listen(teller, 0) != 0) {
		close(teller);
		teller = -1;
	}
}

bool sink_refusal_keep(const struct config *config, pid_t pid)
{
	is_known = true;
	known = sink_names_keep(config, "dumpalloc-known/", pid, SOCK_DGRAM);
	return known >= 0;
}

// Lets somebody else be the first one.
static void forget_told(void)
{
	int fd = accept4(teller, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		close(fd);
	is_told = false;
}

bool sink_refusal_look(const struct sink *sink)
{
	struct pollfd told = { .fd = teller, .events = POLLIN };

	if (teller < 0 || is_known || poll(&told, 1, 0) <= 0)
		return false;
	if (sink->link != NULL && sink_link_is_doubtful(sink)) {
		forget_told();
		return false;
	}
	if (!is_told) {
		is_told = true;
		told_at = clock_ms();
		if (sink->link != NULL)
			sink_link_probe(sink);
	}
	// The connection is not taken, so that nobody else is the first one.
	if (sink->link == NULL || sink_link_has_answered(sink, clock_ms() - told_at))
		(void)sink_refusal_keep(sink->config, sink->pid);
	return !is_known;
}

void sink_refusal_forget(void)
{
	if (teller < 0)
		return;
	if (known >= 0)
		close(known);
	known = -1;
	is_known = false;
	forget_told();
}

bool sink_refusal_is_known(const struct config *config, pid_t pid)
{
	return sink_names_has_any(config, "dumpalloc-known/", pid);
}

enum sink_refusal sink_refusal_tell(const struct config *config, pid_t pid, unsigned patience_ms)
{
	bool is_first = true, has_peer = false;
	uint32_t since = clock_ms();
	pid_t ancestor = pid;

	// Up to the first traced process of all: a peer may have taken, and not served, one in between.
	for (int i = 0; i < SINK_NAMES_ANCESTORS_MAX && ancestor > 0; i++) {
		int error = sink_names_try(config, "dumpalloc-first/", ancestor, SOCK_STREAM);
		if (error == 0 || error == EAGAIN) {
			is_first = error == 0;
			has_peer = true;
		}
		ancestor = sink_names_parent(ancestor);
	}
	while (has_peer && !sink_refusal_is_known(config, pid) &&
	       clock_ms() - since < patience_ms) {
		if (sink_loss_is_known(config, pid))
			return SINK_REFUSAL_NONE;
		(void)poll(NULL, 0, LOOK_MS);
	}
	return is_first ? SINK_REFUSAL_FIRST : SINK_REFUSAL_LATER;
}
