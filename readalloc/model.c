// SPDX-License-Identifier: GPL-3.0-or-later
// What the events add up to: live blocks, costs of stacks, the peak.
#include "model.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sampling.h"
#include "util.h"

void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	stacks_init(&model->stacks);
	modules_init(&model->modules);
	live_table_init(&model->live);
	misuses_init(&model->misuses);
	pools_init(&model->pools);
	model->next_seq = 1;
}

void model_free(struct model *model)
{
	stacks_free(&model->stacks);
	modules_free(&model->modules);
	live_table_free(&model->live);
	mappings_free(&model->mappings);
	misuses_free(&model->misuses);
	pools_free(&model->pools);
	memory_curve_free(&model->memory);
	index_table_free(&model->charge_index);
	free(model->charges);
	free(model->charge_epochs);
	free(model->variances);
	free(model->last_blocks);
}

static bool charge_is(const struct model *model, uint32_t i, uint32_t node,
		      const struct event *event)
{
	const struct charge *charge = &model->charges[i];
	return charge->stack == node && charge->kind == event->kind && charge->cut == event->cut;
}

static uint32_t charge_hash(uint32_t node, uint8_t kind, uint8_t cut)
{
	return hash_pair(node, (uint64_t)kind << WIRE_CUT_BITS | cut);
}

void model_index_charge(struct model *model, uint32_t i)
{
	const struct charge *charge = &model->charges[i];
	index_table_add(&model->charge_index, charge_hash(charge->stack, charge->kind, charge->cut),
			i);
}

static uint32_t charge_intern(struct model *model, uint32_t node, const struct event *event)
{
	uint32_t hash = charge_hash(node, event->kind, event->cut);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&model->charge_index, hash, &step)) != INDEX_NONE;) {
		if (charge_is(model, found, node, event)) {
			return found;
		}
	}
	if (model->n_charges == model->charges_room) {
		model->charges_room = grown_capacity(model->n_charges, 0);
		model->charges =
			xrealloc(model->charges, model->charges_room, sizeof(*model->charges));
		model->charge_epochs = xrealloc(model->charge_epochs, model->charges_room,
						sizeof(*model->charge_epochs));
		if (model->sampling != 0) {
			model->variances = xrealloc(model->variances, model->charges_room,
						    sizeof(*model->variances));
		}
	}
	if (model->variances) {
		model->variances[model->n_charges] = (struct variance){ 0 };
	}
	model->charges[model->n_charges] =
		(struct charge){ .stack = node, .cut = event->cut, .kind = event->kind };
	model->charge_epochs[model->n_charges] = model->epoch;
	model_index_charge(model, (uint32_t)model->n_charges);
	return (uint32_t)model->n_charges++;
}

// The charge of an allocation. The raw stack remembers the last one, as most stacks have one kind only.
static uint32_t charge_of(struct model *model, const struct event *event)
{
	uint32_t node = stacks_resolve(&model->stacks, &model->modules, event->stack);
	uint32_t remembered = model->stacks.raw[event->stack].charge;
	if (remembered != CHARGE_NONE && charge_is(model, remembered, node, event)) {
		return remembered;
	}
	uint32_t charge = charge_intern(model, node, event);
	model->stacks.raw[event->stack].charge = charge;
	return charge;
}

// To be called before a charge's live columns change. Returns its columns.
static uint64_t *charge_touch(struct model *model, uint32_t i)
{
	uint64_t *column = model->charges[i].cost.column;
	if (model->charge_epochs[i] != model->epoch) {
		column[COST_peak_bytes] = column[COST_live_bytes];
		column[COST_peak_blocks] = column[COST_live_blocks];
		model->charge_epochs[i] = model->epoch;
	}
	return column;
}

void model_watch(struct model *model, const struct watcher *watcher)
{
	assert(model->n_watchers < MODEL_WATCHERS_MAX);
	model->watchers[model->n_watchers++] = *watcher;
}

static void tell_changed(const struct model *model, const struct block_change *change)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->changed) {
			watcher->changed(watcher->context, model, change);
		}
	}
}

