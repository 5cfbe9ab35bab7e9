// SPDX-License-Identifier: GPL-3.0-or-later
// Every live block, one line each, the largest first.
#include "report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ages.h"
#include "frames.h"
#include "lives.h"
#include "site_name.h"
#include "unsure.h"
#include "util.h"

static const uint64_t MICROSECONDS = 1000000;

// The largest first; of equal ones the oldest, as far as half a number tells it, and where that is equal too the address.
static int compare(const void *a, const void *b)
{
	const struct live_block *left = *(const struct live_block *const *)a;
	const struct live_block *right = *(const struct live_block *const *)b;
	if (left->size != right->size) {
		return left->size < right->size ? 1 : -1;
	}
	if (left->seq != right->seq) {
		return left->seq < right->seq ? -1 : 1;
	}
	return left->addr < right->addr ? -1 : left->addr > right->addr;
}

// The charge of a live block; CHARGE_HIDDEN: it is not to be seen.
static uint32_t charge_of(const struct snapshot *snapshot, const struct live_block *block)
{
	if (!charge_counts(block->charge)) {
		return CHARGE_HIDDEN;
	}
	return snapshot->live_of != NULL ? snapshot->live_of[block->charge] : block->charge;
}

static const char *kind_of(const struct snapshot *snapshot, const struct live_block *block)
{
	const char *word = kind_word(snapshot->charges[charge_of(snapshot, block)].kind);
	return word != NULL ? word : "unknown";
}

static bool is_seen(const struct snapshot *snapshot, const struct live_block *block)
{
	return block->addr != 0 && charge_of(snapshot, block) != CHARGE_HIDDEN &&
	       (snapshot->ages == NULL ||
		ages_admit(snapshot, live_birth_of(snapshot->lives->live, block)));
}

// Those that are seen. The caller frees them.
static const struct live_block **blocks_sorted(const struct snapshot *snapshot, size_t *n_sorted)
{
	const struct live_table *live = snapshot->lives->live;
	const struct live_block **blocks = xcalloc(live->n + 1, sizeof(*blocks));
	size_t n = 0;
	for (size_t k = 0; k < live->n_slots; k++) {
		const struct live_block *block = &live->slots[k];
		if (is_seen(snapshot, block)) {
			blocks[n++] = block;
		}
	}
	qsort(blocks, n, sizeof(struct live_block *), compare);
	*n_sorted = n;
	return blocks;
}

const struct row_column report_blocks_columns[] = {
	{ "address", false }, { "size", false }, { "usable", false },
	{ "kind", true },     { "tid", false },  { "time", false },
	{ "age", false },     { "seq", false },  { NULL, false },
};

// In the order of the columns.
enum { ADDRESS, SIZE, USABLE, KIND, TID, TIME, AGE, SEQ };

static struct row_key key_of(const struct snapshot *snapshot, const struct live_block *block,
			     unsigned column)
{
	const struct live_birth *birth = live_birth_of(snapshot->lives->live, block);
	switch (column) {
	case ADDRESS:
		return (struct row_key){ .number = (int64_t)block->addr };
	case SIZE:
		return (struct row_key){ .number = (int64_t)block->size };
	case USABLE:
		return (struct row_key){ .number = (int64_t)(block->size + birth->spare) };
	case KIND:
		return (struct row_key){ .text = kind_of(snapshot, block) };
	case TID:
		return (struct row_key){ .number = snapshot->lives->tids[birth->thread] };
	case TIME:
		return (struct row_key){ .number = (int64_t)birth->time };
	case AGE:
		return (struct row_key){ .number = -(int64_t)birth->time };
	default:
		return (struct row_key){ .number = block->seq };
	}
}

// What is equal in the column stays in the report's own order.
static void blocks_sort(const struct snapshot *snapshot, const struct live_block **blocks, size_t n,
			const struct row_sort *sort)
{
	struct row_key *keys = xcalloc(n + 1, sizeof(*keys));
	const struct live_block **before = xcalloc(n + 1, sizeof(*before));
	for (size_t i = 0; i < n; i++) {
		before[i] = blocks[i];
		keys[i] = key_of(snapshot, blocks[i], sort->column);
		keys[i].row = (uint32_t)i;
	}
	rows_sort(keys, n, sort);
	for (size_t i = 0; i < n; i++) {
		blocks[i] = before[keys[i].row];
	}
	free(before);
	free(keys);
}

static void write_time(FILE *out, uint64_t time)
{
	fprintf(out, " %" PRIu64 ".%06" PRIu64, time / MICROSECONDS, time % MICROSECONDS);
}

static void write_stack(FILE *out, const struct frames *frames, const uint32_t *ids, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		const struct frame_name *name = &frames->names[ids[i]];
		putc(i == n - 1 ? ' ' : ';', out);
		text_escape_also(out, name->function, ";");
		if (name->file != NULL) {
			fputs(" (", out);
			text_escape_also(out, name->file, ";");
			fprintf(out, ":%" PRIu32 ")", name->line);
		}
	}
	putc('\n', out);
}

static void write_block(FILE *out, const struct snapshot *snapshot, struct frames *frames,
			const struct live_block *block)
{
	const struct live_birth *birth = live_birth_of(snapshot->lives->live, block);
	const struct charge *charge = &snapshot->charges[charge_of(snapshot, block)];
	uint64_t now = (uint64_t)(snapshot->duration * (double)MICROSECONDS + 0.5);
	fprintf(out, "0x%" PRIx64 " %" PRIu64 " %" PRIu64 " %s", block->addr, block->size,
		block->size + birth->spare, kind_of(snapshot, block));
	fprintf(out, " %" PRIu32, snapshot->lives->tids[birth->thread]);
	write_time(out, birth->time);
	write_time(out, now > birth->time ? now - birth->time : 0);
	fprintf(out, " %" PRIu32 "%s", block->seq, unsure_is(snapshot, block) ? "?" : "");
	size_t n;
	const uint32_t *ids = frames_of(frames, snapshot, charge, FRAMES_PLAIN, &n);
	write_stack(out, frames, ids, n);
}

bool report_blocks_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			 const struct report_options *options)
{
	assert(snapshot->lives);
	size_t n;
	const struct live_block **blocks = blocks_sorted(snapshot, &n);
	if (options->sort.text != NULL) {
		blocks_sort(snapshot, blocks, n, &options->sort);
	}
	struct frames *frames = frames_new(snapshot, symbols);
	fputs("#address size usable kind tid time age seq stack\n", out);
	if (snapshot->view != NULL) {
		fputs("#shown: ", out);
		text_escape(out, snapshot->view, 0);
		putc('\n', out);
	}
	if (snapshot->unsure_blocks != 0) {
		fprintf(out,
			"#unsure: blocks with a seq below %" PRIu64
			", which have a ? behind it: events were lost after them, and they may "
			"have been released\n",
			snapshot->sure_since);
	}
	for (size_t i = 0; i < n && !ferror(out); i++) {
		write_block(out, snapshot, frames, blocks[i]);
	}
	free(blocks);
	frames_free(frames);
	return fflush(out) == 0 && !ferror(out);
}
