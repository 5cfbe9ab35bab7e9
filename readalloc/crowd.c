// SPDX-License-Identifier: GPL-3.0-or-later
// The streams of a run over many: which connection belongs to which, when each ends, their reports and the roll.
#include "crowd.h"

#include <errno.h>
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
#include "session_slice.h"
#include "util.h"

enum {
	STREAMS_MAX = 1024,
	FDS_KEPT = 64,          // for reports and the target's files
	SILENCE_MS = 10000,     // without a preamble, after which a connection gives way to another
	PATIENCE_MS = 60000,    // with a stream whose connection was lost
	MEMORY_LOOK = 16 << 20, // bytes read between two looks at the memory
	LABEL_SIZE = WRITER_LABEL_SIZE,
};

uint64_t crowd_clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_present(const char *folder, const char *name, const char *suffix)
{
	size_t size = strlen(folder) + strlen(name) + strlen(suffix) + 3;
	char *path = xcalloc(size, 1);
	struct stat present;
	snprintf(path, size, "%s%s%s.%s", folder, folder[0] && name[0] != '/' ? "/" : "", name,
		 suffix);
	bool is_there = lstat(path, &present) == 0;
	free(path);
	return is_there;
}

// Whether files of this name are another stream's, of this run or an earlier one.
static bool is_name_taken(const struct crowd *crowd, const char *name)
{
	for (size_t i = 0; i < crowd->n; i++) {
		if (crowd->streams[i]->name && strcmp(crowd->streams[i]->name, name) == 0) {
			return true;
		}
	}
	if (writers_have(&crowd->writers, name)) {
		return true;
	}
	for (size_t i = 0; i < crowd->options->n_outputs; i++) {
		if (is_present("", name, crowd->options->outputs[i].report->suffix)) {
			return true;
		}
	}
	const char *last = strrchr(name, '/');
	return crowd->options->junit &&
	       is_present(crowd->options->junit, last ? last : name, GATES_JUNIT_SUFFIX);
}

static struct stream *stream_of(const struct crowd *crowd, const struct session *session)
{
	for (size_t i = 0; i < crowd->n; i++) {
		if (crowd->streams[i]->session == session) {
			return crowd->streams[i];
		}
	}
	return NULL;
}

static unsigned number_choose(void *context, const struct session *session)
{
	struct crowd *crowd = context;
	const struct preamble *preamble = &session->decoder.preamble;
	for (unsigned number = 1;; number++) {
		char *name = output_default_path(crowd->options->directory, preamble->program,
						 preamble->pid, number, "");
		if (!is_name_taken(crowd, name)) {
			stream_of(crowd, session)->name = name;
			return number;
		}
		free(name);
	}
}

// Once its program is known the stream has a name, and perhaps a run to be compared with.
static void stream_name(const struct crowd *crowd, struct stream *stream)
{
	struct session *session = stream->session;
	if (session->decoder.has_preamble && session->number == 0) {
		session->number = session->number_choose(session->context, session);
		if (crowd->base && strcmp(crowd->base->decoder.preamble.program,
					  session->decoder.preamble.program) == 0) {
			session->base = crowd->base;
		}
	}
}

// The others stay in the order in which they came.
static void stream_remove(struct crowd *crowd, size_t i)
{
	stream_free(crowd->streams[i]);
	crowd->n--;
	memmove(crowd->streams + i, crowd->streams + i + 1,
		(crowd->n - i) * sizeof(*crowd->streams));
}

// Nothing came of it. Who looks whether somebody listens, and sends nothing, is not spoken of.
static void foreign_note(struct crowd *crowd, const struct stream *stream)
{
	if (stream->session->decoder.offset == 0 && !stream->session->decoder.damage.reason) {
		return;
	}
	if (crowd->n_foreign++ == 0) {
		session_say(stream->session, stream->peer);
	}
}

static void label_write(char label[LABEL_SIZE], const struct stream *stream)
{
	snprintf(label, LABEL_SIZE, "%s on %s", stream->name, stream_host(stream));
}

static void stream_finish(struct crowd *crowd, struct stream *stream, bool is_stopped)
{
	stream_end(stream, is_stopped);
	if (stream_is_nameless(stream)) {
		foreign_note(crowd, stream);
		return;
	}
	stream_name(crowd, stream); // the preamble may have come last
	char label[LABEL_SIZE];
	label_write(label, stream);
	session_say(stream->session, label);
	if (crowd->base && !stream->session->base) {
		say("%s: not compared: --base is a run of %s", label,
		    crowd->base->decoder.preamble.program);
	}
	crowd->is_damaged = crowd->is_damaged || stream->session->damage[0] ||
			    session_is_unbound(stream->session);
	struct roll_row row = stream_row(stream);
	roll_add(&crowd->roll, &row);
	if (stream->has_identity) {
		identities_add(&crowd->ended, &stream->identity);
	}
}

