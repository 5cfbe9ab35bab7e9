// SPDX-License-Identifier: GPL-3.0-or-later
// All changes of the heap in their order, kept in a file that has no name: for reports that tell a run once more.
#include "change_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heaptrack_traces.h"
#include "model.h"
#include "temporary.h"
#include "util.h"

// A change is a number, the charge with the type in its lowest bits, and the size; of time the first number is the
// milliseconds since the time before, and there is no other. Numbers are seven bits a byte, the lowest first.
enum { TYPE_BITS = 3, TYPE_MASK = 7, NUMBER_MAX = 10, CHANGE_MAX = 2 * NUMBER_MAX };

static const uint64_t MILLISECOND = 1000; // in microseconds

// What the thread that writes the log tells the one that follows it.
struct change_share {
	pthread_mutex_t lock; // of all that follows
	pthread_cond_t has_grown;
	uint64_t n_written; // bytes that are in the file
	int error;
	bool is_over;
};

struct change_log *change_log_new(void)
{
	struct change_log *log = xcalloc(1, sizeof(*log));
	log->fd = temporary_file();
	log->error = log->fd < 0 ? errno : 0;
	return log;
}

void change_log_free(struct change_log *log)
{
	if (log) {
		if (log->fd >= 0) {
			close(log->fd);
		}
		if (log->share) {
			pthread_cond_destroy(&log->share->has_grown);
			pthread_mutex_destroy(&log->share->lock);
			heaptrack_traces_free(log->traces);
			free(log->traces);
			free(log->share);
		}
		free(log);
	}
}

void change_log_be_followed(struct change_log *log)
{
	log->share = xcalloc(1, sizeof(*log->share));
	pthread_mutex_init(&log->share->lock, NULL);
	pthread_cond_init(&log->share->has_grown, NULL);
	log->traces = xcalloc(1, sizeof(*log->traces));
	heaptrack_traces_init(log->traces);
}

static void progress_share(const struct change_log *log, bool is_over)
{
	struct change_share *share = log->share;
	if (share) {
		pthread_mutex_lock(&share->lock);
		share->n_written = log->n_written;
		share->error = log->error;
		share->is_over = is_over;
		pthread_cond_signal(&share->has_grown);
		pthread_mutex_unlock(&share->lock);
	}
}

// Writes at a place of its own and not at the file's position, which a process that writes reports shares.
static void buffer_write(struct change_log *log)
{
	size_t done = 0;
	while (done < log->n_buffered) {
		ssize_t n = pwrite(log->fd, log->buffer + done, log->n_buffered - done,
				   (off_t)(log->n_written + done));
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			log->error = n < 0 ? errno : ENOSPC;
			return;
		}
		done += (size_t)n;
	}
	log->n_written += log->n_buffered;
	log->n_buffered = 0;
	progress_share(log, false);
}

void change_log_end(struct change_log *log)
{
	if (log->error == 0) {
		buffer_write(log);
	}
	progress_share(log, true);
}

static void number_put(struct change_log *log, uint64_t number)
{
	while (number >= 0x80) {
		log->buffer[log->n_buffered++] = (uint8_t)(number | 0x80);
		number >>= 7;
	}
	log->buffer[log->n_buffered++] = (uint8_t)number;
}

static void room_make(struct change_log *log)
{
	if (sizeof(log->buffer) - log->n_buffered < CHANGE_MAX) {
		buffer_write(log);
	}
}

// Says which traces the charges up to this one have.
static void traces_tell(struct change_log *log, const struct model *model, uint32_t charge)
{
	for (; log->n_traces <= charge && log->error == 0; log->n_traces++) {
		const struct charge *told = &model->charges[log->n_traces];
		room_make(log);
		number_put(log, (uint64_t)log->n_traces << TYPE_BITS | CHANGE_TRACE);
		number_put(log, heaptrack_traces_reach(log->traces, model->stacks.nodes, told));
	}
	room_make(log);
}

