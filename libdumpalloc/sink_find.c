// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds a reader on the local net (DUMPALLOC_SERVER=auto): asks over every interface, and takes the first that answers.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_find.h"
#include "libdumpalloc/text.h"
#include "libdumpalloc/wire.h"

enum {
	ANSWER_MS = 500,
	ROUNDS = 3, // a question or an answer may get lost
	ANSWER_SIZE = 64,
	INTERFACES_MAX = 64,
};

bool sink_find_is_wanted(const struct config *config)
{
	return strcmp(config->host, "auto") == 0 && config->port[0] == '\0';
}

// What an interface is asked at: everybody on its net, or itself where there is nobody else. `request` has its name and address.
static bool asked_address(int fd, struct ifreq *request, struct sockaddr_in *to)
{
	struct sockaddr_in own;

	memcpy(&own, &request->ifr_addr, sizeof own);
	if (own.sin_family != AF_INET || ioctl(fd, SIOCGIFFLAGS, request) != 0 ||
	    (request->ifr_flags & IFF_UP) == 0)
		return false;
	*to = own;
	if ((request->ifr_flags & IFF_LOOPBACK) == 0) {
		if ((request->ifr_flags & IFF_BROADCAST) == 0)
			return false;
		// Of several addresses it is this one's that is wanted. The interface need not have the broadcast address
		// that the kernel takes for one.
		memcpy(&request->ifr_addr, &own, sizeof own);
		if (ioctl(fd, SIOCGIFNETMASK, request) != 0)
			return false;
		memcpy(&own, &request->ifr_netmask, sizeof own);
		to->sin_addr.s_addr |= ~own.sin_addr.s_addr;
	}
	to->sin_port = htons(WIRE_FIND_PORT);
	return true;
}

// By ioctl: some C libraries have no getifaddrs, others allocate for it.
static bool ask(int fd)
{
	struct ifreq interfaces[INTERFACES_MAX];
	struct ifconf list = { .ifc_len = sizeof interfaces, .ifc_req = interfaces };
	struct sockaddr_in to;

	if (ioctl(fd, SIOCGIFCONF, &list) != 0)
		return false;
	// Of an interface that cannot be asked there is nothing to say: another may do.
	for (size_t i = 0; i < (size_t)list.ifc_len / sizeof interfaces[0]; i++)
		if (asked_address(fd, &interfaces[i], &to))
			(void)sendto(fd, WIRE_FIND_QUESTION, strlen(WIRE_FIND_QUESTION),
				     MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof to);
	return true;
}

// The answer names a port, and an address if it is not the one that the answer comes from.
static bool answer_parse(char *answer, struct sockaddr_in *address)
{
	size_t length = strlen(WIRE_FIND_ANSWER);
	uint32_t port;

	if (strncmp(answer, WIRE_FIND_ANSWER, length) != 0)
		return false;
	char *colon = strchr(answer + length, ':');
	if (colon == NULL || !text_parse_number(colon + 1, 65535, &port) || port == 0)
		return false;
	*colon = '\0';
	address->sin_port = htons((uint16_t)port);
	return strcmp(answer + length, "*") == 0 ||
	       inet_pton(AF_INET, answer + length, &address->sin_addr) == 1;
}

// Takes what comes until `since` is ANSWER_MS ago.
static bool await_answer(int fd, uint32_t since, struct sockaddr_in *address)
{
	uint32_t waited;

	while ((waited = clock_ms() - since) < ANSWER_MS) {
		char answer[ANSWER_SIZE];
		socklen_t size = sizeof *address;
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		if (poll(&poll_fd, 1, (int)(ANSWER_MS - waited)) <= 0)
			continue;
		ssize_t n = recvfrom(fd, answer, sizeof answer - 1, MSG_DONTWAIT,
				     (struct sockaddr *)address, &size);
		if (n <= 0)
			continue;
		answer[n] = '\0';
		if (answer_parse(answer, address))
			return true;
	}
	return false;
}

bool sink_find(struct sockaddr_storage *address, socklen_t *size)
{
	struct sockaddr_in found;
	bool is_found = false;
	int on = 1;

	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	for (int round = 0; round < ROUNDS && !is_found; round++) {
		if (!ask(fd)) {
			sink_close_fd(fd);
			return false;
		}
		is_found = await_answer(fd, clock_ms(), &found);
	}
	close(fd);
	if (!is_found) {
		errno = ENOENT;
		return false;
	}
	memcpy(address, &found, sizeof found);
	*size = sizeof found;
	return true;
}
