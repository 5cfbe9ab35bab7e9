// SPDX-License-Identifier: GPL-3.0-or-later
// The model against a naive one that keeps every live block in a list and copies all costs at every peak.
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "unsure.h"

enum { N_STACKS = 7, N_THREADS = 3, N_ADDRESSES = 200, N_EVENTS = 20000 };

struct naive {
	struct naive_block {
		bool is_live;
		uint64_t size;
		int stack;
	} blocks[N_ADDRESSES];
	struct cost of[N_STACKS];
	struct cost total;
	int last[N_THREADS]; // address of the thread's last allocation; -1 none
	uint64_t n_unknown;
};

static void naive_free(struct naive *naive, int thread, int address)
{
	struct naive_block *block = &naive->blocks[address];
	if (!block->is_live) {
		naive->n_unknown++;
		return;
	}
	struct cost *costs[] = { &naive->of[block->stack], &naive->total };
	for (int i = 0; i < 2; i++) {
		costs[i]->column[COST_live_bytes] -= block->size;
		costs[i]->column[COST_live_blocks]--;
		costs[i]->column[COST_temporary_blocks] += naive->last[thread] == address;
		costs[i]->column[COST_temporary_bytes] +=
			naive->last[thread] == address ? block->size : 0;
	}
	block->is_live = false;
	for (int t = 0; t < N_THREADS; t++) {
		if (naive->last[t] == address) {
			naive->last[t] = -1;
		}
	}
}

static void naive_alloc(struct naive *naive, int thread, int address, uint64_t size, int stack,
			uint64_t rounding)
{
	naive->blocks[address] = (struct naive_block){ true, size, stack };
	struct cost *costs[] = { &naive->of[stack], &naive->total };
	for (int i = 0; i < 2; i++) {
		costs[i]->column[COST_live_bytes] += size;
		costs[i]->column[COST_live_blocks]++;
		costs[i]->column[COST_total_bytes] += size;
		costs[i]->column[COST_total_blocks]++;
		costs[i]->column[COST_rounding_bytes] += rounding;
	}
	naive->last[thread] = address;
	if (naive->total.column[COST_live_bytes] > naive->total.column[COST_peak_bytes]) {
		for (int i = 0; i < N_STACKS + 1; i++) {
			struct cost *cost = i < N_STACKS ? &naive->of[i] : &naive->total;
			cost->column[COST_peak_bytes] = cost->column[COST_live_bytes];
			cost->column[COST_peak_blocks] = cost->column[COST_live_blocks];
		}
	}
}

static uint64_t address_of(int address)
{
	return 0x1000 + (uint64_t)address * 16;
}

// Compares all charges; `pcs` are the frames of the naive stacks.
static void costs_compare(const struct model *model, const struct naive *naive)
{
	size_t n_used = 0;
	for (int i = 0; i < N_STACKS; i++) {
		n_used += naive->of[i].column[COST_total_blocks] != 0;
	}
	CHECK_EQ(model->n_charges, n_used);
	for (size_t i = 0; i < model->n_charges; i++) {
		struct charge charge = model_charge_at(model, i);
		const struct stack_node *node = &model->stacks.nodes[charge.stack];
		size_t stack = model->stacks.sites[node->site].offset - 0x400000;
		for (int column = 0; column < N_COSTS; column++) {
			if (charge.cost.column[column] != naive->of[stack].column[column]) {
				fprintf(stderr, "stack %zu, column %d:\n", stack, column);
				CHECK_EQ(charge.cost.column[column],
					 naive->of[stack].column[column]);
			}
		}
	}
	CHECK(memcmp(&model->total, &naive->total, sizeof(model->total)) == 0);
	CHECK_EQ(model->n_unknown_frees + model->misuses.n_double, naive->n_unknown);
}