// What a block counts for.
static inline struct weight weigh(const struct model *model, uint64_t size, uint64_t addr,
				  uint32_t seq)
{
	return __builtin_expect(model->sampling == 0, 1)
		       ? (struct weight){ size, 1, 0 }
		       : sampling_weigh(model->sampling, size, addr, seq);
}

// The same of a live block. All mappings are recorded.
static inline struct weight weigh_block(const struct model *model, const struct live_block *block)
{
	bool is_mapping =
		model->sampling != 0 && block->charge != CHARGE_NONE &&
		charge_is_mapping(&model->charges[block->charge & ~(uint32_t)CHARGE_BEFORE]);
	return is_mapping ? (struct weight){ block->size, 1, 0 }
			  : weigh(model, block->size, block->addr, block->seq);
}

// A block and its birth as they were, to be told of once it is released. No struct live_birth: it would be copied at once,
// and what is read in parts soon after waits for that.
struct released_block {
	struct live_block block;
	uint32_t birth_thread;
	uint64_t birth_time;
};

static inline struct released_block block_copy(const struct model *model,
					       const struct live_block *block)
{
	struct released_block copy = { .block = *block };
	if (model->live.has_births) {
		const struct live_birth *birth = live_birth_of(&model->live, block);
		copy.birth_thread = birth->thread;
		copy.birth_time = birth->time;
	}
	return copy;
}

static void tell_released(const struct model *model, const struct event *event,
			  const struct released_block *released, bool is_temporary, bool is_missed)
{
	const struct live_block *block = &released->block;
	struct weight weight = weigh_block(model, block);
	tell_changed(model, &(struct block_change){ .event = event,
						    .is_release = true,
						    .is_missed = is_missed,
						    .is_temporary = is_temporary,
						    .charge = block->charge,
						    .seq = block->seq,
						    .has_birth = model->live.has_births,
						    .birth_thread = released->birth_thread,
						    .birth_time = released->birth_time,
						    .addr = block->addr,
						    .size = block->size,
						    .bytes = weight.bytes,
						    .blocks = weight.blocks });
}

static void tell_time(const struct model *model, uint64_t time)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->time_moves) {
			watcher->time_moves(watcher->context, model, time);
		}
	}
}

static void tell_noted(const struct model *model, const struct event *event)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->noted) {
			watcher->noted(watcher->context, model, event);
		}
	}
}

static void fail_apply(struct model *model, const struct event *event)
{
	model->n_failures++;
	if (model->n_watchers == 0) {
		return;
	}
	uint32_t stack = event->stack;
	if (stack != STACK_UNKNOWN) {
		stack = stacks_resolve(&model->stacks, &model->modules, stack);
	}
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->failed) {
			watcher->failed(watcher->context, model, event, stack);
		}
	}
}

static inline void live_drop(struct model *model, struct live_block *block)
{
	struct weight weight = weigh_block(model, block);
	if (!charge_counts(block->charge)) {
		bool is_before = block->charge != CHARGE_NONE;
		model->before_freed_bytes += is_before ? weight.bytes : 0;
		model->before_freed_blocks += is_before ? weight.blocks : 0;
		live_table_remove(&model->live, block);
		return;
	}
	uint64_t *column = charge_touch(model, block->charge);
	column[COST_live_bytes] -= weight.bytes;
	column[COST_live_blocks] -= weight.blocks;
	model->total.column[COST_live_bytes] -= weight.bytes;
	model->total.column[COST_live_blocks] -= weight.blocks;
	if (__builtin_expect(model->variances != NULL, 0)) {
		model->variances[block->charge].live -= weight.variance;
		model->total_variance.live -= weight.variance;
	}
	live_table_remove(&model->live, block);
}

static struct last_block *last_block_of(struct model *model, uint32_t thread)
{
	if (thread >= model->n_last_blocks) {
		size_t n = grown_capacity(model->n_last_blocks, (size_t)thread + 1);
		model->last_blocks = xrealloc(model->last_blocks, n, sizeof(*model->last_blocks));
		memset(&model->last_blocks[model->n_last_blocks], 0,
		       (n - model->n_last_blocks) * sizeof(*model->last_blocks));
		model->n_last_blocks = n;
	}
	return &model->last_blocks[thread];
}

