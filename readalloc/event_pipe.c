// SPDX-License-Identifier: GPL-3.0-or-later
// Hands events, in batches, to a thread that takes them while more are decoded.
#include "event_pipe.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "util.h"

// Who waits is woken when half of the places are his: a switch costs as much as several batches.
enum { N_PLACES = 16, N_HALF = N_PLACES / 2 };

struct place {
	size_t n;
	struct event events[EVENT_BATCH];
};

struct event_pipe {
	void (*take_all)(void *context, const struct event *events, size_t n);
	void *context;
	pthread_t thread;
	pthread_mutex_t lock; // of what follows, but for the places, each of which is one thread's
	pthread_cond_t has_batches, has_room;
	uint64_t n_handed, n_taken; // batches
	bool is_settling, is_ending;
	bool taker_waits, maker_waits;
	struct place places[N_PLACES]; // the one that n_handed leads to is being filled
};

static void place_take(const struct event_pipe *pipe, const struct place *place)
{
	pipe->take_all(pipe->context, place->events, place->n);
	for (size_t i = 0; i < place->n; i++) {
		if (place->events[i].type == EVENT_NOTE) {
			free(place->events[i].note);
		}
	}
}

static void *batches_take(void *context)
{
	struct event_pipe *pipe = context;
	pthread_mutex_lock(&pipe->lock);
	for (;;) {
		while (pipe->n_taken == pipe->n_handed && !pipe->is_ending) {
			pipe->taker_waits = true;
			pthread_cond_wait(&pipe->has_batches, &pipe->lock);
			pipe->taker_waits = false;
		}
		if (pipe->n_taken == pipe->n_handed) {
			break;
		}
		pthread_mutex_unlock(&pipe->lock);
		place_take(pipe, &pipe->places[pipe->n_taken % N_PLACES]);
		pthread_mutex_lock(&pipe->lock);
		pipe->n_taken++;
		uint64_t n_left = pipe->n_handed - pipe->n_taken;
		if (pipe->maker_waits &&
		    (n_left == 0 || (n_left <= N_HALF && !pipe->is_settling))) {
			pthread_cond_signal(&pipe->has_room);
		}
	}
	pthread_mutex_unlock(&pipe->lock);
	return NULL;
}

// Signals are for the thread that reads.
static bool thread_start(struct event_pipe *pipe)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool is_started = pthread_create(&pipe->thread, NULL, batches_take, pipe) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

static bool has_processors(void)
{
	cpu_set_t mine;
	return sched_getaffinity(0, sizeof(mine), &mine) == 0 && CPU_COUNT(&mine) > 1;
}

struct event_pipe *
event_pipe_new(void (*take_all)(void *context, const struct event *events, size_t n), void *context)
{
	if (!has_processors()) {
		return NULL;
	}
	struct event_pipe *pipe = xcalloc(1, sizeof(*pipe));
	pipe->take_all = take_all;
	pipe->context = context;
	pthread_mutex_init(&pipe->lock, NULL);
	pthread_cond_init(&pipe->has_batches, NULL);
	pthread_cond_init(&pipe->has_room, NULL);
	if (!thread_start(pipe)) {
		free(pipe);
		return NULL;
	}
	return pipe;
}

void event_pipe_free(struct event_pipe *pipe)
{
	if (!pipe) {
		return;
	}
	pthread_mutex_lock(&pipe->lock);
	pipe->is_ending = true;
	pthread_cond_signal(&pipe->has_batches);
	pthread_mutex_unlock(&pipe->lock);
	pthread_join(pipe->thread, NULL);
	pthread_cond_destroy(&pipe->has_room);
	pthread_cond_destroy(&pipe->has_batches);
	pthread_mutex_destroy(&pipe->lock);
	free(pipe);
}

struct event *event_pipe_place(const struct event_pipe *pipe)
{
	// Only the thread that asks changes the number.
	const struct place *place = &pipe->places[pipe->n_handed % N_PLACES];
	return (struct event *)(uintptr_t)place->events;
}

void event_pipe_hand(struct event_pipe *pipe, size_t n)
{
	pipe->places[pipe->n_handed % N_PLACES].n = n;
	pthread_mutex_lock(&pipe->lock);
	pipe->n_handed++;
	if (pipe->taker_waits && pipe->n_handed - pipe->n_taken >= N_HALF) {
		pthread_cond_signal(&pipe->has_batches);
	}
	pipe->maker_waits = true;
	while (pipe->n_handed - pipe->n_taken == N_PLACES) {
		pthread_cond_wait(&pipe->has_room, &pipe->lock);
	}
	pipe->maker_waits = false;
	pthread_mutex_unlock(&pipe->lock);
}

void event_pipe_settle(struct event_pipe *pipe)
{
	pthread_mutex_lock(&pipe->lock);
	pipe->is_settling = pipe->maker_waits = true;
	pthread_cond_signal(&pipe->has_batches);
	while (pipe->n_taken != pipe->n_handed) {
		pthread_cond_wait(&pipe->has_room, &pipe->lock);
	}
	pipe->is_settling = pipe->maker_waits = false;
	pthread_mutex_unlock(&pipe->lock);
}
