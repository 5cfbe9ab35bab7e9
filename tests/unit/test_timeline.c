// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline against all that happened, kept in full.
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "event.h"
#include "model.h"

enum { N_STACKS = 9, N_ADDRESSES = 300, N_EVENTS = 60000 };

// What was true after each event.
struct moment {
	uint64_t time, bytes, blocks;
	uint64_t of[N_STACKS]; // live bytes of each charge
	bool is_amid_realloc;
};

static struct moment moments[N_EVENTS];

// The last moment at or before `time`.
static const struct moment *moment_at(uint64_t time)
{
	const struct moment *found = NULL;
	for (int i = 0; i < N_EVENTS && moments[i].time <= time; i++) {
		found = &moments[i];
	}
	return found;
}

static void moment_note(struct moment *moment, const struct model *model)
{
	*moment = (struct moment){ .time = model->last_time };
	moment->bytes = model->total.column[COST_live_bytes];
	moment->blocks = model->total.column[COST_live_blocks];
	for (size_t i = 0; i < model->n_charges; i++) {
		moment->of[i] = model->charges[i].cost.column[COST_live_bytes];
	}
}

// Blocks come and go; some are resized, by the stack that allocated them.
static struct timeline *run(struct model *model, uint64_t pause)
{
	static int stacks[N_ADDRESSES]; // + 1; 0: not live
	int resized = -1;               // address
	struct timeline *timeline = timeline_new();
	uint32_t raw[N_STACKS];
	uint64_t time = 0;

	memset(stacks, 0, sizeof(stacks));
	model_init(model);
	timeline_watch(timeline, model);
	for (int i = 0; i < N_STACKS; i++) {
		raw[i] = stacks_push(&model->stacks, RAW_ROOT, 0x1000u + (unsigned)i, 0);
	}
	for (int i = 0; i < N_EVENTS; i++) {
		int address = resized >= 0 ? resized : rand() % N_ADDRESSES;
		int stack = stacks[address] != 0 ? stacks[address] - 1 : rand() % N_STACKS;
		int type = resized >= 0           ? EVENT_REALLOC
			   : stacks[address] == 0 ? EVENT_ALLOC
			   : rand() % 3 == 0      ? EVENT_REALLOC_FREE
						  : EVENT_FREE;
		struct event event = {
			.seq = (uint64_t)i + 1,
			.time = time +=
			resized < 0 && rand() % 3 == 0 ? (uint64_t)rand() % pause : 0,
			.addr = 0x10000 + (uint64_t)address * 16,
			.size = (uint64_t)rand() % 5000 + 1,
			.old = 0x10000 + (uint64_t)address * 16,
			.stack = raw[stack],
			.type = (uint8_t)type,
		};
		resized = type == EVENT_REALLOC_FREE ? address : -1;
		stacks[address] = type == EVENT_FREE ? 0 : stack + 1;
		model_apply(model, &event);
		moment_note(&moments[i], model);
		moments[i].is_amid_realloc = type == EVENT_REALLOC_FREE;
	}
	return timeline;
}

static void curve_is_true(const struct timeline *timeline, const struct model *model)
{
	uint64_t most = 0;
	CHECK(timeline->n_points > TIMELINE_POINTS_MAX / 2);
	CHECK(timeline->n_points <= TIMELINE_POINTS_MAX);
	for (size_t i = 0; i < timeline->n_points; i++) {
		const struct timeline_point *point = &timeline->points[i];
		const struct moment *moment = moment_at(point->time);
		CHECK_EQ(moment->time, point->time);
		CHECK_EQ(moment->bytes, point->bytes);
		CHECK_EQ(moment->blocks, point->blocks);
		CHECK(point->least_bytes <= point->bytes && point->bytes <= point->most_bytes);
		if (point->most_bytes > most) {
			most = point->most_bytes;
			CHECK(point->most_bytes < model->total.column[COST_peak_bytes] ||
			      point->most_time == model->peak_time);
		}
	}
	CHECK_EQ(most, model->total.column[COST_peak_bytes]);
}

static void states_are_true(const struct timeline *timeline, const struct model *model)
{
	uint64_t of[N_STACKS];
	CHECK(timeline->n_states > TIMELINE_STATES_MAX / 2);
	CHECK(timeline->n_states <= TIMELINE_STATES_MAX);
	for (size_t k = 0; k < timeline->n_states; k++) {
		const struct moment *moment = moment_at(timeline->states[k].time);
		timeline_live_at(timeline, k, of, model->n_charges);
		for (size_t i = 0; i < model->n_charges; i++) {
			CHECK_EQ(of[i], moment->of[i]);
		}
	}
	CHECK_EQ(timeline->states[timeline->n_states - 1].time, model->last_time);
}

// The least live bytes of a charge after its first change from one moment to another.
static uint64_t least_between(size_t charge, const struct moment *from, const struct moment *to)
{
	uint64_t least = to->of[charge];
	bool has_changed = false;
	for (const struct moment *moment = from; moment <= to; moment++) {
		has_changed |=
			moment->of[charge] != (moment == moments ? 0 : moment[-1].of[charge]);
		if (has_changed && !moment->is_amid_realloc && moment->of[charge] < least) {
			least = moment->of[charge];
		}
	}
	return least;
}

static void dips_are_true(const struct timeline *timeline)
{
	const struct moment *from = moments;
	for (size_t k = 0; k < timeline->n_states; k++) {
		const struct moment *to = moment_at(timeline->states[k].time);
		uint64_t least[N_STACKS];
		memset(least, 0xff, sizeof(least));
		struct entry_reader reader = timeline_read(timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			uint64_t bytes = entry.live_bytes - entry.dip_bytes;
			least[entry.charge] =
				bytes < least[entry.charge] ? bytes : least[entry.charge];
		}
		for (size_t i = 0; i < N_STACKS; i++) {
			if (least[i] != UINT64_MAX) {
				CHECK_EQ(least[i], least_between(i, from, to));
			}
		}
		from = to + 1;
	}
}

// Each charge's newest entry has all costs of the model.
static void last_entries_are_the_models(const struct timeline *timeline, const struct model *model)
{
	for (size_t i = 0; i < model->n_charges; i++) {
		struct timeline_entry entry, last = { .charge = UINT32_MAX };
		struct entry_reader reader = timeline_read(timeline, 0, timeline->n_states);
		while (entry_read(&reader, &entry)) {
			last = entry.charge == i ? entry : last;
		}
		CHECK_EQ(last.charge, i);
		const uint64_t *column = model->charges[i].cost.column;
		CHECK_EQ(last.live_bytes, column[COST_live_bytes]);
		CHECK_EQ(last.live_blocks, column[COST_live_blocks]);
		CHECK_EQ(last.total_bytes, column[COST_total_bytes]);
		CHECK_EQ(last.total_blocks, column[COST_total_blocks]);
	}
}

int main(void)
{
	static const uint64_t pauses[] = { 5000, 200, 3000000 };
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		struct model model;
		srand((unsigned)i + 1);
		struct timeline *timeline = run(&model, pauses[i]);
		timeline_settle(timeline, &model);
		timeline_settle(timeline, &model);
		curve_is_true(timeline, &model);
		states_are_true(timeline, &model);
		dips_are_true(timeline);
		last_entries_are_the_models(timeline, &model);
		timeline_free(timeline);
		model_free(&model);
	}
	return check_result();
}