// Of a stream that has ended: its reports, and whether it is within its limits.
static int snapshots_write(void *context)
{
	struct session *session = context;
	bool has_gates =
		session->options->gates.n != 0 && (!session->options->base || session->base);
	session_write_reports(session, SESSION_SNAPSHOTS | (has_gates ? SESSION_GATES : 0));
	if (session->has_failed) {
		return EXIT_SYSTEM;
	}
	if (has_gates && !session->has_judged) {
		say("%s: --fail-if: nothing came that could be judged", session->label);
		return EXIT_DAMAGED;
	}
	return session->is_beyond ? EXIT_GATE : EXIT_WELL;
}

// What was written event by event is complete; the rest is left to a writer.
static void reports_start(struct crowd *crowd, struct stream *stream)
{
	char label[LABEL_SIZE];
	label_write(label, stream);
	session_write_reports(stream->session, SESSION_EVENTS);
	session_close_reports(stream->session);
	crowd->has_failed = crowd->has_failed || stream->session->has_failed;
	stream->session->label = label;
	writers_start(&crowd->writers, snapshots_write, stream->session, stream->name, label);
	stream->session->label = NULL;
}

// Everything of this moment, by a process that has its memory.
static int report_write(void *context)
{
	struct crowd *crowd = context;
	bool is_well = true;
	for (size_t i = 0; i < crowd->n; i++) {
		struct stream *stream = crowd->streams[i];
		if (stream->state != STREAM_OVER && stream->name) {
			struct roll_row row = stream_row(stream);
			roll_add(&crowd->roll, &row);
			session_write_reports(stream->session, SESSION_SNAPSHOTS);
			is_well = !stream->session->has_failed && is_well;
		}
	}
	return roll_write(&crowd->roll, stdout) && is_well ? EXIT_WELL : EXIT_SYSTEM;
}

static void report_start(struct crowd *crowd)
{
	crowd->is_report_due = false;
	for (size_t i = 0; i < crowd->n; i++) {
		if (crowd->streams[i]->state != STREAM_OVER) {
			session_write_reports(crowd->streams[i]->session, SESSION_EVENTS);
		}
	}
	writers_start(&crowd->writers, report_write, crowd, NULL, "SIGUSR1");
}

// Starts what may be started: the reports of this moment before those of streams that have ended.
static void writers_feed(struct crowd *crowd)
{
	writers_reap(&crowd->writers, false);
	if (crowd->is_report_due && writers_may_start(&crowd->writers, true)) {
		report_start(crowd);
	}
	for (size_t i = crowd->n; !crowd->is_report_due && i-- > 0;) {
		struct stream *stream = crowd->streams[i];
		bool is_nameless = stream_is_nameless(stream);
		if (stream->state != STREAM_OVER ||
		    !(is_nameless || writers_may_start(&crowd->writers, false))) {
			continue;
		}
		if (!is_nameless) {
			reports_start(crowd, stream);
		}
		stream_remove(crowd, i);
	}
}

// Ends the largest stream if all together hold too much.
static void memory_look(struct crowd *crowd)
{
	size_t sum = 0, largest = 0;
	if (crowd->n_read < MEMORY_LOOK && crowd->n_read < crowd->memory_most / 4) {
		return;
	}
	crowd->n_read = 0;
	for (size_t i = 0; i < crowd->n; i++) {
		size_t size = stream_memory(crowd->streams[i]);
		sum += size;
		if (crowd->streams[i]->state != STREAM_OVER &&
		    (crowd->streams[largest]->state == STREAM_OVER ||
		     size > stream_memory(crowd->streams[largest]))) {
			largest = i;
		}
	}
	if (sum > crowd->memory_most && crowd->streams[largest]->state != STREAM_OVER) {
		session_harm(crowd->streams[largest]->session, 0,
			     "more memory is needed than --memory allows");
		stream_finish(crowd, crowd->streams[largest], true);
	}
}

bool crowd_is_full(const struct crowd *crowd)
{
	return crowd->n >= crowd->n_most;
}

void crowd_say_full(struct crowd *crowd, const char *reason)
{
	if (!crowd->has_said_full) {
		crowd->has_said_full = true;
		say("%zu streams at once: %s: more have to wait", crowd->n, reason);
	}
}

void crowd_add(struct crowd *crowd, int fd, const char *peer)
{
	struct session *session = session_new(crowd->options, crowd->rootfs);
	session->number_choose = number_choose;
	session->context = crowd;
	crowd->streams[crowd->n++] = stream_new(fd, peer, session, crowd_clock_ms());
	if (crowd->n == crowd->n_most) {
		crowd_say_full(crowd, "that is the limit");
	}
}

struct stream *crowd_add_datagrams(struct crowd *crowd, const char *peer,
				   const struct identity *identity)
{
	crowd_add(crowd, -1, peer);
	struct stream *stream = crowd->streams[crowd->n - 1];
	stream->is_in_datagrams = true;
	stream->has_identity = true;
	stream->identity = *identity;
	stream->state = STREAM_OPEN;
	return stream;
}

void crowd_end(struct crowd *crowd, struct stream *stream)
{
	stream_finish(crowd, stream, false);
}

