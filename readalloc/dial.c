// SPDX-License-Identifier: GPL-3.0-or-later
// Devices that are called: each is tried until it has a stream, and again when that is over.
#include "dial.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "options.h"
#include "tcp.h"
#include "util.h"

enum { ANSWER_MS = 10000 };

struct dial {
	struct tcp_target target;
	int fd;            // -1: none
	bool is_connected; // and the socket is the crowd's
	bool has_failed;   // once, which was said
	uint64_t since_ms; // when it was called
};

bool dials_open(struct dials *dials, const struct directory_list *places)
{
	dials->dials = xcalloc(places->n, sizeof(*dials->dials));
	for (size_t i = 0; i < places->n; i++) {
		const char *reason;
		if (tcp_target_find(&dials->dials[i].target, places->paths[i], &reason) !=
		    TCP_WELL) {
			say("--connect %s: %s", places->paths[i], reason);
			dials_close(dials);
			return false;
		}
		dials->dials[i].fd = -1;
		dials->n++;
	}
	return true;
}

void dials_close(struct dials *dials)
{
	for (size_t i = 0; i < dials->n; i++) {
		if (dials->dials[i].fd >= 0 && !dials->dials[i].is_connected) {
			close(dials->dials[i].fd);
		}
	}
	free(dials->dials);
	*dials = (struct dials){ 0 };
}

void dials_poll(const struct dials *dials, struct pollfd *polled)
{
	for (size_t i = 0; i < dials->n; i++) {
		const struct dial *dial = &dials->dials[i];
		polled[i] = (struct pollfd){ .fd = dial->is_connected ? -1 : dial->fd,
					     .events = POLLOUT };
	}
}

static void failure_note(struct dial *dial, int error)
{
	if (!dial->has_failed) {
		say("%s: %s: trying again", dial->target.name, strerror(error));
	}
	dial->has_failed = true;
	if (dial->fd >= 0) {
		close(dial->fd);
	}
	dial->fd = -1;
}

static void call_end(struct dials *dials, struct dial *dial, struct crowd *crowd)
{
	int error = tcp_call_result(dial->fd);
	if (error != 0) {
		failure_note(dial, error);
		return;
	}
	// A number that another had is this one's now.
	for (size_t i = 0; i < dials->n; i++) {
		struct dial *other = &dials->dials[i];
		if (other != dial && other->fd == dial->fd) {
			other->fd = -1;
			other->is_connected = false;
		}
	}
	dial->is_connected = true;
	crowd_add(crowd, dial->fd, dial->target.name);
}

static void dial_turn(struct dials *dials, struct dial *dial, bool is_ready, struct crowd *crowd)
{
	uint64_t now = crowd_clock_ms();
	if (dial->is_connected && !crowd_reads(crowd, dial->fd)) {
		dial->is_connected = false;
		dial->fd = -1;
	}
	if (dial->is_connected || crowd_is_full(crowd)) {
		return;
	}
	if (dial->fd >= 0 && is_ready) {
		call_end(dials, dial, crowd);
	} else if (dial->fd >= 0 && now - dial->since_ms >= ANSWER_MS) {
		failure_note(dial, ETIMEDOUT);
	} else if (dial->fd < 0 && now - dial->since_ms >= DIAL_PAUSE_MS) {
		dial->since_ms = now;
		dial->fd = tcp_call(&dial->target);
		if (dial->fd < 0) {
			failure_note(dial, errno);
		}
	}
}

void dials_turn(struct dials *dials, const struct pollfd *polled, struct crowd *crowd)
{
	for (size_t i = 0; i < dials->n; i++) {
		dial_turn(dials, &dials->dials[i], polled[i].revents != 0, crowd);
	}
}
