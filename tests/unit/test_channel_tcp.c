// SPDX-License-Identifier: GPL-3.0-or-later
// Streams to a TCP peer on loopback: reached by name and number, refused, stalled, gone.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "channel_case.h"

enum { BULK_SIZE = 4 << 20 };

static struct config peer;
static int peer_listener; // inherited by the process of a case, and then listening there too

// A listener on a free port of loopback, which `peer` names as `host`; -1: no such address family.
static int listen_on(int family, const char *host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool is_v6 = family == AF_INET6;
	struct sockaddr *address = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t size = is_v6 ? sizeof v6 : sizeof v4;

	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, address, size) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, address, &size) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	peer_listener = fd;
	peer = (struct config){ .sink = CONFIG_SINK_SERVER };
	snprintf(peer.host, sizeof peer.host, "%s", host);
	snprintf(peer.port, sizeof peer.port, "%u", ntohs(is_v6 ? v6.sin6_port : v4.sin_port));
	return fd;
}

// A writer that never comes is a failed check, not a test that never ends.
static int accept_one(int listener)
{
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };

	if (poll(&poll_fd, 1, CASE_PATIENCE_MS) != 1) {
		fprintf(stderr, "nobody connects:\n%s", case_messages());
		exit(1);
	}
	return accept(listener, NULL, NULL);
}

static uint8_t *receive(int fd, size_t *size)
{
	uint8_t *bytes = NULL;
	size_t room = 0;

	*size = 0;
	for (;;) {
		if (*size == room)
			bytes = realloc(bytes, room = room * 2 + 65536);
		ssize_t n = recv(fd, bytes + *size, room - *size, 0);
		if (n <= 0)
			break;
		*size += (size_t)n;
	}
	return bytes;
}

// Accepts one connection, lets `early` bytes lie unread at the writer, and reads to the end.
static struct stream receive_stream(int listener, const char *early)
{
	size_t size;
	int fd = accept_one(listener);

	CHECK(fd >= 0);
	CHECK(send(fd, early, strlen(early), MSG_NOSIGNAL) == (ssize_t)strlen(early));
	uint8_t *bytes = receive(fd, &size);
	close(fd);
	struct stream stream = stream_parse(bytes, size);
	free(bytes);
	return stream;
}

static void write_bulk(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, BULK_SIZE));
	channel_drain(CASE_DRAIN_MS);
}

static void check_peer(int family, const char *host, void (*body)(void))
{
	int listener = listen_on(family, host);
	if (listener < 0) {
		printf("not here: %s\n", host);
		return;
	}
	pid_t pid = case_start(body);
	struct stream stream = receive_stream(listener, "hello");
	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], BULK_SIZE);
	CHECK(pattern_holds(&stream, 1));
	stream_free(&stream);
	case_finish(pid);
	CHECK_STR(case_messages(), "");
	close(listener);
}

static void write_bulk_directly(void)
{
	CASE_CHECK(setrlimit(RLIMIT_NPROC, &(struct rlimit){ 0 }) == 0);
	if (geteuid() == 0)
		CASE_CHECK(setresuid(65534, 65534, 65534) == 0);
	uint32_t thread;
	size_t at = 0;
	CASE_CHECK(case_open(&peer));
	CASE_CHECK(channel_is_direct());
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, BULK_SIZE));
	channel_drain(CASE_DRAIN_MS);
}

static void fail_to_connect(void)
{
	errno = 42;
	CASE_CHECK(!case_open(&peer));
	CASE_CHECK(errno == 42);
}

static void refusal_is_said(void)
{
	char expected[128];
	int listener = listen_on(AF_INET, "127.0.0.1");

	close(listener);
	case_run(fail_to_connect);
	snprintf(expected, sizeof expected,
		 "dumpalloc: 127.0.0.1:%s: connection refused: the program runs untraced\n",
		 peer.port);
	CHECK_STR(case_messages(), expected);
}

static void unknown_host_is_said(void)
{
	// Reserved for this purpose by RFC 6761.
	peer = (struct config){ .sink = CONFIG_SINK_SERVER,
				.host = "no-host.invalid",
				.port = "7000" };
	uint32_t since = clock_ms();
	case_run(fail_to_connect);
	CHECK(clock_ms() - since < 7000);
	CHECK(strncmp(case_messages(), "dumpalloc: no-host.invalid", 26) == 0);
	CHECK(strchr(case_messages(), '\n') == strrchr(case_messages(), '\n'));
}

