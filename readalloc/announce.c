// SPDX-License-Identifier: GPL-3.0-or-later
// Answers devices that ask the local net where a reader is (FORMAT.md, section 10).
#include "announce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdumpalloc/wire.h"

enum { QUESTION_SIZE = 64, ANSWERED_AT_ONCE = 64 };

static const char LOOPBACK[] = "127.", EVERYWHERE[] = "0.0.0.0:";

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static const char *name_v4(const struct tcp_listener *listener)
{
	for (size_t i = 0; i < listener->n; i++) {
		if (strspn(listener->names[i], "0123456789") != 0) {
			return listener->names[i];
		}
	}
	return NULL;
}

bool announce_open(struct announce *announce, const struct tcp_listener *listener,
		   const char **reason)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(WIRE_FIND_PORT) };
	int on = 1;
	const char *name = name_v4(listener);
	announce->fd = -1;
	if (!name) {
		*reason = "it needs an address of IPv4 to listen at";
		return false;
	}
	bool is_everywhere = begins_with(name, EVERYWHERE);
	announce->is_local = begins_with(name, LOOPBACK);
	snprintf(announce->answer, sizeof(announce->answer), "%s%s%s", WIRE_FIND_ANSWER,
		 is_everywhere ? "*:" : "", is_everywhere ? name + strlen(EVERYWHERE) : name);
	announce->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	// Other readers of this machine may answer too.
	if (announce->fd < 0 ||
	    setsockopt(announce->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(announce->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		*reason = strerror(errno);
		announce_close(announce);
		return false;
	}
	return true;
}

void announce_close(struct announce *announce)
{
	if (announce->fd >= 0) {
		close(announce->fd);
	}
	announce->fd = -1;
}

static bool is_loopback(const struct sockaddr_in *from)
{
	return ntohl(from->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

void announce_take(const struct announce *announce)
{
	for (int i = 0; i < ANSWERED_AT_ONCE; i++) {
		char question[QUESTION_SIZE];
		struct sockaddr_in from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(announce->fd, question, sizeof(question), 0,
				     (struct sockaddr *)&from, &size);
		if (n < 0) {
			return;
		}
		bool is_asked = (size_t)n == strlen(WIRE_FIND_QUESTION) &&
				memcmp(question, WIRE_FIND_QUESTION, (size_t)n) == 0;
		if (is_asked && (!announce->is_local || is_loopback(&from))) {
			// An answer that cannot be sent is as good as one that got lost: it is asked again.
			(void)sendto(announce->fd, announce->answer, strlen(announce->answer),
				     MSG_NOSIGNAL, (struct sockaddr *)&from, size);
		}
	}
}
