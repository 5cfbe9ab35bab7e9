// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that its connection to the peer is lost, so that they wait for the peer too.
#define _GNU_SOURCE
#include "libdumpalloc/sink_loss.h"

#include <string.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_names.h"

static struct {
	struct sockaddr_storage address;
	socklen_t size;
	bool is_lost;
} inherited;

static int lost = -1;  // has the name
static int place = -1; // has the number of one who waits

void sink_loss_keep(const struct config *config, pid_t pid, bool is_lost)
{
	if (is_lost && lost < 0) {
		lost = sink_names_keep(config, "dumpalloc-lost/", pid, SOCK_DGRAM);
	} else if (!is_lost && lost >= 0) {
		close(lost);
		lost = -1;
	}
}

void sink_loss_inherit(const uint8_t *address, uint32_t size, bool is_lost)
{
	memcpy(&inherited.address, address, sizeof inherited.address);
	inherited.size = size;
	inherited.is_lost = is_lost;
}

bool sink_loss_is_known(const struct config *config, pid_t pid)
{
	return (inherited.size != 0 && inherited.is_lost) ||
	       sink_names_has_any(config, "dumpalloc-lost/", pid);
}

bool sink_loss_wait(const struct config *config, struct sockaddr_storage *address, socklen_t *size)
{
	*address = inherited.address;
	*size = inherited.size;
	if (*size == 0 && !sink_tcp_parse(config, address, size))
		return false;
	for (pid_t i = 0; i < SINK_LOSS_MOST && place < 0; i++)
		place = sink_names_keep(config, "dumpalloc-waits/", i, SOCK_DGRAM);
	return place >= 0;
}

void sink_loss_end_wait(void)
{
	if (place >= 0)
		close(place);
	place = -1;
}