// Whether the block was allocated after `seq`, as only an event that comes too late finds it.
static bool is_younger(const struct live_block *block, uint64_t seq)
{
	return (int32_t)(block->seq - (uint32_t)seq) > 0;
}

// Adds the allocation to the totals. Returns its charge; CHARGE_NONE: it does not count.
static uint32_t total_add(struct model *model, const struct event *event,
			  const struct weight *weight)
{
	if (model->is_counted && !model->is_counted(model->counted_context, event)) {
		return CHARGE_NONE;
	}
	uint32_t i = charge_of(model, event);
	uint64_t *column = model->charges[i].cost.column;
	column[COST_total_bytes] += weight->bytes;
	column[COST_total_blocks] += weight->blocks;
	model->total.column[COST_total_bytes] += weight->bytes;
	model->total.column[COST_total_blocks] += weight->blocks;
	if (__builtin_expect(model->variances != NULL, 0)) {
		model->variances[i].total += weight->variance;
		model->total_variance.total += weight->variance;
	}
	// What can be used is not known of all.
	uint64_t rounding = event->usable > event->size ? event->usable - event->size : 0;
	column[COST_rounding_bytes] += rounding * weight->blocks;
	model->total.column[COST_rounding_bytes] += rounding * weight->blocks;
	return i;
}

// Begins the next epoch: no charge has changed in it.
static void epoch_begin(struct model *model)
{
	model->epoch++;
	if (__builtin_expect(model->epoch == 0, 0)) {
		// The numbers have come round.
		memset(model->charge_epochs, 0, model->n_charges * sizeof(*model->charge_epochs));
		model->epoch = 1;
	}
}

// The block, which counts for `weight`, is live from now on; `is_rest` as in struct block_change.
static void live_add(struct model *model, const struct event *event, const struct live_block *block,
		     const struct live_birth *birth, const struct weight *weight, bool is_rest)
{
	uint64_t *column = charge_touch(model, block->charge);
	column[COST_live_bytes] += weight->bytes;
	column[COST_live_blocks] += weight->blocks;
	model->total.column[COST_live_blocks] += weight->blocks;
	model->total.column[COST_live_bytes] += weight->bytes;
	if (__builtin_expect(model->variances != NULL, 0)) {
		model->variances[block->charge].live += weight->variance;
		model->total_variance.live += weight->variance;
	}
	if (model->total.column[COST_live_bytes] > model->total.column[COST_peak_bytes]) {
		model->total.column[COST_peak_bytes] = model->total.column[COST_live_bytes];
		model->total.column[COST_peak_blocks] = model->total.column[COST_live_blocks];
		model->peak_time = event->time;
		epoch_begin(model);
	}
	if (model->n_watchers > 0) {
		tell_changed(model, &(struct block_change){ .event = event,
							    .is_rest = is_rest,
							    .charge = block->charge,
							    .seq = block->seq,
							    .has_birth = model->live.has_births,
							    .birth_thread = birth->thread,
							    .birth_time = birth->time,
							    .addr = block->addr,
							    .size = block->size,
							    .bytes = weight->bytes,
							    .blocks = weight->blocks });
	}
}

// The birth of a block of `size` bytes that the event allocates.
static inline struct live_birth birth_by(const struct event *event, uint64_t size)
{
	uint64_t spare = event->usable > size ? event->usable - size : 0;
	return (struct live_birth){ .time = event->time,
				    .thread = event->thread,
				    .spare = spare < UINT32_MAX ? (uint32_t)spare : UINT32_MAX };
}

static void alloc_apply(struct model *model, const struct event *event)
{
	struct weight weight = weigh(model, event->size, event->addr, (uint32_t)event->seq);
	uint32_t i = total_add(model, event, &weight);
	struct last_block *last = last_block_of(model, event->thread);
	*last = (struct last_block){ event->addr, (uint32_t)event->seq };
	struct live_block *present = live_table_find(&model->live, event->addr);
	if (present) {
		model->n_missed_frees++;
		if (is_younger(present, event->seq)) {
			return;
		}
		struct released_block replaced = block_copy(model, present);
		live_drop(model, present);
		if (model->n_watchers > 0 && charge_counts(replaced.block.charge)) {
			tell_released(model, event, &replaced, false, true);
		}
	}
	struct live_block block = { event->addr, event->size, i, (uint32_t)event->seq };
	struct live_birth birth = birth_by(event, event->size);
	live_table_add(&model->live, &block, &birth);
	if (i != CHARGE_NONE) {
		live_add(model, event, &block, &birth, &weight, false);
	}
}

