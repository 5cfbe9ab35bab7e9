// SPDX-License-Identifier: GPL-3.0-or-later
// Frees of addresses at which no block was ever seen: inside a block, or nowhere near one.
#include "stray.h"

#include <stddef.h>

#include "archive.h"
#include "archive_parts.h"
#include "model.h"

void strays_forget(struct strays *strays)
{
	strays->n = 0;
	strays->n_all = 0;
}

// The block that the address lies in, but not at its start; NULL: none. What the program has mapped itself is no block.
static const struct live_block *block_around(const struct model *model, uint64_t addr)
{
	for (size_t k = 0; k < model->live.n_slots; k++) {
		const struct live_block *block = &model->live.slots[k];
		if (block->addr == 0 || addr <= block->addr || addr - block->addr >= block->size ||
		    block->charge == CHARGE_NONE) {
			continue;
		}
		if (!charge_is_mapping(&model->charges[block->charge & ~(uint32_t)CHARGE_BEFORE])) {
			return block;
		}
	}
	return NULL;
}

void strays_add(struct strays *strays, const struct model *model, const struct event *event,
		uint32_t stack)
{
	if (event->addr == 0) {
		return;
	}
	const struct live_block *block =
		strays->n_all < STRAYS_LOOKED_UP_MAX ? block_around(model, event->addr) : NULL;
	struct stray stray = { .kind = event->kind,
			       .stack = stack,
			       .block_stack = STACK_UNKNOWN,
			       .n = 1,
			       .seq = event->seq,
			       .addr = event->addr };
	if (block) {
		const struct charge *charge =
			&model->charges[block->charge & ~(uint32_t)CHARGE_BEFORE];
		stray.block_stack = charge->stack;
		stray.block_kind = charge->kind;
		stray.offset = event->addr - block->addr;
	}
	strays->n_all++;
	for (uint32_t i = 0; i < strays->n; i++) {
		struct stray *known = &strays->list[i];
		if (known->kind == stray.kind && known->stack == stray.stack &&
		    known->block_stack == stray.block_stack &&
		    known->block_kind == stray.block_kind) {
			known->n++;
			return;
		}
	}
	if (strays->n < STRAYS_MAX) {
		strays->list[strays->n++] = stray;
	}
}

bool stray_is_sure(const struct stray *stray, const struct snapshot *snapshot)
{
	bool is_whole = snapshot->n_lost == 0 && snapshot->n_missed_frees == 0 &&
			snapshot->damage == NULL && snapshot->view == NULL;
	bool has_all = snapshot->parent_stream == 0 && !snapshot->has_pauses &&
		       snapshot->sampling == 0 && snapshot->elide_limit == 0;
	return is_whole && (has_all || stray->offset != 0);
}

void strays_archive(struct archive *archive, struct strays *strays, size_t n_nodes)
{
	archive_u64(archive, &strays->n_all);
	archive_index(archive, &strays->n, STRAYS_MAX + 1, false);
	for (uint32_t i = 0; i < strays->n; i++) {
		struct stray *stray = &strays->list[i];
		archive_u8(archive, &stray->kind);
		archive_u8(archive, &stray->block_kind);
		archive_index(archive, &stray->stack, n_nodes, true);
		archive_index(archive, &stray->block_stack, n_nodes, true);
		archive_u64(archive, &stray->n);
		archive_u64(archive, &stray->seq);
		archive_u64(archive, &stray->addr);
		archive_u64(archive, &stray->offset);
	}
}
