// SPDX-License-Identifier: GPL-3.0-or-later
// The changes in heaptrack's text format, made and compressed by another thread while more of the stream is read.
#include "heaptrack_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "change_log.h"
#include "gzip.h"
#include "heaptrack_changes.h"
#include "heaptrack_text.h"
#include "temporary.h"
#include "util.h"

struct heaptrack_ahead {
	struct change_log *log;
	FILE *file;
	pthread_t thread;
	bool has_ended;
	// The thread's, until it has ended.
	struct gzip_part part;
	bool is_whole;
};

static void *changes_take(void *context)
{
	struct heaptrack_ahead *ahead = context;
	struct heaptrack_text *text = heaptrack_text_new_part(ahead->file);
	int error = heaptrack_changes_follow(text, ahead->log);
	heaptrack_text_end_part(text, &ahead->part);
	ahead->is_whole = fflush(ahead->file) == 0 && !ferror(ahead->file) && error == 0;
	return NULL;
}

// Signals are for the thread that reads.
static bool thread_start(struct heaptrack_ahead *ahead)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool is_started = pthread_create(&ahead->thread, NULL, changes_take, ahead) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

struct heaptrack_ahead *heaptrack_ahead_new(struct change_log *log)
{
	int fd = temporary_file();
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return NULL;
	}
	struct heaptrack_ahead *ahead = xcalloc(1, sizeof(*ahead));
	ahead->log = log;
	ahead->file = file;
	change_log_be_followed(log);
	if (!thread_start(ahead)) {
		fclose(file);
		free(ahead);
		return NULL;
	}
	return ahead;
}

void heaptrack_ahead_end(struct heaptrack_ahead *ahead)
{
	if (!ahead->has_ended) {
		change_log_end(ahead->log);
		pthread_join(ahead->thread, NULL);
		ahead->has_ended = true;
	}
}

void heaptrack_ahead_free(struct heaptrack_ahead *ahead)
{
	if (ahead) {
		heaptrack_ahead_end(ahead);
		fclose(ahead->file);
		free(ahead);
	}
}

int heaptrack_ahead_write(const struct heaptrack_ahead *ahead, struct heaptrack_text *text)
{
	if (!ahead->has_ended || !ahead->is_whole) {
		return -1;
	}
	return heaptrack_text_end_with(text, &ahead->part, fileno(ahead->file));
}