// What is left of the mapping `whole` once a part of it is gone.
static void rest_add(struct model *model, const struct event *event,
		     const struct released_block *whole, uint64_t addr, uint64_t size)
{
	struct live_block rest = { addr, size, whole->block.charge, whole->block.seq };
	struct live_birth birth = birth_by(event, size);
	birth.thread = whole->birth_thread;
	if (live_table_find(&model->live, addr)) {
		return;
	}
	live_table_add(&model->live, &rest, &birth);
	mappings_add(&model->mappings, &(struct mapping){ addr, size, rest.seq });
	if (charge_counts(rest.charge)) {
		live_add(model, event, &rest, &birth, &(struct weight){ size, 1, 0 }, true);
	} else if (rest.charge != CHARGE_NONE) {
		model->before_freed_bytes -= size;
		model->before_freed_blocks--;
	}
}

// Nothing is mapped any more where the event says; mappings of which it is a part are cut.
static void unmapped_apply(struct model *model, const struct event *event)
{
	struct mapping *found;
	uint64_t end = event->addr + event->size;
	while ((found = mappings_find(&model->mappings, event->addr, event->size)) != NULL) {
		struct mapping mapping = *found;
		mappings_remove(&model->mappings, found);
		struct live_block *block = live_table_find(&model->live, mapping.addr);
		if (!block || block->seq != mapping.seq) {
			continue; // a block's by now, as of an allocator that made the mapping
		}
		struct released_block whole = block_copy(model, block);
		live_drop(model, block);
		if (model->n_watchers > 0 && charge_counts(whole.block.charge)) {
			bool has_rest =
				mapping.addr < event->addr || mapping.addr + mapping.size > end;
			tell_changed(model,
				     &(struct block_change){ .event = event,
							     .is_release = true,
							     .is_rest = has_rest,
							     .charge = whole.block.charge,
							     .seq = whole.block.seq,
							     .has_birth = model->live.has_births,
							     .birth_thread = whole.birth_thread,
							     .birth_time = whole.birth_time,
							     .addr = whole.block.addr,
							     .size = whole.block.size,
							     .bytes = whole.block.size,
							     .blocks = 1 });
		}
		if (mapping.addr < event->addr) {
			rest_add(model, event, &whole, mapping.addr, event->addr - mapping.addr);
		}
		if (mapping.addr + mapping.size > end) {
			rest_add(model, event, &whole, end, mapping.addr + mapping.size - end);
		}
	}
}

// A mapping takes the place of what was mapped there.
static void mapped_apply(struct model *model, const struct event *event)
{
	unmapped_apply(model, event);
	struct weight weight = { event->size, 1, 0 };
	uint32_t i = total_add(model, event, &weight);
	struct live_block block = { event->addr, event->size, i, (uint32_t)event->seq };
	if (live_table_find(&model->live, event->addr)) {
		return;
	}
	struct live_birth birth = birth_by(event, event->size);
	live_table_add(&model->live, &block, &birth);
	mappings_add(&model->mappings, &(struct mapping){ block.addr, block.size, block.seq });
	if (i != CHARGE_NONE) {
		live_add(model, event, &block, &birth, &weight, false);
	}
}