static void random_events_cost_what_a_naive_model_says(unsigned seed)
{
	static struct naive naive;
	memset(&naive, 0, sizeof(naive));
	memset(naive.last, 0xff, sizeof(naive.last));
	struct model model;
	model_init(&model);
	// The number of the peak comes round now and then.
	model.epoch = UINT32_MAX - seed % 3;
	uint32_t raw[N_STACKS];
	for (int i = 0; i < N_STACKS; i++) {
		raw[i] = stacks_push(&model.stacks, RAW_ROOT, 0x400000 + (uint64_t)i, 0);
	}
	srand(seed);
	uint64_t seq = 0;
	for (int i = 0; i < N_EVENTS; i++) {
		int address = rand() % N_ADDRESSES;
		int thread = rand() % N_THREADS;
		// Waves, so that there are many peaks and long times between them.
		bool is_rising = (i / 1500) % 2 == 0;
		seq++;
		struct event event = { .seq = seq,
				       .time = seq,
				       .addr = address_of(address),
				       .thread = (uint32_t)thread,
				       .stack = STACK_UNKNOWN };
		if (naive.blocks[address].is_live || rand() % 100 == 0) {
			if (is_rising && rand() % 3 != 0) {
				continue;
			}
			event.type = rand() % 4 ? EVENT_FREE : EVENT_REALLOC_FREE;
			naive_free(&naive, thread, address);
		} else {
			int stack = rand() % N_STACKS;
			event.type = rand() % 4 ? EVENT_ALLOC : EVENT_REALLOC;
			event.size = (uint64_t)(rand() % 5 ? rand() % 300 : 0);
			event.stack = raw[stack];
			event.kind = WIRE_KIND_MALLOC;
			uint64_t rounding = (uint64_t)(rand() % 16);
			// Of some the usable size is not known.
			event.usable = rounding != 0 ? event.size + rounding : 0;
			naive_alloc(&naive, thread, address, event.size, stack, rounding);
		}
		model_apply(&model, &event);
		if (i % 997 == 0) {
			costs_compare(&model, &naive);
		}
	}
	costs_compare(&model, &naive);
	model_free(&model);
}

static struct event alloc_of(uint64_t seq, uint64_t addr, uint64_t size)
{
	return (struct event){ .type = EVENT_ALLOC, .seq = seq, .addr = addr, .size = size };
}

static void allocation_at_a_live_address_replaces(void)
{
	struct model model;
	model_init(&model);
	struct event first = alloc_of(1, 0x10, 100);
	struct event second = alloc_of(2, 0x10, 7);
	model_apply(&model, &first);
	model_apply(&model, &second);
	CHECK_EQ(model.n_missed_frees, 1);
	CHECK_EQ(model.total.column[COST_live_bytes], 7);
	CHECK_EQ(model.total.column[COST_live_blocks], 1);
	CHECK_EQ(model.total.column[COST_total_bytes], 107);
	CHECK_EQ(model.live.n, 1);
	model_free(&model);
}

static void late_free_spares_the_younger_block(void)
{
	struct model model;
	model_init(&model);
	struct event young = alloc_of(9, 0x10, 7);
	struct event late = { .type = EVENT_FREE, .seq = 5, .addr = 0x10 };
	model_apply(&model, &young);
	model_apply(&model, &late);
	CHECK_EQ(model.total.column[COST_live_bytes], 7);
	CHECK_EQ(model.n_unknown_frees, 1);
	model_free(&model);
}

// How many live blocks may have been released while events were lost.
static uint64_t unsure(const struct model *model, bool is_sure_at_end)
{
	struct snapshot snapshot = { .n_lost = 1,
				     .charges = model->charges,
				     .n_charges = model->n_charges };
	unsure_show(model, is_sure_at_end, &snapshot);
	unsure_count(&snapshot);
	CHECK_EQ(snapshot.unsure_bytes, 100 * snapshot.unsure_blocks);
	return snapshot.unsure_blocks;
}

static void what_is_older_than_the_last_loss_is_unsure(void)
{
	struct model model;
	struct note lost = { .type = WIRE_LOST, .number = 1, .flags = WIRE_LOST_NO_PLACE };
	struct event told = { .type = EVENT_NOTE, .seq = UINT64_C(0x100000007), .note = &lost };
	model_init(&model);
	for (uint64_t i = 0; i < 6; i++) {
		// 1, 2, 3, and after a loss 2^32 + 4, 5, 6.
		uint64_t seq = i < 3 ? i + 1 : UINT64_C(0x100000001) + i;
		struct event event = alloc_of(seq, 0x10 + i * 0x100, 100);
		model_apply(&model, &event);
		CHECK_EQ(unsure(&model, true), i < 3 ? 0 : 3);
	}
	CHECK_EQ(unsure(&model, false), 6);
	model_apply(&model, &told);
	CHECK_EQ(unsure(&model, true), 3);
	told.seq++;
	lost.flags = WIRE_LOST_NO_ROOM;
	model_apply(&model, &told);
	CHECK_EQ(unsure(&model, true), 6);
	model_free(&model);
}

static struct event free_of(uint64_t seq, uint64_t addr, enum wire_kind kind)
{
	return (struct event){ .type = EVENT_FREE,
			       .seq = seq,
			       .addr = addr,
			       .kind = (uint8_t)kind,
			       .stack = STACK_UNKNOWN };
}

