// SPDX-License-Identifier: GPL-3.0-or-later
// A run over many streams: whoever connects or is called is read, each stream has reports of its own.
//
// One loop reads all streams, so that none needs a lock.
#include "listen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alive.h"
#include "announce.h"
#include "crowd.h"
#include "dial.h"
#include "options.h"
#include "progress.h"
#include "signals.h"
#include "tcp.h"
#include "udp.h"
#include "util.h"

enum {
	ACCEPTED_AT_ONCE = 64, // then those that are read have their turn
	LOOK_MS = 1000,        // how often it is tried again where something lacks
	STUCK_S =
		60, // how long programs wait for a reader that does not get on; a large report takes less
	UDP_STOP_MS = 2000, // of reading datagrams that have come already, after the signal to stop
};

struct listen {
	struct crowd crowd;
	struct tcp_listener listener;
	struct dials dials;
	struct announce announce;
	struct udp udp;
	struct progress progress;
	int signal_fd;
	// The signals, who asks where to find us, the listening sockets, those that call, then the streams.
	struct pollfd *polled;
	uint64_t stop_at_ms;     // of reading datagrams; 0: no signal has come
	bool is_cut;             // a second one has
	uint64_t short_until_ms; // until when no connection is accepted, as something lacks
	uint64_t accepted_ms;    // when it was looked last who connects
};

static bool is_full(const struct listen *listen)
{
	return crowd_is_full(&listen->crowd) || crowd_clock_ms() < listen->short_until_ms;
}

static void streams_accept(struct listen *listen, int listener_fd)
{
	char peer[TCP_NAME_SIZE];
	for (int i = 0; i < ACCEPTED_AT_ONCE && !is_full(listen); i++) {
		int fd = tcp_accept(listener_fd, peer);
		if (fd < 0) {
			if (tcp_is_shortage(errno)) {
				crowd_say_full(&listen->crowd, strerror(errno));
				listen->short_until_ms = crowd_clock_ms() + LOOK_MS;
			}
			return;
		}
		crowd_add(&listen->crowd, fd, peer);
	}
}

// Who has connected hears that we are alive, once it is accepted: all streams together may take long to read.
static void streams_accept_now_and_then(struct listen *listen)
{
	uint64_t now = crowd_clock_ms();
	if (listen->listener.is_udp || listen->stop_at_ms != 0 ||
	    now - listen->accepted_ms < LOOK_MS) {
		return;
	}
	for (size_t i = 0; i < listen->listener.n; i++) {
		streams_accept(listen, listen->listener.fds[i]);
	}
	listen->accepted_ms = now;
}

// What has arrived is read, and no more: of whoever goes on sending there is no end.
static void stop(struct listen *listen)
{
	struct crowd *crowd = &listen->crowd;
	size_t before;
	listen->stop_at_ms = crowd_clock_ms() + UDP_STOP_MS;
	do {
		before = crowd->n;
		for (size_t i = 0; !listen->listener.is_udp && i < listen->listener.n; i++) {
			streams_accept(listen, listen->listener.fds[i]);
		}
	} while (crowd->n != before);
	for (size_t i = 0; i < crowd->n; i++) {
		stream_limit(crowd->streams[i]);
	}
}

static void signals_look(struct listen *listen)
{
	enum signal_wish wish;
	while ((wish = signals_take(listen->signal_fd)) != SIGNAL_NONE) {
		if (wish == SIGNAL_REPORT) {
			listen->crowd.is_report_due = true;
		} else if (wish == SIGNAL_STOP && listen->stop_at_ms != 0) {
			listen->is_cut = true;
		} else if (wish == SIGNAL_STOP) {
			stop(listen);
		}
	}
}

static int patience_of_streams(const struct listen *listen)
{
	if (listen->stop_at_ms != 0) {
		return 0;
	}
	if (listen->listener.is_udp) {
		int wait = udp_patience(&listen->crowd);
		bool is_long = wait < 0 || wait > DIAL_PAUSE_MS;
		return listen->dials.n != 0 && is_long ? DIAL_PAUSE_MS : wait;
	}
	if (listen->dials.n != 0) {
		return DIAL_PAUSE_MS;
	}
	return is_full(listen) || crowd_is_restless(&listen->crowd) ? LOOK_MS : -1;
}

// A line that is shown is to be brought up to date.
static int patience(const struct listen *listen)
{
	int wait = patience_of_streams(listen);
	bool is_long = wait < 0 || wait > PROGRESS_MS;
	return listen->progress.is_wanted && is_long ? PROGRESS_MS : wait;
}

static void progress_look(struct listen *listen)
{
	struct progress_state state;
	if (progress_is_due(&listen->progress)) {
		crowd_look(&listen->crowd, &state);
		progress_show(&listen->progress, &state);
	}
}