static void free_apply(struct model *model, const struct event *event)
{
	struct live_block *block = live_table_find(&model->live, event->addr);
	uint32_t stack = event->stack;
	if (stack != STACK_UNKNOWN) {
		stack = stacks_resolve(&model->stacks, &model->modules, stack);
	}
	if (!block || is_younger(block, event->seq)) {
		bool is_double = !block && misuses_unmatched(&model->misuses, event, stack,
							     model->known_since);
		model->n_unknown_frees += !is_double;
		return;
	}
	bool is_counted = charge_counts(block->charge);
	bool is_known = block->charge != CHARGE_NONE;
	uint32_t charge = is_known ? block->charge & ~(uint32_t)CHARGE_BEFORE : CHARGE_UNKNOWN;
	misuses_freed(&model->misuses, event, stack, charge,
		      is_known ? model->charges[charge].kind : WIRE_KIND_NONE);
	struct last_block *last = last_block_of(model, event->thread);
	bool is_temporary = is_counted && model->sampling == 0 && last->addr == event->addr &&
			    last->seq == block->seq && !(event->marks & WIRE_KIND_NOT_LAST);
	if (is_temporary) {
		uint64_t *column = model->charges[block->charge].cost.column;
		column[COST_temporary_blocks]++;
		column[COST_temporary_bytes] += block->size;
		model->total.column[COST_temporary_blocks]++;
		model->total.column[COST_temporary_bytes] += block->size;
		last->addr = 0;
	}
	struct released_block released = block_copy(model, block);
	live_drop(model, block);
	if (model->n_watchers > 0 && is_counted) {
		tell_released(model, event, &released, is_temporary, false);
	}
}

// Allocations that were left out, and their releases.
static void elided_apply(struct model *model, const struct event *event)
{
	struct elided *sum = &event->note->elided;
	sum->charge = CHARGE_NONE;
	if (model->is_counted && !model->is_counted(model->counted_context, event)) {
		return;
	}
	sum->charge = charge_of(model, event);
	const struct {
		enum cost_column column;
		uint64_t value;
	} parts[] = {
		{ COST_total_bytes, sum->bytes },
		{ COST_total_blocks, sum->blocks },
		{ COST_rounding_bytes, sum->rounding },
		{ COST_temporary_bytes, sum->temporary_bytes },
		{ COST_temporary_blocks, sum->temporary_blocks },
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		model->charges[sum->charge].cost.column[parts[i].column] += parts[i].value;
		model->total.column[parts[i].column] += parts[i].value;
	}
	model->n_events += 2 * sum->blocks;
	model->n_elided += 2 * sum->blocks;
}

// Allocations may be missing from now on, or were until now: what was freed before may be freed again.
static void pause_apply(struct model *model, const struct event *event)
{
	const struct note *note = event->note;
	bool is_pause = note->type == WIRE_PAUSE;
	model->has_pauses = true;
	model->known_since = event->seq;
	if (note->number == WIRE_SCOPE_PROCESS) {
		model->is_paused = is_pause;
	} else if (note->number == WIRE_SCOPE_THREAD && is_pause) {
		model->n_paused_threads++;
	} else if (note->number == WIRE_SCOPE_THREAD && model->n_paused_threads != 0) {
		model->n_paused_threads--;
	}
	model->is_partial = model->is_paused || model->n_paused_threads != 0;
}

static void note_apply(struct model *model, const struct event *event)
{
	const struct note *note = event->note;
	switch (note->type) {
	case WIRE_MAP:
		modules_map(&model->modules, note);
		break;
	case WIRE_UNMAP:
		modules_unmap(&model->modules, note->number);
		break;
	case WIRE_LOST:
		model->n_reported_lost += note->number;
		model->lost[note->flags < WIRE_LOST_END ? note->flags : WIRE_LOST_UNTOLD] +=
			note->number;
		break;
	case WIRE_EXIT:
		model->has_exited = true;
		break;
	case WIRE_ELIDED_END:
		model->elide_end = note->number < WIRE_ELIDED_REASONS ? (unsigned)note->number : 0;
		break;
	case WIRE_ELIDED_SUM:
		elided_apply(model, event);
		break;
	case WIRE_POOL:
	case WIRE_POOL_END:
		pools_note(&model->pools, note);
		break;
	case WIRE_PAUSE:
	case WIRE_RESUME:
		pause_apply(model, event);
		break;
	case WIRE_RESTART:
	case WIRE_TIME:
	case WIRE_FAIL:
	case WIRE_THREAD:
	case WIRE_THREAD_EXIT:
	case WIRE_TAG:
	case WIRE_FORK:
	case WIRE_MESSAGE:
	case WIRE_SNAPSHOT:
	case WIRE_POOL_ALLOC:
	case WIRE_POOL_FREE:
	case WIRE_MAPPING:
		break;
	}
}

