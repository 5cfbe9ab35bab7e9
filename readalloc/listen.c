// SPDX-License-Identifier: GPL-3.0-or-later
// A run over many streams: whoever connects is read, each stream has reports of its own.
//
// One loop reads all streams, so that none needs a lock. What takes long, naming functions and writing reports, is
// done by processes of its own (writers.h), which leave the loop reading.
#include "listen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "output.h"
#include "report.h"
#include "roll.h"
#include "signals.h"
#include "stream.h"
#include "tcp.h"
#include "util.h"
#include "writers.h"

enum {
	STREAMS_MAX = 1024,
	FDS_KEPT = 64,          // for reports and the target's files
	ACCEPTED_AT_ONCE = 64,  // then those that are read have their turn
	LOOK_MS = 1000,         // how often it is tried again where something lacks
	SILENCE_MS = 10000,     // without a preamble, after which a connection gives way to another
	STOP_MS = 2000,         // of reading what has come already, after the signal to stop
	MEMORY_LOOK = 16 << 20, // bytes read between two looks at the memory
	LABEL_SIZE = WRITER_LABEL_SIZE,
};

struct listen {
	const struct options *options;
	struct rootfs *rootfs;
	struct tcp_listener listener;
	int signal_fd;
	struct stream *
		*streams; // those that are read, and those whose reports are still to be written
	size_t n, n_most;
	struct pollfd *polled; // the signals, the listening sockets, then the streams
	struct writers writers;
	struct roll roll;
	size_t n_read, memory_most;
	uint64_t stop_at_ms; // 0: no signal has come
	bool is_report_due;
	uint64_t short_until_ms; // until when no connection is accepted, as something lacks
	bool is_damaged, has_failed;
	bool has_said_full;
	uint64_t n_foreign;
};

static uint64_t clock_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// Whether files of this name are another stream's, of this run or an earlier one.
static bool is_name_taken(const struct listen *listen, const char *name)
{
	for (size_t i = 0; i < listen->n; i++) {
		if (listen->streams[i]->name && strcmp(listen->streams[i]->name, name) == 0) {
			return true;
		}
	}
	if (writers_have(&listen->writers, name)) {
		return true;
	}
	for (size_t i = 0; i < listen->options->n_outputs; i++) {
		const char *suffix = listen->options->outputs[i].report->suffix;
		size_t size = strlen(name) + strlen(suffix) + 2;
		char *path = xcalloc(size, 1);
		struct stat present;
		snprintf(path, size, "%s.%s", name, suffix);
		bool is_present = lstat(path, &present) == 0;
		free(path);
		if (is_present) {
			return true;
		}
	}
	return false;
}

static struct stream *stream_of(const struct listen *listen, const struct session *session)
{
	for (size_t i = 0; i < listen->n; i++) {
		if (listen->streams[i]->session == session) {
			return listen->streams[i];
		}
	}
	return NULL;
}

static unsigned number_choose(void *context, const struct session *session)
{
	struct listen *listen = context;
	const struct preamble *preamble = &session->decoder.preamble;
	for (unsigned number = 1;; number++) {
		char *name = output_default_path(listen->options->directory, preamble->program,
						 preamble->pid, number, "");
		if (!is_name_taken(listen, name)) {
			stream_of(listen, session)->name = name;
			return number;
		}
		free(name);
	}
}

static void stream_name(struct stream *stream)
{
	struct session *session = stream->session;
	if (session->decoder.has_preamble && session->number == 0) {
		session->number = session->number_choose(session->context, session);
	}
}

static void stream_remove(struct listen *listen, size_t i)
{
	stream_free(listen->streams[i]);
	listen->streams[i] = listen->streams[--listen->n];
}

// Nothing came of it. Who looks whether somebody listens, and sends nothing, is not spoken of.
static void foreign_note(struct listen *listen, const struct stream *stream)
{
	if (stream->session->decoder.offset == 0 && !stream->session->decoder.damage.reason) {
		return;
	}
	if (listen->n_foreign++ == 0) {
		session_say(stream->session, stream->peer);
	}
}

static void label_write(char label[LABEL_SIZE], const struct stream *stream)
{
	snprintf(label, LABEL_SIZE, "%s on %s", stream->name, stream_host(stream));
}

// Ends the `i`th stream. False: it is gone, as nothing is to be reported of it.
static bool stream_finish(struct listen *listen, size_t i, bool is_stopped)
{
	struct stream *stream = listen->streams[i];
	stream_end(stream, is_stopped);
	if (stream_is_nameless(stream)) {
		foreign_note(listen, stream);
		stream_remove(listen, i);
		return false;
	}
	stream_name(stream); // the preamble may have come last
	char label[LABEL_SIZE];
	label_write(label, stream);
	session_say(stream->session, label);
	listen->is_damaged = listen->is_damaged || stream->session->damage[0];
	struct roll_row row = stream_row(stream);
	roll_add(&listen->roll, &row);
	return true;
}

static bool snapshots_write(void *context)
{
	struct session *session = context;
	session_write_reports(session, SESSION_SNAPSHOTS);
	return !session->has_failed;
}