static void second_free_is_told_from_unknown_ones(void)
{
	struct model model;
	model_init(&model);
	const struct event events[] = {
		alloc_of(1, 0x10, 1),
		free_of(2, 0x10, WIRE_KIND_FREE),
		free_of(3, 0x10, WIRE_KIND_FREE),
		free_of(4, 0x20, WIRE_KIND_FREE), // made before the first event
		free_of(5, 0x20, WIRE_KIND_FREE),
		free_of(6, 0x30, WIRE_KIND_FREE),
		free_of(8, 0x30,
			WIRE_KIND_FREE), // event 7, which is missing, may have allocated it
		free_of(9, 0x10, WIRE_KIND_FREE),
		alloc_of(10, 0x10, 1),
		free_of(11, 0x10, WIRE_KIND_FREE),
		free_of(12, 0x10, WIRE_KIND_FREE),
	};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		model_apply(&model, &events[i]);
	}
	CHECK_EQ(model.misuses.n_double, 3);
	CHECK_EQ(model.n_unknown_frees, 4);
	CHECK_EQ(model.misuses.n, 2);
	CHECK_EQ(model.misuses.list[0].n, 2);
	CHECK_EQ(model.misuses.list[0].seq, 3);
	CHECK_EQ(model.misuses.list[0].charge, 0);
	CHECK_EQ(model.misuses.list[1].addr, 0x20);
	CHECK_EQ(model.misuses.list[1].charge, CHARGE_UNKNOWN);
	model_free(&model);
}

static void free_that_does_not_go_with_the_allocator_is_counted(void)
{
	static const struct {
		enum wire_kind allocator, release;
		bool match;
	} rows[] = {
		{ WIRE_KIND_MALLOC, WIRE_KIND_FREE, true },
		{ WIRE_KIND_MALLOC, WIRE_KIND_REALLOC, true },
		{ WIRE_KIND_POSIX_MEMALIGN, WIRE_KIND_FREE_ALIGNED_SIZED, true },
		{ WIRE_KIND_CALLOC, WIRE_KIND_DELETE, false },
		{ WIRE_KIND_MALLOC, WIRE_KIND_DELETE_ARRAY, false },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE, true },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE_ARRAY, false },
		{ WIRE_KIND_NEW, WIRE_KIND_FREE, false },
		{ WIRE_KIND_NEW_ARRAY, WIRE_KIND_DELETE_ARRAY, true },
		{ WIRE_KIND_NEW_ARRAY, WIRE_KIND_DELETE, false },
		{ WIRE_KIND_NEW_ARRAY, WIRE_KIND_REALLOC, false },
		{ WIRE_KIND_NEW_ALIGNED, WIRE_KIND_DELETE_ALIGNED, true },
		{ WIRE_KIND_NEW_ALIGNED, WIRE_KIND_DELETE, false },
		{ WIRE_KIND_NEW_ALIGNED, WIRE_KIND_DELETE_ARRAY_ALIGNED, false },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE_ALIGNED, false },
		{ WIRE_KIND_NEW_ARRAY_ALIGNED, WIRE_KIND_DELETE_ARRAY_ALIGNED, true },
		{ WIRE_KIND_NEW_ARRAY_ALIGNED, WIRE_KIND_FREE, false },
		{ WIRE_KIND_MEMALIGN, WIRE_KIND_DELETE_ALIGNED, false },
		{ (enum wire_kind)31, WIRE_KIND_DELETE, true },
	};
	struct model model;
	model_init(&model);
	uint64_t n = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event alloc = alloc_of(2 * i + 1, 0x10, 1);
		alloc.kind = (uint8_t)rows[i].allocator;
		struct event release = free_of(2 * i + 2, 0x10, rows[i].release);
		model_apply(&model, &alloc);
		model_apply(&model, &release);
		n += !rows[i].match;
		CHECK_EQ(model.misuses.n_mismatched, n);
	}
	CHECK_EQ(model.misuses.n, n);
	CHECK_EQ(model.total.column[COST_live_blocks], 0);
	model_free(&model);
}