// The listener serves the parent alone; its children are refused.
static void fork_without_a_peer(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	close(peer_listener);
	struct ring *ring = channel_ring_acquire(&thread);
	atomic_store(&notes->is_go, 1);
	while (atomic_load(&notes->is_go) != 2)
		case_sleep_ms(1);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			channel_forget();
			CASE_CHECK(!case_open(&peer));
			_exit(0);
		}
		CASE_CHECK(waitpid(pid, NULL, 0) == pid);
	}
	CASE_CHECK(case_write(ring, &at, 100));
}

// A peer that is gone answers with a refusal. One that serves a single stream and has its queue full
// answers nothing; a child then must not wait as long as for a peer nobody has reached yet.
static void check_children_without_a_peer(bool is_busy, const char *reason)
{
	char expected[128];
	int listener = listen_on(AF_INET, "127.0.0.1");
	int fillers[4] = { -1, -1, -1, -1 };
	struct sockaddr_in address = { 0 };
	socklen_t size_of_address = sizeof address;

	CHECK(getsockname(listener, (struct sockaddr *)&address, &size_of_address) == 0);
	CHECK(listen(listener, 0) == 0);
	pid_t pid = case_start(fork_without_a_peer);
	while (atomic_load(&notes->is_go) == 0)
		case_sleep_ms(1);
	int fd = accept_one(listener);
	for (int i = 0; is_busy && i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		int answer = connect(fillers[i], (struct sockaddr *)&address, sizeof address);
		CHECK(answer == 0 || errno == EINPROGRESS);
	}
	if (!is_busy)
		close(listener);
	atomic_store(&notes->is_go, 2);
	size_t size;
	uint8_t *bytes = receive(fd, &size);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.sizes[1] == 100);
	stream_free(&stream);
	free(bytes);
	close(fd);
	case_finish(pid);
	for (int i = 0; is_busy && i < 4; i++)
		close(fillers[i]);
	if (is_busy)
		close(listener);
	snprintf(expected, sizeof expected,
		 "dumpalloc: 127.0.0.1:%s: %s: the program runs untraced\n", peer.port, reason);
	CHECK_STR(case_messages(), expected);
}

// The peer accepts and reads nothing until the producer has given up, then everything.
static void meet_a_stalled_peer(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	region_current->stall_ms = 500;
	struct ring *ring = channel_ring_acquire(&thread);
	while (case_write(ring, &at, 1000))
		continue;
	CASE_CHECK(!channel_is_broken());
	channel_count_lost();
	size_t lost_at = at;
	uint32_t since = clock_ms();
	for (int i = 0; i < 1000; i++)
		case_write(ring, &lost_at, 1000);
	CASE_CHECK(clock_ms() - since < 400);
	atomic_store(&notes->value, (uint32_t)at);
	atomic_store(&notes->is_go, 1);
	since = clock_ms();
	while (!case_write(ring, &at, 1) && clock_ms() - since < 10000)
		case_sleep_ms(5);
	channel_drain(CASE_DRAIN_MS);
	atomic_store(&notes->value, (uint32_t)at);
}

static void stalled_peer_stops_nobody_and_may_come_back(void)
{
	int listener = listen_on(AF_INET, "127.0.0.1");
	int small = 4096;
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);

	pid_t pid = case_start(meet_a_stalled_peer);
	int fd = accept_one(listener);
	while (atomic_load(&notes->is_go) == 0)
		case_sleep_ms(5);
	size_t size;
	uint8_t *bytes = receive(fd, &size);
	case_finish(pid);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.n_lost, 1);
	CHECK(stream.sizes[1] >= atomic_load(&notes->value));
	stream_free(&stream);
	free(bytes);
	close(fd);
	close(listener);
}

// More than the sockets hold, and nobody reads.
static void end_before_a_stalled_peer(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	region_current->stall_ms = 500;
	struct ring *ring = channel_ring_acquire(&thread);
	while (case_write(ring, &at, 1000))
		continue;
	uint32_t since = clock_ms();
	channel_drain(300);
	CASE_CHECK(clock_ms() - since >= 300 && clock_ms() - since < 5000);
	atomic_store(&notes->value, (uint32_t)at);
}