bool crowd_take(struct crowd *crowd, struct stream *stream, uint64_t n_lost, const uint8_t *bytes,
		size_t n)
{
	if (n_lost != 0) {
		stream_gap(stream, n_lost);
	}
	if (n == 0) {
		return true;
	}
	crowd->n_read += n;
	bool goes_on = stream_take(stream, bytes, n);
	stream_name(crowd, stream);
	if (!goes_on) {
		crowd_end(crowd, stream);
	}
	return goes_on;
}

// The other stream with this one's id; NULL: there is none.
static struct stream *twin_find(const struct crowd *crowd, const struct stream *new)
{
	for (size_t i = 0; i < crowd->n; i++) {
		struct stream *stream = crowd->streams[i];
		if (stream != new && stream->has_identity &&
		    identity_equals(&stream->identity, &new->identity)) {
			return stream;
		}
	}
	return NULL;
}

static void connection_end(struct crowd *crowd, struct stream *stream)
{
	if (stream_may_return(stream)) {
		stream_lose(stream, crowd_clock_ms());
	} else {
		stream_finish(crowd, stream, false);
	}
}

// `new` has said which stream it is.
static void stream_sort(struct crowd *crowd, struct stream *new)
{
	struct stream *stream = new->has_identity ? twin_find(crowd, new) : NULL;
	bool goes_on = false;
	if (new->has_identity && identities_have(&crowd->ended, &new->identity)) {
		stream_discard(new);
		return;
	}
	if (stream) {
		goes_on = stream_join(stream, new, &crowd->n_read);
		stream_discard(new);
	} else {
		stream = new;
		goes_on = stream_begin(stream);
		stream_name(crowd, stream);
	}
	if (!goes_on) {
		connection_end(crowd, stream);
	}
}

bool crowd_reads(const struct crowd *crowd, int fd)
{
	for (size_t i = 0; i < crowd->n; i++) {
		if (crowd->streams[i]->fd == fd) {
			return true;
		}
	}
	return false;
}

void crowd_read(struct crowd *crowd, struct stream *stream)
{
	bool goes_on = stream_read(stream, &crowd->n_read);
	if (goes_on && stream->state == STREAM_NEW) {
		if (stream_identify(stream)) {
			stream_sort(crowd, stream);
		}
		return;
	}
	stream_name(crowd, stream);
	if (!goes_on) {
		connection_end(crowd, stream);
	}
}

// Ends what has kept its place for too long: the connection that says nothing, once the place is wanted, and the stream
// that does not come back.
static void patience_end(struct crowd *crowd)
{
	uint64_t now = crowd_clock_ms();
	struct stream *oldest = NULL;
	bool is_full = crowd_is_full(crowd);
	for (size_t i = 0; i < crowd->n; i++) {
		struct stream *stream = crowd->streams[i];
		bool is_lost = stream->state == STREAM_LOST;
		bool is_silent = stream->fd >= 0 && stream_is_nameless(stream);
		uint64_t since = now - stream->since_ms;
		if ((is_lost && since >= PATIENCE_MS) ||
		    (is_full && is_silent && since >= SILENCE_MS)) {
			stream_finish(crowd, stream, false);
			is_full = false;
		} else if (is_lost && (!oldest || stream->since_ms < oldest->since_ms)) {
			oldest = stream;
		}
	}
	if (is_full && oldest) {
		stream_finish(crowd, oldest, false);
	}
}

void crowd_tend(struct crowd *crowd)
{
	patience_end(crowd);
	memory_look(crowd);
	writers_feed(crowd);
}

bool crowd_is_restless(const struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->n; i++) {
		if (crowd->streams[i]->state == STREAM_LOST) {
			return true;
		}
	}
	return crowd_is_full(crowd);
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

void crowd_init(struct crowd *crowd, const struct options *options, struct rootfs *rootfs,
		struct session *base)
{
	*crowd = (struct crowd){ .options = options, .rootfs = rootfs, .base = base };
	crowd->n_most = streams_most(options);
	crowd->memory_most = memory_most(options);
	crowd->streams = xcalloc(crowd->n_most, sizeof(struct stream *));
	writers_init(&crowd->writers);
}

// All that is still open ends, all reports are written.
void crowd_close(struct crowd *crowd)
{
	for (size_t i = crowd->n; i-- > 0;) {
		if (crowd->streams[i]->state != STREAM_OVER) {
			stream_finish(crowd, crowd->streams[i],
				      crowd->streams[i]->state != STREAM_LOST);
		}
	}
	crowd->is_report_due = false;
	while (crowd->n != 0 || crowd->writers.n != 0) {
		writers_feed(crowd);
		writers_reap(&crowd->writers, crowd->writers.n != 0);
	}
	if (crowd->n_foreign > 1) {
		say("%llu connections brought no stream", (unsigned long long)crowd->n_foreign);
	}
	errno = 0;
	struct output output = { .file = stdout };
	if (!roll_write(&crowd->roll, stdout) && !output_is_unread(&output)) {
		say("standard output: %s", strerror(errno));
		crowd->has_failed = true;
	}
	if (crowd->options->gates.n != 0 && crowd->roll.n == 0) {
		say("--fail-if: nothing came that could be judged");
		crowd->is_damaged = true;
	}
	roll_free(&crowd->roll);
	free(crowd->streams);
	identities_free(&crowd->ended);
}