static void releases_as_another_size_are_counted(void)
{
	static const struct {
		enum wire_kind allocator, release;
		uint64_t size, told;
		bool is_told;
		enum misuse_type type;
		bool is_wrong;
	} rows[] = {
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE, 24, 24, true, MISUSE_SIZE, false },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE, 24, 20, true, MISUSE_SIZE, true },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE, 0, 0, true, MISUSE_SIZE, false },
		{ WIRE_KIND_NEW, WIRE_KIND_DELETE, 24, 20, false, MISUSE_SIZE, false },
		{ WIRE_KIND_NEW_ALIGNED, WIRE_KIND_DELETE_ALIGNED, 24, 0, true, MISUSE_SIZE, true },
		{ WIRE_KIND_NEW_ARRAY, WIRE_KIND_DELETE_ARRAY, 24, 25, true, MISUSE_SIZE, true },
		{ WIRE_KIND_MALLOC, WIRE_KIND_FREE_SIZED, 24, 8, true, MISUSE_SIZE, true },
		// The function says enough.
		{ WIRE_KIND_NEW_ARRAY, WIRE_KIND_DELETE, 24, 20, true, MISUSE_MISMATCH, true },
		{ (enum wire_kind)31, WIRE_KIND_DELETE, 24, 24, true, MISUSE_SIZE, false },
	};
	struct model model;
	model_init(&model);
	uint32_t n = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event alloc = alloc_of(2 * i + 1, 0x10, rows[i].size);
		alloc.kind = (uint8_t)rows[i].allocator;
		struct event release = free_of(2 * i + 2, 0x10, rows[i].release);
		release.size = rows[i].told;
		release.marks = rows[i].is_told ? EVENT_IS_TOLD : 0;
		model_apply(&model, &alloc);
		model_apply(&model, &release);
		n += rows[i].is_wrong;
		CHECK_EQ(model.misuses.n_mismatched, n);
		CHECK_EQ(model.misuses.n, n);
		if (rows[i].is_wrong) {
			const struct misuse *misuse = &model.misuses.list[n - 1];
			bool is_size = rows[i].type == MISUSE_SIZE;
			CHECK_EQ(misuse->type, rows[i].type);
			CHECK_EQ(misuse->size, is_size ? rows[i].size : 0);
			CHECK_EQ(misuse->told, is_size ? rows[i].told : 0);
		}
	}
	model_free(&model);
}

// With an event the release may be missing, and another block have come to the same place.
static void sizes_of_blocks_before_a_loss_say_nothing(void)
{
	struct model model;
	model_init(&model);
	struct event events[] = {
		alloc_of(1, 0x10, 24),
		alloc_of(3, 0x20, 24), // one is missing
		free_of(4, 0x10, WIRE_KIND_DELETE),
		free_of(5, 0x20, WIRE_KIND_DELETE),
	};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].type == EVENT_ALLOC) {
			events[i].kind = WIRE_KIND_NEW;
		} else {
			events[i].size = 40;
			events[i].marks = EVENT_IS_TOLD;
		}
		model_apply(&model, &events[i]);
	}
	CHECK_EQ(model.misuses.n_mismatched, 1);
	CHECK_EQ(model.misuses.list[0].addr, 0x20);
	model_free(&model);
}

static void counting_anew_passes_over_what_is_live(void)
{
	struct model model;
	model_init(&model);
	const struct event before[] = {
		alloc_of(1, 0x10, 100),           alloc_of(2, 0x20, 200),
		alloc_of(3, 0x30, 400),           free_of(4, 0x30, WIRE_KIND_FREE),
		free_of(5, 0x90, WIRE_KIND_FREE), // unknown
	};
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct event event = before[i];
		event.kind = event.type == EVENT_ALLOC ? WIRE_KIND_MALLOC : event.kind;
		model_apply(&model, &event);
	}
	model_count_anew(&model);
	CHECK_EQ(model.total.column[COST_live_bytes], 0);
	CHECK_EQ(model.total.column[COST_peak_bytes], 0);
	CHECK_EQ(model.n_events, 0);
	CHECK_EQ(model.n_unknown_frees, 0);
	CHECK_EQ(model.before_bytes, 300);
	CHECK_EQ(model.before_blocks, 2);
	struct event other = alloc_of(6, 0x40, 50);
	other.kind = WIRE_KIND_MALLOC;
	const struct event after[] = {
		other,
		free_of(7, 0x20, WIRE_KIND_DELETE), // of before: no cost, but a wrong one
		alloc_of(8, 0x10, 7),               // the free before was not seen
		free_of(9, 0x40, WIRE_KIND_FREE),
	};
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		model_apply(&model, &after[i]);
	}
	CHECK_EQ(model.total.column[COST_live_bytes], 7);
	CHECK_EQ(model.total.column[COST_live_blocks], 1);
	CHECK_EQ(model.total.column[COST_total_bytes], 57);
	CHECK_EQ(model.total.column[COST_peak_bytes], 57);
	CHECK_EQ(model.total.column[COST_temporary_blocks], 0);
	CHECK_EQ(model.before_freed_bytes, 300);
	CHECK_EQ(model.before_freed_blocks, 2);
	CHECK_EQ(model.n_missed_frees, 1);
	CHECK_EQ(model.misuses.n_mismatched, 1);
	CHECK_EQ(model.misuses.list[0].charge, 0);
	CHECK_EQ(model.n_events, 4);
	// Once more: what counted until now does not either.
	model_count_anew(&model);
	CHECK_EQ(model.before_bytes, 7);
	CHECK_EQ(model.before_blocks, 1);
	CHECK_EQ(model_charge_at(&model, 0).cost.column[COST_live_bytes], 0);
	model_free(&model);
}