// Waits for what comes first. Returns the number of sockets at which something is to be done; -1 with errno.
static int wait_for_some(struct listen *listen)
{
	struct pollfd *at = listen->polled;
	*at++ = (struct pollfd){ .fd = listen->signal_fd, .events = POLLIN };
	bool has_stopped = listen->stop_at_ms != 0;
	*at++ = (struct pollfd){ .fd = has_stopped ? -1 : listen->announce.fd, .events = POLLIN };
	for (size_t i = 0; i < listen->listener.n; i++) {
		bool is_shut = !listen->listener.is_udp && (is_full(listen) || has_stopped);
		int fd = is_shut ? -1 : listen->listener.fds[i];
		*at++ = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	dials_poll(&listen->dials, at);
	for (size_t i = 0; has_stopped && i < listen->dials.n; i++) {
		at[i].fd = -1;
	}
	at += listen->dials.n;
	for (size_t i = 0; i < listen->crowd.n; i++) {
		const struct stream *stream = listen->crowd.streams[i];
		int fd = stream->n_due == 0 ? -1 : stream->fd;
		*at++ = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	int n = poll(listen->polled, (nfds_t)(at - listen->polled), patience(listen));
	if (n < 0) {
		return errno == EINTR ? 1 : -1;
	}
	if (listen->polled[0].revents != 0) {
		signals_look(listen);
		return n; // one more round, even if nothing else has come
	}
	return n;
}

// Whether what has arrived is read; `n` descriptors have something.
static bool is_over(const struct listen *listen, int n)
{
	bool is_late = listen->listener.is_udp && crowd_clock_ms() >= listen->stop_at_ms;
	return listen->stop_at_ms != 0 && (n == 0 || is_late || listen->is_cut);
}

// One round of the loop. False: it is over.
static bool turn(struct listen *listen)
{
	size_t n_polled = listen->crowd.n;
	int n = wait_for_some(listen);
	listen->accepted_ms = crowd_clock_ms();
	alive_get_on();
	if (n < 0) {
		say("poll: %s", strerror(errno));
		listen->crowd.has_failed = true;
		return false;
	}
	const struct pollfd *listening = listen->polled + 2;
	const struct pollfd *called = listening + listen->listener.n;
	const struct pollfd *polled = called + listen->dials.n;
	for (size_t i = 0; i < n_polled; i++) {
		struct stream *stream = listen->crowd.streams[i];
		if (polled[i].revents != 0 && stream->fd >= 0) {
			crowd_read(&listen->crowd, stream);
			alive_get_on();
			streams_accept_now_and_then(listen);
		}
	}
	for (size_t i = 0; i < listen->listener.n; i++) {
		if (listening[i].revents != 0 && listen->listener.is_udp) {
			udp_read(&listen->udp, &listen->crowd, listen->listener.fds[i]);
		} else if (listening[i].revents != 0) {
			streams_accept(listen, listen->listener.fds[i]);
		}
	}
	if (listen->polled[1].revents != 0) {
		announce_take(&listen->announce);
	}
	if (listen->stop_at_ms == 0) {
		dials_turn(&listen->dials, called, &listen->crowd);
	}
	if (listen->listener.is_udp) {
		udp_tend(&listen->crowd);
	}
	if (listen->crowd.is_report_due) {
		progress_hide(&listen->progress);
	}
	crowd_tend(&listen->crowd);
	progress_look(listen);
	return !is_over(listen, n);
}

static bool listen_open(struct listen *listen, const struct options *options, int *exit_code)
{
	const char *reason;
	enum tcp_result result = TCP_WELL;
	if (options->listen) {
		result = tcp_listen(&listen->listener, options->listen, &reason);
	}
	if (result != TCP_WELL) {
		say("--listen %s: %s", options->listen, reason);
		*exit_code = result == TCP_NOT_UNDERSTOOD ? EXIT_USAGE : EXIT_SYSTEM;
		return false;
	}
	if (options->is_announcing && listen->listener.is_udp) {
		say("--announce: not with --listen %s: devices look for TCP", options->listen);
		tcp_close(&listen->listener);
		*exit_code = EXIT_USAGE;
		return false;
	}
	if (options->is_announcing &&
	    !announce_open(&listen->announce, &listen->listener, &reason)) {
		say("--announce: %s", reason);
		tcp_close(&listen->listener);
		*exit_code = EXIT_SYSTEM;
		return false;
	}
	if (!dials_open(&listen->dials, &options->calls)) {
		tcp_close(&listen->listener);
		announce_close(&listen->announce);
		*exit_code = EXIT_USAGE;
		return false;
	}
	listen->signal_fd = signals_open(SIGCHLD);
	if (listen->signal_fd < 0) {
		say("signals: %s", strerror(errno));
		tcp_close(&listen->listener);
		announce_close(&listen->announce);
		dials_close(&listen->dials);
		*exit_code = EXIT_SYSTEM;
		return false;
	}
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < listen->listener.n; i++) {
		say("listening on %s", listen->listener.names[i]);
	}
	return true;
}

int listen_run(const struct options *options, struct rootfs *rootfs, struct session *base)
{
	struct listen listen = { .announce = { .fd = -1 } };
	struct crowd *crowd = &listen.crowd;
	int exit_code;
	if (!listen_open(&listen, options, &exit_code)) {
		return exit_code;
	}
	crowd_init(crowd, options, rootfs, base);
	listen.polled = xcalloc(2 + TCP_SOCKETS_MAX + listen.dials.n + crowd->n_most,
				sizeof(*listen.polled));
	progress_start(&listen.progress, !options->no_progress);
	alive_start(STUCK_S);
	while (turn(&listen)) {
	}
	alive_stop();
	progress_end(&listen.progress);
	udp_end(&listen.udp, crowd);
	tcp_close(&listen.listener);
	announce_close(&listen.announce);
	dials_close(&listen.dials);
	crowd_close(crowd);
	free(listen.polled);
	close(listen.signal_fd);
	if (crowd->has_failed || crowd->writers.has_failed) {
		return EXIT_SYSTEM;
	}
	if (crowd->writers.is_beyond) {
		return EXIT_GATE;
	}
	return crowd->is_damaged || crowd->writers.is_damaged ? EXIT_DAMAGED : EXIT_WELL;
}