// So many events are foreseen at a time: enough for memory to answer, and few enough that the processor leaves no request out.
enum { FORESEEN = 12 };

// Has the processor fetch what model_apply will need for an event soon to come. A call may be left out by the compiler, to
// which fetching is doing nothing.
static inline __attribute__((always_inline)) void foresee(const struct model *model,
							  const struct event *event)
{
	if (event->type == EVENT_NOTE) {
		return;
	}
	live_table_prefetch(&model->live, event->addr);
	if (event->stack != STACK_UNKNOWN) {
		__builtin_prefetch(&model->stacks.raw[event->stack]);
	}
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->foresees) {
			watcher->foresees(watcher->context, event);
		}
	}
}

void model_apply(struct model *model, const struct event *event)
{
	if (event->seq != model->next_seq || model->is_partial) {
		model->known_since = event->seq;
	}
	model->next_seq = event->seq + 1;
	if (event->time > model->last_time) {
		tell_time(model, event->time);
		model->last_time = event->time;
	}
	switch ((enum event_type)event->type) {
	case EVENT_ALLOC:
	case EVENT_REALLOC:
		model->n_events++;
		alloc_apply(model, event);
		break;
	case EVENT_FREE:
		model->n_events++;
		free_apply(model, event);
		break;
	case EVENT_REALLOC_FREE:
		free_apply(model, event);
		break;
	case EVENT_FAIL:
		fail_apply(model, event);
		break;
	case EVENT_NOTE:
		note_apply(model, event);
		tell_noted(model, event);
		break;
	case EVENT_POOL_ALLOC:
		pools_alloc(&model->pools, event);
		break;
	case EVENT_POOL_FREE:
		pools_release(&model->pools, event);
		break;
	case EVENT_MAPPED:
		model->n_events++;
		mapped_apply(model, event);
		break;
	case EVENT_UNMAPPED:
		// That of mremap is a part of one event.
		model->n_events += event->kind != WIRE_KIND_MREMAP;
		unmapped_apply(model, event);
		break;
	case EVENT_NOTHING:
		break;
	}
}

void model_apply_all(struct model *model, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n && i < FORESEEN; i++) {
		foresee(model, &events[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (i + FORESEEN < n) {
			foresee(model, &events[i + FORESEEN]);
		}
		model_apply(model, &events[i]);
	}
}

void model_count_anew(struct model *model)
{
	for (size_t i = 0; i < LIVE_PARTS; i++) {
		const struct live_part *part = &model->live.parts[i];
		for (size_t k = 0; k < part->n_slots; k++) {
			part->slots[k].charge |= CHARGE_BEFORE;
		}
	}
	for (size_t i = 0; i < model->n_charges; i++) {
		model->charges[i].cost = (struct cost){ .column = { 0 } };
		model->charge_epochs[i] = model->epoch;
	}
	if (model->variances) {
		memset(model->variances, 0, model->n_charges * sizeof(*model->variances));
	}
	model->total_variance = (struct variance){ 0 };
	model->before_bytes = model->total.column[COST_live_bytes];
	model->before_blocks = model->total.column[COST_live_blocks];
	model->before_freed_bytes = model->before_freed_blocks = 0;
	model->total = (struct cost){ .column = { 0 } };
	model->peak_time = model->last_time;
	model->n_events = model->n_failures = model->n_unknown_frees = model->n_missed_frees = 0;
	model->n_reported_lost = 0;
	model->n_elided = 0;
	memset(model->lost, 0, sizeof(model->lost));
	model->has_pauses = model->is_partial;
	misuses_forget(&model->misuses);
	pools_count_anew(&model->pools);
}

struct charge model_charge_at(const struct model *model, size_t i)
{
	struct charge charge = model->charges[i];
	if (model->charge_epochs[i] != model->epoch) {
		charge.cost.column[COST_peak_bytes] = charge.cost.column[COST_live_bytes];
		charge.cost.column[COST_peak_blocks] = charge.cost.column[COST_live_blocks];
	}
	return charge;
}

void model_settle(struct model *model)
{
	for (size_t i = 0; i < model->n_charges; i++) {
		charge_touch(model, (uint32_t)i);
	}
}