static void the_end_waits_for_a_stalled_peer_and_not_for_ever(void)
{
	int listener = listen_on(AF_INET, "127.0.0.1");
	int small = 4096;
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);

	pid_t pid = case_start(end_before_a_stalled_peer);
	int fd = accept_one(listener);
	case_finish(pid);
	size_t size;
	uint8_t *bytes = receive(fd, &size);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK(stream.sizes[1] >= atomic_load(&notes->value)); // the relay outlives the program
	stream_free(&stream);
	free(bytes);
	close(fd);
	close(listener);
}

// Writes until nothing is taken any more.
static void lose_the_peer(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	close(peer_listener);
	region_current->stall_ms = 500;
	struct ring *ring = channel_ring_acquire(&thread);
	while (case_write(ring, &at, 1000))
		continue;
	CASE_CHECK(!channel_is_broken());
	uint32_t since = clock_ms();
	channel_drain(CASE_DRAIN_MS);
	CASE_CHECK(clock_ms() - since < 2000);
	atomic_store(&notes->value, (uint32_t)at);
}

static void peer_that_goes_away_is_said_once(void)
{
	int listener = listen_on(AF_INET, "127.0.0.1");

	pid_t pid = case_start(lose_the_peer);
	int fd = accept_one(listener);
	close(fd);
	close(listener);
	case_finish(pid);
	const char *messages = case_messages();
	CHECK(strncmp(messages, "dumpalloc: 127.0.0.1:", 21) == 0);
	CHECK(strstr(messages, ": trying again\n") != NULL);
	CHECK(strchr(messages, '\n') == strrchr(messages, '\n'));
}

// All that was written arrives over the connections together, in the second one from the beginning on.
static void peer_that_comes_back_has_everything(void)
{
	int listener = listen_on(AF_INET, "127.0.0.1");

	struct sockaddr_in address = { 0 };
	socklen_t size_of_address = sizeof address;
	int on = 1;

	CHECK(getsockname(listener, (struct sockaddr *)&address, &size_of_address) == 0);
	pid_t pid = case_start(lose_the_peer);
	int fd = accept_one(listener);
	close(listener);
	close(fd);
	case_finish(pid);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(listen(listener, 8) == 0);
	fd = accept_one(listener);
	size_t size;
	uint8_t *bytes = receive(fd, &size);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.has_preamble && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], atomic_load(&notes->value));
	CHECK(pattern_holds(&stream, 1));
	stream_free(&stream);
	free(bytes);
	close(fd);
	close(listener);
}

// Killed with the peer slow: what was published arrives after the program is gone.
static void publish_and_wait(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(&peer));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, ring->size / 2));
	atomic_store(&notes->value, ring->size / 2);
	atomic_store(&notes->is_go, 1);
	for (;;)
		pause();
}

static void published_records_outlive_the_program(void)
{
	int listener = listen_on(AF_INET, "127.0.0.1");
	int small = 4096;
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);

	pid_t pid = case_start(publish_and_wait);
	int fd = accept_one(listener);
	while (atomic_load(&notes->is_go) == 0)
		case_sleep_ms(1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	size_t size;
	uint8_t *bytes = receive(fd, &size);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], atomic_load(&notes->value));
	stream_free(&stream);
	free(bytes);
	close(fd);
	close(listener);
}

int main(void)
{
	case_folder("channel.tcp");
	check_peer(AF_INET, "127.0.0.1", write_bulk);
	check_peer(AF_INET, "localhost", write_bulk);
	check_peer(AF_INET6, "::1", write_bulk);
	check_peer(AF_INET, "127.0.0.1", write_bulk_directly);
	refusal_is_said();
	unknown_host_is_said();
	check_children_without_a_peer(false, "connection refused");
	check_children_without_a_peer(true, "serves another stream and takes no second");
	stalled_peer_stops_nobody_and_may_come_back();
	the_end_waits_for_a_stalled_peer_and_not_for_ever();
	peer_that_goes_away_is_said_once();
	peer_that_comes_back_has_everything();
	published_records_outlive_the_program();
	return check_result();
}
