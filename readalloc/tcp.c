// SPDX-License-Identifier: GPL-3.0-or-later
// TCP, UDP and Unix sockets: addresses as a user writes them, listening, and peers.
#define _GNU_SOURCE
#include "tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PLACE_SIZE = 256,
	PORT_MAX = 65535,
	BACKLOG = 4096, // every command of a script makes a connection
	// A peer that has gone without a word is noticed after about two minutes.
	UDP_ROOM = 4 << 20,
	KEEP_IDLE_S = 60,
	KEEP_INTERVAL_S = 10,
	KEEP_COUNT = 6,
	UNANSWERED_MS = 120000, // the same where something was sent to it
};

static const char SHAPE[] =
	"not understood: PORT, ADDRESS:PORT, [IPV6]:PORT, udp: and one of these, or unix:PATH is";
static const char UNIX[] = "unix:", UDP[] = "udp:";

// A place in its parts; `text` holds them.
struct place {
	char text[PLACE_SIZE];
	const char *host; // NULL: the loopback
	const char *port;
};

static bool is_port(const char *text)
{
	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5) {
		return false;
	}
	return strtol(text, NULL, 10) <= PORT_MAX;
}

static bool place_parse(struct place *place, const char *text)
{
	size_t size = strlen(text) + 1;
	if (size > sizeof(place->text)) {
		return false;
	}
	memcpy(place->text, text, size);
	char *colon = strrchr(place->text, ':');
	place->host = NULL;
	place->port = place->text;
	if (colon) {
		*colon = '\0';
		place->host = place->text;
		place->port = colon + 1;
		size_t length = strlen(place->host);
		if (place->host[0] == '[' && place->host[length - 1] == ']') {
			place->text[length - 1] = '\0';
			place->host++;
		} else if (strchr(place->host, ':')) {
			return false;
		}
		if (place->host[0] == '\0') {
			return false;
		}
	}
	return is_port(place->port);
}

void tcp_name_write(char name[TCP_NAME_SIZE], const struct sockaddr *address, socklen_t size)
{
	if (address->sa_family == AF_UNIX) {
		snprintf(name, TCP_NAME_SIZE, "a Unix socket");
		return;
	}
	char host[48], port[8];
	if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(name, TCP_NAME_SIZE, "\?\?");
		return;
	}
	bool is_v6 = strchr(host, ':') != NULL;
	snprintf(name, TCP_NAME_SIZE, "%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

static void port_set(struct sockaddr *address, unsigned port)
{
	if (address->sa_family == AF_INET6) {
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons((uint16_t)port);
	} else {
		((struct sockaddr_in *)(void *)address)->sin_port = htons((uint16_t)port);
	}
}

static unsigned port_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6
		       ? ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port)
		       : ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
}

// What comes while something else is done has to wait there; a user may have a few hundred KiB, root what is asked for.
static void room_get(int fd)
{
	int size = UDP_ROOM;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
}

// Adds a socket that listens at `address`; `*port`, if it is not 0, is taken instead of that of the address, and is
// set to that used. False: errno says why.
static bool socket_add(struct tcp_listener *listener, const struct addrinfo *address,
		       unsigned *port)
{
	int on = 1;
	struct sockaddr_storage bound;
	socklen_t size = address->ai_addrlen;
	int type = listener->is_udp ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(address->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return false;
	}
	memcpy(&bound, address->ai_addr, size);
	if (*port != 0) {
		port_set((struct sockaddr *)&bound, *port);
	}
	if (listener->is_udp) {
		room_get(fd);
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	}
	if (address->ai_family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	if (bind(fd, (struct sockaddr *)&bound, size) != 0 ||
	    (!listener->is_udp && listen(fd, BACKLOG) != 0)) {
		int error = errno;
		close(fd);
		errno = error;
		return false;
	}
	size = sizeof(bound);
	if (getsockname(fd, (struct sockaddr *)&bound, &size) == 0) {
		char *name = listener->names[listener->n];
		char place[TCP_NAME_SIZE];
		tcp_name_write(place, (struct sockaddr *)&bound, size);
		snprintf(name, TCP_NAME_SIZE, "%s%.*s", listener->is_udp ? UDP : "",
			 (int)(TCP_NAME_SIZE - sizeof(UDP)), place);
		*port = port_of((struct sockaddr *)&bound);
	}
	listener->fds[listener->n++] = fd;
	return true;
}

// Whether this machine has no such protocol or address at all, so that the others will do.
static bool is_absent(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

static enum tcp_result list_listen(struct tcp_listener *listener, const struct addrinfo *list,
				   const char **reason)
{
	unsigned port = 0;
	int error = 0;
	for (; list && listener->n < TCP_SOCKETS_MAX; list = list->ai_next) {
		if (!socket_add(listener, list, &port) && (error == 0 || is_absent(error))) {
			error = errno;
		}
	}
	if (listener->n == 0 || (error != 0 && !is_absent(error))) {
		tcp_close(listener);
		*reason = strerror(error);
		return TCP_REFUSED;
	}
	return TCP_WELL;
}

// Removes a socket that nobody listens at any more.
static void leftover_remove(const struct sockaddr_un *address)
{
	struct stat file;
	if (lstat(address->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
		return;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
	    errno == ECONNREFUSED) {
		unlink(address->sun_path);
	}
	if (fd >= 0) {
		close(fd);
	}
}

static enum tcp_result unix_listen(struct tcp_listener *listener, const char *path,
				   const char **reason)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	*reason = path[0] == '\0' ? SHAPE : "a path of a Unix socket is shorter than 108 bytes";
	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path)) {
		return TCP_NOT_UNDERSTOOD;
	}
	memcpy(address.sun_path, path, strlen(path));
	leftover_remove(&address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		*reason = strerror(errno);
		if (fd >= 0) {
			close(fd);
		}
		return TCP_REFUSED;
	}
	listener->fds[0] = fd;
	listener->n = 1;
	listener->path = path;
	snprintf(listener->names[0], TCP_NAME_SIZE, "%s%s", UNIX, path);
	if (listen(fd, BACKLOG) != 0) {
		*reason = strerror(errno);
		tcp_close(listener);
		return TCP_REFUSED;
	}
	return TCP_WELL;
}