static void changed(void *context, const struct model *model, const struct block_change *change)
{
	struct change_log *log = context;
	uint64_t time = model->last_time / MILLISECOND;
	if (log->error != 0) {
		return;
	}
	room_make(log);
	if (log->share && change->charge >= log->n_traces) {
		traces_tell(log, model, change->charge);
	}
	if (time > log->time && log->error == 0) {
		number_put(log, (time - log->time) << TYPE_BITS | CHANGE_TIME);
		log->time = time;
		room_make(log);
	}
	if (log->error == 0) {
		enum change_type type = change->is_temporary ? CHANGE_TEMPORARY
					: change->is_release ? CHANGE_RELEASED
							     : CHANGE_ALLOCATED;
		number_put(log, (uint64_t)change->charge << TYPE_BITS | type);
		number_put(log, change->bytes);
	}
}

void change_log_watch(struct change_log *log, struct model *model)
{
	struct watcher watcher = { .context = log, .changed = changed };
	model_watch(model, &watcher);
}

// Takes more of the log into the buffer, behind what is left there.
static void reader_fill(struct change_reader *reader)
{
	const struct change_log *log = reader->log;
	reader->n -= reader->at;
	memmove(reader->buffer, reader->buffer + reader->at, reader->n);
	reader->at = 0;
	size_t room = sizeof(reader->buffer) - reader->n;
	uint8_t *to = reader->buffer + reader->n;
	uint64_t n_written = reader->follows ? reader->n_known : log->n_written;
	if (reader->n_read < n_written) {
		uint64_t left = n_written - reader->n_read;
		ssize_t n = pread(log->fd, to, left < room ? (size_t)left : room,
				  (off_t)reader->n_read);
		if (n == 0) {
			reader->error = EIO;
		} else if (n < 0) {
			reader->error = errno != EINTR ? errno : 0;
		} else {
			reader->n += (size_t)n;
			reader->n_read += (uint64_t)n;
		}
		return;
	}
	size_t from = (size_t)(reader->n_read - n_written);
	size_t n = log->n_buffered - from < room ? log->n_buffered - from : room;
	memcpy(to, log->buffer + from, n);
	reader->n += n;
	reader->n_read += n;
}

static uint64_t number_get(struct change_reader *reader)
{
	if (reader->at < reader->n && reader->buffer[reader->at] < 0x80) {
		return reader->buffer[reader->at++];
	}
	uint64_t number = 0;
	for (unsigned shift = 0; reader->at < reader->n; shift += 7) {
		uint8_t byte = reader->buffer[reader->at++];
		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			break;
		}
	}
	return number;
}

// Waits until there is more of the log than was read, or it has ended.
static void growth_await(struct change_reader *reader)
{
	struct change_share *share = reader->log->share;
	pthread_mutex_lock(&share->lock);
	while (share->n_written == reader->n_read && !share->is_over && share->error == 0) {
		pthread_cond_wait(&share->has_grown, &share->lock);
	}
	reader->n_known = share->n_written;
	reader->error = share->error;
	pthread_mutex_unlock(&share->lock);
}

// Whether more of the log can be taken into the buffer. What was written at a time are whole changes: only once all of them
// have been read is there anything to wait for.
static bool has_more(struct change_reader *reader)
{
	const struct change_log *log = reader->log;
	if (!reader->follows) {
		reader->error = log->error;
		reader->n_known = log->n_written + log->n_buffered;
	} else if (reader->n_read == reader->n_known && reader->at == reader->n) {
		growth_await(reader);
	}
	return reader->error == 0 && reader->n_read < reader->n_known;
}

bool change_reader_next(struct change_reader *reader, struct change *change)
{
	while (reader->n - reader->at < CHANGE_MAX && reader->error == 0 && has_more(reader)) {
		reader_fill(reader);
	}
	if (reader->error != 0 || reader->at == reader->n) {
		return false;
	}
	uint64_t head = number_get(reader);
	change->type = (enum change_type)(head & TYPE_MASK);
	change->charge = 0;
	if (change->type == CHANGE_TIME) {
		reader->time += head >> TYPE_BITS;
		change->size = reader->time;
	} else {
		change->charge = (uint32_t)(head >> TYPE_BITS);
		change->size = number_get(reader);
	}
	return true;
}