// What was written event by event is complete; the rest is left to a writer.
static void reports_start(struct listen *listen, size_t i)
{
	struct stream *stream = listen->streams[i];
	char label[LABEL_SIZE];
	label_write(label, stream);
	session_write_reports(stream->session, SESSION_EVENTS);
	session_close_reports(stream->session);
	listen->has_failed = listen->has_failed || stream->session->has_failed;
	writers_start(&listen->writers, snapshots_write, stream->session, stream->name, label);
}

// Everything of this moment, by a process that has its memory.
static bool report_write(void *context)
{
	struct listen *listen = context;
	bool is_well = true;
	for (size_t i = 0; i < listen->n; i++) {
		struct stream *stream = listen->streams[i];
		if (stream->fd >= 0 && stream->name) {
			struct roll_row row = stream_row(stream);
			roll_add(&listen->roll, &row);
			is_well = snapshots_write(stream->session) && is_well;
		}
	}
	return roll_write(&listen->roll, stdout) && is_well;
}

static void report_start(struct listen *listen)
{
	listen->is_report_due = false;
	for (size_t i = 0; i < listen->n; i++) {
		if (listen->streams[i]->fd >= 0) {
			session_write_reports(listen->streams[i]->session, SESSION_EVENTS);
		}
	}
	writers_start(&listen->writers, report_write, listen, NULL, "SIGUSR1");
}

// Starts what may be started: the reports of this moment before those of streams that have ended.
static void writers_feed(struct listen *listen)
{
	writers_reap(&listen->writers, false);
	if (listen->is_report_due && writers_may_start(&listen->writers, true)) {
		report_start(listen);
	}
	for (size_t i = listen->n; !listen->is_report_due && i-- > 0;) {
		if (listen->streams[i]->fd < 0 && writers_may_start(&listen->writers, false)) {
			reports_start(listen, i);
			stream_remove(listen, i);
		}
	}
}

// Ends the largest stream if all together hold too much.
static void memory_look(struct listen *listen)
{
	size_t sum = 0, largest = 0;
	if (listen->n_read < MEMORY_LOOK && listen->n_read < listen->memory_most / 4) {
		return;
	}
	listen->n_read = 0;
	for (size_t i = 0; i < listen->n; i++) {
		size_t size = stream_memory(listen->streams[i]);
		sum += size;
		if (listen->streams[i]->fd >= 0 &&
		    (listen->streams[largest]->fd < 0 ||
		     size > stream_memory(listen->streams[largest]))) {
			largest = i;
		}
	}
	if (sum > listen->memory_most && listen->streams[largest]->fd >= 0) {
		struct session *session = listen->streams[largest]->session;
		decoder_damage(&session->decoder, session->decoder.offset,
			       "more memory is needed than --memory allows");
		stream_finish(listen, largest, true);
	}
}

static bool is_full(const struct listen *listen)
{
	return listen->n >= listen->n_most || clock_now_ms() < listen->short_until_ms;
}

static void full_say(struct listen *listen, const char *reason)
{
	if (!listen->has_said_full) {
		listen->has_said_full = true;
		say("%zu streams at once: %s: more have to wait", listen->n, reason);
	}
}

// Makes room for others, of those that have said nothing so long that they are hardly streams.
static void silent_end(struct listen *listen)
{
	uint64_t now = clock_now_ms();
	for (size_t i = listen->n; i-- > 0;) {
		struct stream *stream = listen->streams[i];
		if (stream->fd >= 0 && stream_is_nameless(stream) &&
		    now - stream->since_ms >= SILENCE_MS) {
			stream_finish(listen, i, false);
		}
	}
}

static void streams_accept(struct listen *listen, int listener_fd)
{
	char peer[TCP_NAME_SIZE];
	for (int i = 0; i < ACCEPTED_AT_ONCE && !is_full(listen); i++) {
		int fd = tcp_accept(listener_fd, peer);
		if (fd < 0) {
			if (tcp_is_shortage(errno)) {
				full_say(listen, strerror(errno));
				listen->short_until_ms = clock_now_ms() + LOOK_MS;
			}
			return;
		}
		struct session *session = session_new(listen->options, listen->rootfs);
		session->number_choose = number_choose;
		session->context = listen;
		listen->streams[listen->n++] = stream_new(fd, peer, session, clock_now_ms());
		if (listen->n == listen->n_most) {
			full_say(listen, "that is the limit");
		}
	}
}

static void signals_look(struct listen *listen)
{
	enum signal_wish wish;
	while ((wish = signals_take(listen->signal_fd)) != SIGNAL_NONE) {
		if (wish == SIGNAL_REPORT) {
			listen->is_report_due = true;
		} else if (wish == SIGNAL_STOP && listen->stop_at_ms == 0) {
			listen->stop_at_ms = clock_now_ms() + STOP_MS;
		}
	}
}

static int patience(const struct listen *listen)
{
	if (listen->stop_at_ms != 0) {
		return 0;
	}
	return is_full(listen) ? LOOK_MS : -1;
}

