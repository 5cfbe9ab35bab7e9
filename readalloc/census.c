// SPDX-License-Identifier: GPL-3.0-or-later
// What only a look at each event tells: sizes, lives, what the allocator adds, threads, failed calls, how full the heap was.
#include "census.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "census_change.h"
#include "event.h"
#include "model.h"
#include "util.h"

enum { LEVEL_BITS = 3 }; // of a level within its power of two

struct census *census_new(void)
{
	struct census *census = xcalloc(1, sizeof(*census));
	census->first_thread = CENSUS_THREAD_NONE;
	live_table_init(&census->others);
	return census;
}

void census_free(struct census *census)
{
	if (census) {
		free(census->charges);
		free(census->threads);
		live_table_free(&census->others);
		free(census);
	}
}

void census_count_anew(struct census *census)
{
	struct census_thread *threads = census->threads;
	size_t n_threads = census->n_threads;
	for (size_t i = 0; i < n_threads; i++) {
		struct census_thread thread = { .tid = threads[i].tid };
		memcpy(thread.name, threads[i].name, sizeof(thread.name));
		threads[i] = thread;
	}
	free(census->charges);
	live_table_free(&census->others);
	*census = (struct census){ .threads = threads,
				   .n_threads = n_threads,
				   .first_thread = CENSUS_THREAD_NONE };
	live_table_init(&census->others);
}

size_t census_memory(const struct census *census)
{
	return sizeof(*census) + census->n_charges * sizeof(*census->charges) +
	       census->n_threads * sizeof(*census->threads) + live_table_size(&census->others);
}

// A level is so many bytes, of the powers of two.
static unsigned level_shift(uint64_t bytes)
{
	return bytes >> LEVEL_BITS == 0 ? 0 : census_size_class(bytes) - 1 - LEVEL_BITS;
}

static unsigned level_of(uint64_t bytes)
{
	unsigned shift = level_shift(bytes);
	return (shift << LEVEL_BITS) + (unsigned)(bytes >> shift);
}

uint64_t census_size_least(unsigned size_class)
{
	return size_class == 0 ? 0 : (uint64_t)1 << (size_class - 1);
}

double census_share_above(const struct census *census, uint64_t bytes)
{
	uint64_t n = 0;
	for (unsigned i = level_of(bytes); i < CENSUS_LEVELS; i++) {
		n += census->levels[i];
	}
	return census->n_changes == 0 ? 0 : (double)n / (double)census->n_changes;
}

void census_level_enter(struct census *census, uint64_t bytes)
{
	unsigned shift = level_shift(bytes);
	census->level = level_of(bytes);
	census->level_begin = bytes >> shift << shift;
	census->level_size = (uint64_t)1 << shift;
}

struct census_charge census_of(const struct census *census, size_t charge)
{
	return charge < census->n_charges ? census->charges[charge]
					  : (struct census_charge){ 0, 0, 0 };
}

// A table of `*n` with room for the element `i`, new ones all 0.
static void *table_grow(void *table, size_t *n, size_t i, size_t size)
{
	size_t room = grown_densely(*n, i + 1);
	char *grown = xrealloc(table, room, size);
	memset(grown + *n * size, 0, (room - *n) * size);
	*n = room;
	return grown;
}

static struct census_charge *charge_reach(struct census *census, uint32_t charge)
{
	if (charge >= census->n_charges) {
		census->charges = table_grow(census->charges, &census->n_charges, charge,
					     sizeof(*census->charges));
	}
	return &census->charges[charge];
}

static struct census_thread *thread_reach(struct census *census, uint32_t thread)
{
	if (thread >= census->n_threads) {
		census->threads = table_grow(census->threads, &census->n_threads, thread,
					     sizeof(*census->threads));
	}
	return &census->threads[thread];
}

void census_reach(struct census *census, uint32_t charge, uint32_t thread)
{
	charge_reach(census, charge);
	thread_reach(census, thread);
}

struct census *census_map(const struct census *census, const uint32_t *charge_of, size_t n,
			  bool is_whole)
{
	struct census *mapped = census_new();
	if (is_whole) {
		live_table_free(&mapped->others);
		*mapped = *census;
		mapped->others = (struct live_table){ 0 };
		mapped->threads = xcalloc(census->n_threads + 1, sizeof(*mapped->threads));
		for (size_t i = 0; i < census->n_threads; i++) {
			mapped->threads[i] = census->threads[i];
		}
	}
	mapped->charges = NULL;
	mapped->n_charges = 0;
	for (size_t i = 0; i < n && i < census->n_charges; i++) {
		if (charge_of[i] == CHARGE_HIDDEN) {
			continue;
		}
		const struct census_charge *from = &census->charges[i];
		struct census_charge *to = charge_reach(mapped, charge_of[i]);
		to->asked_bytes += from->asked_bytes;
		to->usable_bytes += from->usable_bytes;
		to->short_blocks += from->short_blocks;
	}
	return mapped;
}

// Blocks that were left out of the stream came and went; how full the heap was meanwhile is not known.
static void elided(struct census *census, const struct event *event)
{
	const struct elided *sum = &event->note->elided;
	if (sum->charge == CHARGE_NONE) {
		return;
	}
	struct census_size *size = &census->sizes[census_size_class(event->size)];
	size->total_blocks += sum->blocks;
	size->total_bytes += sum->bytes;
	struct census_thread *thread = thread_reach(census, event->thread);
	thread->tid = event->tid;
	thread->n_allocations += sum->blocks;
	thread->n_releases += sum->blocks;
	thread->bytes += sum->bytes;
	struct census_charge *charge = charge_reach(census, sum->charge);
	charge->asked_bytes += sum->bytes;
	charge->usable_bytes += sum->bytes + sum->rounding;
	charge->short_blocks += sum->short_blocks;
	census->short_blocks += sum->short_blocks;
}

static void noted(void *context, const struct model *model, const struct event *event)
{
	struct census *census = context;
	(void)model;
	if (event->note->type == WIRE_ELIDED_SUM) {
		elided(census, event);
	}
	if (event->note->type == WIRE_THREAD) {
		struct census_thread *thread = thread_reach(census, event->thread);
		thread->tid = event->tid;
		snprintf(thread->name, sizeof(thread->name), "%s", event->note->text);
	}
}

static void failed(void *context, const struct model *model, const struct event *event,
		   uint32_t stack)
{
	struct census *census = context;
	size_t i = 0;
	(void)model;
	while (i < census->n_failures &&
	       (census->failures[i].stack != stack || census->failures[i].kind != event->kind)) {
		i++;
	}
	if (i == CENSUS_FAILURES) {
		return;
	}
	struct census_failure *failure = &census->failures[i];
	if (i == census->n_failures) {
		census->n_failures++;
		failure->stack = stack;
		failure->kind = event->kind;
	}
	failure->n++;
	failure->size = event->size > failure->size ? event->size : failure->size;
}

void census_watch(struct census *census, struct model *model)
{
	model->census = census;
	model_watch(model,
		    &(struct watcher){ .context = census, .failed = failed, .noted = noted });
}
