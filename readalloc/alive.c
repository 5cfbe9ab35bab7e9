// SPDX-License-Identifier: GPL-3.0-or-later
// Connections at which something waits to be read: who sends it hears each second that the reader is alive.
#include "alive.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcp.h"
#include "util.h"

enum {
	BEAT_S = 1,
	// Longer between two beats, and the process was halted: meanwhile a writer may have given it up and closed. What
	// that has sent still arrives, unless it hears of us.
	HALTED_S = 5,
	TABLE_LEAST = 64,
};

static struct {
	pthread_mutex_t lock; // of all that follows
	pthread_cond_t has_to_end;
	bool is_running, is_ending;
	pthread_t thread;
	bool *is_read; // by descriptor
	size_t n;
	unsigned stuck_s;
	time_t got_on_at;
} alive = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void beat(void)
{
	for (size_t fd = 0; fd < alive.n; fd++) {
		if (alive.is_read[fd]) {
			tcp_say_alive((int)fd);
		}
	}
}

static struct timespec now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time;
}

static void *run(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&alive.lock);
	while (!alive.is_ending) {
		struct timespec last = now(), until = last;
		until.tv_sec += BEAT_S;
		while (!alive.is_ending &&
		       pthread_cond_timedwait(&alive.has_to_end, &alive.lock, &until) == 0) {
		}
		time_t time = now().tv_sec;
		if (!alive.is_ending && time - last.tv_sec < HALTED_S &&
		    time - alive.got_on_at <= (time_t)alive.stuck_s) {
			beat();
		}
	}
	pthread_mutex_unlock(&alive.lock);
	return NULL;
}

void alive_start(unsigned stuck_s)
{
	pthread_condattr_t steady;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&alive.has_to_end, &steady);
	pthread_condattr_destroy(&steady);
	alive.is_ending = false;
	alive.stuck_s = stuck_s;
	alive.got_on_at = now().tv_sec;
	alive.is_running = pthread_create(&alive.thread, NULL, run, NULL) == 0;
}

void alive_get_on(void)
{
	time_t time = now().tv_sec;
	pthread_mutex_lock(&alive.lock);
	alive.got_on_at = time;
	pthread_mutex_unlock(&alive.lock);
}

void alive_stop(void)
{
	pthread_mutex_lock(&alive.lock);
	alive.is_ending = true;
	pthread_cond_signal(&alive.has_to_end);
	pthread_mutex_unlock(&alive.lock);
	if (alive.is_running) {
		pthread_join(alive.thread, NULL);
	}
	alive.is_running = false;
	pthread_cond_destroy(&alive.has_to_end);
	free(alive.is_read);
	alive.is_read = NULL;
	alive.n = 0;
}

void alive_add(int fd)
{
	pthread_mutex_lock(&alive.lock);
	if ((size_t)fd >= alive.n) {
		size_t n = alive.n != 0 ? alive.n : TABLE_LEAST;
		while (n <= (size_t)fd) {
			n *= 2;
		}
		alive.is_read = xrealloc(alive.is_read, n, sizeof(*alive.is_read));
		memset(alive.is_read + alive.n, 0, n - alive.n);
		alive.n = n;
	}
	alive.is_read[fd] = true;
	pthread_mutex_unlock(&alive.lock);
}

void alive_remove(int fd)
{
	pthread_mutex_lock(&alive.lock);
	if ((size_t)fd < alive.n) {
		alive.is_read[fd] = false;
	}
	pthread_mutex_unlock(&alive.lock);
}
