// SPDX-License-Identifier: GPL-3.0-or-later
// TCP, UDP and Unix sockets: addresses as a user writes them, listening, and peers.
#ifndef READALLOC_TCP_H
#define READALLOC_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	TCP_SOCKETS_MAX = 8,
	TCP_NAME_SIZE = 128, // "[ADDRESS]:PORT", "unix:PATH"
};

// Sockets that listen, one for each address.
struct tcp_listener {
	int fds[TCP_SOCKETS_MAX];
	char names[TCP_SOCKETS_MAX][TCP_NAME_SIZE];
	bool is_udp;      // they listen to datagrams, with which no connections come
	const char *path; // of a Unix socket, borrowed; NULL: none
	size_t n;
};

enum tcp_result {
	TCP_WELL,
	TCP_NOT_UNDERSTOOD, // the address is none; `reason` says why
	TCP_REFUSED,        // by the system; `reason` says why
};

// Listens at `place`: unix:PATH, where nobody else listens, or, behind udp: or not, PORT, ADDRESS:PORT or [IPV6]:PORT. Without an address it is the loopback, IPv4 and IPv6; the
// address * is all there are. Port 0 is any that is free.
enum tcp_result tcp_listen(struct tcp_listener *listener, const char *place, const char **reason);

// The address as "ADDRESS:PORT".
void tcp_name_write(char name[TCP_NAME_SIZE], const struct sockaddr *address, socklen_t size);
void tcp_close(struct tcp_listener *listener);

// A peer that is to be called: at one of the addresses that its name has.
struct tcp_target {
	struct sockaddr_storage addresses[TCP_SOCKETS_MAX];
	socklen_t sizes[TCP_SOCKETS_MAX];
	size_t n, next;
	char name[TCP_NAME_SIZE]; // of the address called last
};

// Finds the addresses of HOST:PORT or [IPV6]:PORT.
enum tcp_result tcp_target_find(struct tcp_target *target, const char *place, const char **reason);

// Begins a connection to the next address: a non-blocking socket, which can be written when it has come about or has
// failed; -1 with errno.
int tcp_call(struct tcp_target *target);

// How it ended: 0 or an error number.
int tcp_call_result(int fd);

// The next connection that waits at `listener_fd`, non-blocking, and who it is from; -1 with errno: EAGAIN none, and
// the numbers of tcp_is_shortage.
int tcp_accept(int listener_fd, char name[TCP_NAME_SIZE]);

// Whether accepting failed, with this error, for want of room, and not because of the peer.
bool tcp_is_shortage(int error);

// Reads what has come: its size; 0 at the end of the connection; -1 with errno.
long tcp_read(int fd, void *bytes, size_t size);

// The bytes that have come and were not read.
uint64_t tcp_waiting(int fd);

// Says to the peer that we are alive, if something of it waits to be read.
void tcp_say_alive(int fd);

#endif