enum tcp_result tcp_listen(struct tcp_listener *listener, const char *text, const char **reason)
{
	struct place place;
	*listener = (struct tcp_listener){ .n = 0 };
	if (strncmp(text, UNIX, sizeof(UNIX) - 1) == 0) {
		return unix_listen(listener, text + sizeof(UNIX) - 1, reason);
	}
	listener->is_udp = strncmp(text, UDP, sizeof(UDP) - 1) == 0;
	if (!place_parse(&place, text + (listener->is_udp ? sizeof(UDP) - 1 : 0))) {
		*reason = SHAPE;
		return TCP_NOT_UNDERSTOOD;
	}
	bool is_all = place.host && strcmp(place.host, "*") == 0;
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = listener->is_udp ? SOCK_DGRAM : SOCK_STREAM,
				  .ai_flags = is_all ? AI_PASSIVE : 0 };
	struct addrinfo *list = NULL;
	int answer = getaddrinfo(is_all ? NULL : place.host, place.port, &hints, &list);
	if (answer != 0) {
		*reason = answer == EAI_SYSTEM ? strerror(errno) : gai_strerror(answer);
		return TCP_NOT_UNDERSTOOD;
	}
	enum tcp_result result = list_listen(listener, list, reason);
	freeaddrinfo(list);
	return result;
}

void tcp_close(struct tcp_listener *listener)
{
	for (size_t i = 0; i < listener->n; i++) {
		close(listener->fds[i]);
	}
	if (listener->path) {
		unlink(listener->path);
	}
	listener->n = 0;
	listener->path = NULL;
}

static void keep_alive(int fd)
{
	int on = 1, idle = KEEP_IDLE_S, interval = KEEP_INTERVAL_S, count = KEEP_COUNT;
	unsigned unanswered = UNANSWERED_MS;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, sizeof(unanswered));
}

enum tcp_result tcp_target_find(struct tcp_target *target, const char *text, const char **reason)
{
	struct place place;
	*target = (struct tcp_target){ .n = 0 };
	if (!place_parse(&place, text) || !place.host) {
		*reason = "not understood: HOST:PORT or [IPV6]:PORT is";
		return TCP_NOT_UNDERSTOOD;
	}
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int answer = getaddrinfo(place.host, place.port, &hints, &list);
	if (answer != 0) {
		*reason = answer == EAI_SYSTEM ? strerror(errno) : gai_strerror(answer);
		return TCP_NOT_UNDERSTOOD;
	}
	for (struct addrinfo *at = list; at && target->n < TCP_SOCKETS_MAX; at = at->ai_next) {
		memcpy(&target->addresses[target->n], at->ai_addr, at->ai_addrlen);
		target->sizes[target->n++] = at->ai_addrlen;
	}
	freeaddrinfo(list);
	return TCP_WELL;
}

int tcp_call(struct tcp_target *target)
{
	size_t i = target->next++ % target->n;
	const struct sockaddr *address = (const struct sockaddr *)&target->addresses[i];
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	tcp_name_write(target->name, address, target->sizes[i]);
	if (fd >= 0 && connect(fd, address, target->sizes[i]) != 0 && errno != EINPROGRESS) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int tcp_call_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
		return errno;
	}
	if (error == 0) {
		keep_alive(fd);
	}
	return error;
}

int tcp_accept(int listener_fd, char name[TCP_NAME_SIZE])
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof(address);
	int fd = accept4(listener_fd, (struct sockaddr *)&address, &size,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		keep_alive(fd);
		tcp_name_write(name, (struct sockaddr *)&address, size);
	}
	return fd;
}

bool tcp_is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

long tcp_read(int fd, void *bytes, size_t size)
{
	ssize_t n;
	do {
		n = recv(fd, bytes, size, 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

uint64_t tcp_waiting(int fd)
{
	int n = 0;
	return fd >= 0 && ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

// Who has sent its end of the connection may have closed, and would answer with a reset.
void tcp_say_alive(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN | POLLRDHUP };
	if (poll(&polled, 1, 0) > 0 && polled.revents == POLLIN) {
		// One that cannot be sent follows many that nobody has taken.
		(void)send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}
