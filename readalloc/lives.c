// SPDX-License-Identifier: GPL-3.0-or-later
// How long the blocks of each charge live and how much it held at most; and every live block's birth.
#include "lives.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "model.h"
#include "util.h"

struct lives *lives_new(void)
{
	struct lives *lives = xcalloc(1, sizeof(*lives));
	return lives;
}

void lives_free(struct lives *lives)
{
	if (lives) {
		free(lives->charges);
		free(lives->tids);
		free(lives);
	}
}

size_t lives_memory(const struct lives *lives)
{
	return lives->charges_room * sizeof(*lives->charges) + lives->n_tids * sizeof(*lives->tids);
}

static void charges_grow(struct lives *lives, size_t n)
{
	if (n <= lives->n_charges) {
		return;
	}
	if (n > lives->charges_room) {
		lives->charges_room = grown_capacity(lives->charges_room, n);
		lives->charges =
			xrealloc(lives->charges, lives->charges_room, sizeof(*lives->charges));
	}
	memset(&lives->charges[lives->n_charges], 0,
	       (n - lives->n_charges) * sizeof(*lives->charges));
	lives->n_charges = n;
}

static void tid_note(struct lives *lives, const struct event *event)
{
	if (event->thread >= lives->n_tids) {
		size_t n = grown_capacity(lives->n_tids, (size_t)event->thread + 1);
		lives->tids = xrealloc(lives->tids, n, sizeof(*lives->tids));
		memset(&lives->tids[lives->n_tids], 0, (n - lives->n_tids) * sizeof(*lives->tids));
		lives->n_tids = n;
	}
	lives->tids[event->thread] = event->tid;
}

static void block_allocated(struct lives *lives, const struct model *model,
			    const struct block_change *change)
{
	const struct event *event = change->event;
	tid_note(lives, event);
	struct charge_life *life = &lives->charges[change->charge];
	const uint64_t *column = model->charges[change->charge].cost.column;
	if (column[COST_live_bytes] >= life->most_bytes) {
		// Blocks of size 0 add no bytes.
		bool is_more = column[COST_live_bytes] > life->most_bytes ||
			       column[COST_live_blocks] > life->most_blocks;
		life->most_bytes = column[COST_live_bytes];
		life->most_blocks = is_more ? column[COST_live_blocks] : life->most_blocks;
	}
}

static void block_released(struct lives *lives, const struct block_change *change)
{
	if (change->event->time > change->birth_time) {
		lives->charges[change->charge].lifetime +=
			(change->event->time - change->birth_time) * change->blocks;
	}
}

static void changed(void *context, const struct model *model, const struct block_change *change)
{
	struct lives *lives = context;
	charges_grow(lives, (size_t)change->charge + 1);
	if (change->is_release) {
		block_released(lives, change);
	} else {
		block_allocated(lives, model, change);
	}
}

void lives_watch(struct lives *lives, struct model *model)
{
	lives->live = &model->live;
	live_table_keep_births(&model->live);
	struct watcher watcher = { .context = lives, .changed = changed };
	model_watch(model, &watcher);
}

void lives_settle(struct lives *lives, const struct model *model)
{
	charges_grow(lives, model->n_charges);
}