// Waits for what comes first. Returns the number of sockets at which something is to be done; -1 with errno.
static int wait_for_some(struct listen *listen)
{
	struct pollfd *at = listen->polled;
	*at++ = (struct pollfd){ .fd = listen->signal_fd, .events = POLLIN };
	for (size_t i = 0; i < listen->listener.n; i++) {
		int fd = is_full(listen) ? -1 : listen->listener.fds[i];
		*at++ = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	for (size_t i = 0; i < listen->n; i++) {
		*at++ = (struct pollfd){ .fd = listen->streams[i]->fd, .events = POLLIN };
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

// One round of the loop. False: it is over.
static bool turn(struct listen *listen)
{
	size_t n_polled = listen->n;
	int n = wait_for_some(listen);
	if (n < 0) {
		say("poll: %s", strerror(errno));
		listen->has_failed = true;
		return false;
	}
	const struct pollfd *polled = listen->polled + 1 + listen->listener.n;
	for (size_t i = n_polled; i-- > 0;) {
		if (polled[i].revents != 0 && listen->streams[i]->fd >= 0) {
			bool goes_on = stream_read(listen->streams[i], &listen->n_read);
			stream_name(listen->streams[i]);
			if (!goes_on) {
				stream_finish(listen, i, false);
			}
		}
	}
	for (size_t i = 0; i < listen->listener.n; i++) {
		if (listen->polled[1 + i].revents != 0) {
			streams_accept(listen, listen->listener.fds[i]);
		}
	}
	if (is_full(listen)) {
		silent_end(listen);
	}
	memory_look(listen);
	writers_feed(listen);
	return listen->stop_at_ms == 0 || (n != 0 && clock_now_ms() < listen->stop_at_ms);
}

// As many streams as there may be descriptors for, all that may be had.
static size_t streams_most(const struct options *options)
{
	struct rlimit limit;
	size_t n_each = 1, n = STREAMS_MAX;
	for (size_t i = 0; i < options->n_outputs; i++) {
		n_each += options->outputs[i].report->write == NULL;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return n;
	}
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FDS_KEPT + n * n_each) {
		n = limit.rlim_cur > FDS_KEPT ? (limit.rlim_cur - FDS_KEPT) / n_each : 1;
	}
	return n != 0 ? n : 1;
}

static size_t memory_most(const struct options *options)
{
	long n_pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	if (options->memory != 0) {
		return options->memory;
	}
	return n_pages > 0 && page > 0 ? (size_t)n_pages * (size_t)page / 2 : SIZE_MAX;
}

static bool listen_open(struct listen *listen, int *exit_code)
{
	const char *reason;
	enum tcp_result result = tcp_listen(&listen->listener, listen->options->listen, &reason);
	if (result != TCP_WELL) {
		say("--listen %s: %s", listen->options->listen, reason);
		*exit_code = result == TCP_NOT_UNDERSTOOD ? EXIT_USAGE : EXIT_SYSTEM;
		return false;
	}
	listen->signal_fd = signals_open(SIGCHLD);
	if (listen->signal_fd < 0) {
		say("signals: %s", strerror(errno));
		tcp_close(&listen->listener);
		*exit_code = EXIT_SYSTEM;
		return false;
	}
	signal(SIGPIPE, SIG_IGN);
	listen->n_most = streams_most(listen->options);
	listen->memory_most = memory_most(listen->options);
	listen->streams = xcalloc(listen->n_most, sizeof(struct stream *));
	listen->polled = xcalloc(1 + TCP_SOCKETS_MAX + listen->n_most, sizeof(*listen->polled));
	writers_init(&listen->writers);
	for (size_t i = 0; i < listen->listener.n; i++) {
		say("listening on %s", listen->listener.names[i]);
	}
	return true;
}

// All that is still open ends, all reports are written.
static void listen_close(struct listen *listen)
{
	tcp_close(&listen->listener);
	for (size_t i = listen->n; i-- > 0;) {
		if (listen->streams[i]->fd >= 0) {
			stream_finish(listen, i, true);
		}
	}
	listen->is_report_due = false;
	while (listen->n != 0 || listen->writers.n != 0) {
		writers_feed(listen);
		writers_reap(&listen->writers, listen->writers.n != 0);
	}
	if (listen->n_foreign > 1) {
		say("%llu connections brought no stream", (unsigned long long)listen->n_foreign);
	}
	errno = 0;
	struct output output = { .file = stdout };
	if (!roll_write(&listen->roll, stdout) && !output_is_unread(&output)) {
		say("standard output: %s", strerror(errno));
		listen->has_failed = true;
	}
	roll_free(&listen->roll);
	free(listen->streams);
	free(listen->polled);
	close(listen->signal_fd);
}

int listen_run(const struct options *options, struct rootfs *rootfs)
{
	struct listen listen = { .options = options, .rootfs = rootfs };
	int exit_code;
	if (!listen_open(&listen, &exit_code)) {
		return exit_code;
	}
	while (turn(&listen)) {
	}
	listen_close(&listen);
	if (listen.has_failed || listen.writers.has_failed) {
		return EXIT_SYSTEM;
	}
	return listen.is_damaged ? EXIT_DAMAGED : EXIT_WELL;
}