static void cut_and_kind_make_charges_of_their_own(void)
{
	struct model model;
	model_init(&model);
	struct event event = alloc_of(1, 0x10, 1);
	model_apply(&model, &event);
	event = alloc_of(2, 0x20, 1);
	event.cut = WIRE_CUT_NO_RULE;
	model_apply(&model, &event);
	event = alloc_of(3, 0x30, 1);
	event.kind = WIRE_KIND_NEW;
	model_apply(&model, &event);
	event = alloc_of(4, 0x40, 1);
	model_apply(&model, &event);
	CHECK_EQ(model.n_charges, 3);
	CHECK_EQ(model_charge_at(&model, 0).cost.column[COST_live_bytes], 2);
	model_free(&model);
}

static void live_table_finds_what_was_added_and_not_removed(void)
{
	enum { N = 60000 };
	struct live_table table;
	live_table_init(&table);
	static bool is_in[N];
	srand(3);
	size_t n = 0;
	for (int i = 0; i < 20 * N; i++) {
		int k = rand() % N;
		// Multiples of a page crowd the same slots.
		uint64_t addr = (uint64_t)(k + 1) << 12;
		struct live_block *block = live_table_find(&table, addr);
		if ((block != NULL) != is_in[k] || (block && block->size != (uint64_t)k)) {
			CHECK_EQ(block != NULL, is_in[k]);
			break;
		}
		if (block) {
			live_table_remove(&table, block);
			n--;
		} else {
			live_table_add(&table, &(struct live_block){ addr, (uint64_t)k, 0, 0 },
				       NULL);
			n++;
		}
		is_in[k] = !is_in[k];
	}
	CHECK_EQ(table.n, n);
	CHECK(live_table_size(&table) < (size_t)40 * N);
	live_table_free(&table);
}

// Addresses that all want the last slot: they come round to the first ones.
static void live_table_grows_around_blocks_that_came_round(void)
{
	enum { N = 3000 };
	struct live_table table;
	live_table_init(&table);
	live_table_keep_births(&table);
	uint64_t inverse = 1;
	for (int i = 0; i < 6; i++) {
		inverse *= 2 - live_hash(1) * inverse;
	}
	for (uint64_t k = 1; k <= N; k++) {
		uint64_t hash = k % 3 == 0 ? k << 52 | k : UINT64_MAX - k;
		struct live_block block = { hash * inverse, k, 0, 0 };
		CHECK(!live_table_find(&table, block.addr));
		live_table_add(&table, &block, &(struct live_birth){ .time = k });
	}
	for (uint64_t k = 1; k <= N; k++) {
		uint64_t hash = k % 3 == 0 ? k << 52 | k : UINT64_MAX - k;
		struct live_block *block = live_table_find(&table, hash * inverse);
		CHECK(block && block->size == k && live_birth_of(&table, block)->time == k);
		if (block) {
			live_table_remove(&table, block);
		}
	}
	CHECK_EQ(table.n, 0);
	live_table_free(&table);
}

int main(void)
{
	for (unsigned seed = 1; seed <= 8; seed++) {
		random_events_cost_what_a_naive_model_says(seed);
	}
	allocation_at_a_live_address_replaces();
	late_free_spares_the_younger_block();
	what_is_older_than_the_last_loss_is_unsure();
	releases_as_another_size_are_counted();
	sizes_of_blocks_before_a_loss_say_nothing();
	counting_anew_passes_over_what_is_live();
	cut_and_kind_make_charges_of_their_own();
	second_free_is_told_from_unknown_ones();
	free_that_does_not_go_with_the_allocator_is_counted();
	live_table_finds_what_was_added_and_not_removed();
	live_table_grows_around_blocks_that_came_round();
	return check_result();
}
