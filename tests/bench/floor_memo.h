// SPDX-License-Identifier: GPL-3.0-or-later
// The floor: the least that a walk by cached rules costs, alone and with the previous stack compared, on x86-64.
//
// Nothing is checked: neither addresses before they are loaded, nor that frames lie further out.
// Whatever is not plain ends the walk. What is left is the work that no walker of this kind can do
// without: look up a row per new frame, compare two words per frame that is kept.
#ifndef TESTS_BENCH_FLOOR_MEMO_H
#define TESTS_BENCH_FLOOR_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "tests/programs/loaded_code.h"
#include "unwind/produce.h"

enum {
	FLOOR_FRAMES = 256,
	FLOOR_ROWS = 1 << 14,
	FLOOR_WAYS = 4,
};

enum floor_row_kind { FLOOR_ROW_NONE, FLOOR_ROW_BY_SP, FLOOR_ROW_BY_FP, FLOOR_ROW_LAST };

// How to leave a frame: the return address is the word below the CFA.
struct floor_row {
	uintptr_t pc;
	int32_t cfa;
	int16_t fp; // from the CFA; 0: not saved
	uint8_t kind;
	uint8_t is_told; // for a shim, whose stream has it then
};

struct floor_kept {
	uintptr_t pc, sp, fp;
	const uintptr_t *fp_slot;
	const struct floor_row *row;
};

// What a thread keeps; all zero at first.
struct floor_thread {
	size_t n_kept, n_new; // frames of the last stack, and those of them that were not kept
	unsigned victim;
	struct floor_row rows[FLOOR_ROWS];
	struct floor_kept kept[FLOOR_FRAMES], fresh[FLOOR_FRAMES]; // kept: outermost last
	struct scan_work work;
};

static __attribute__((noinline)) const struct floor_row *
floor_row_add(struct floor_thread *thread, struct floor_row *set, uintptr_t pc)
{
	const struct unwind_context context = { .find_code = loaded_code_find };
	const struct unwind_state state = { .pc = pc };
	unsigned i = 0, wild_left = 0;
	struct unwind_rule rule;

	while (i < FLOOR_WAYS && set[i].kind != FLOOR_ROW_NONE) {
		i++;
	}
	if (i == FLOOR_WAYS) {
		i = thread->victim++ % FLOOR_WAYS;
	}
	produce_rule(&context, PRODUCE_BY_TABLES, &thread->work, &wild_left, &state, NULL, &rule);
	set[i] = (struct floor_row){ .pc = pc, .cfa = rule.cfa, .kind = FLOOR_ROW_LAST };
	if (rule.kind == RULE_FRAME && rule.base != RULE_WORD_AT_FP) {
		set[i].kind = rule.base == RULE_SP ? FLOOR_ROW_BY_SP : FLOOR_ROW_BY_FP;
		set[i].fp = rule.fp_place == RULE_AT_CFA ? (int16_t)rule.fp : 0;
	}
	return &set[i];
}

static inline const struct floor_row *floor_row_of(struct floor_thread *thread, uintptr_t pc)
{
	uint32_t hash = (uint32_t)pc * 2654435769u;
	struct floor_row *set = &thread->rows[(hash >> 18) & (uint32_t)(FLOOR_ROWS - FLOOR_WAYS)];

	for (unsigned i = 0; i < FLOOR_WAYS; i++) {
		if (set[i].pc == pc) {
			return &set[i];
		}
	}
	return floor_row_add(thread, set, pc);
}

// Leaves the frame of `pc` by its row. False: it is the last.
static inline bool floor_leave(const struct floor_row *row, uintptr_t *pc, uintptr_t *sp,
			       uintptr_t *fp, const uintptr_t **fp_slot)
{
	uintptr_t cfa = (row->kind == FLOOR_ROW_BY_SP ? *sp : *fp) + (uintptr_t)(intptr_t)row->cfa;

	if (row->kind == FLOOR_ROW_LAST)
		return false;
	*fp_slot = NULL;
	if (row->fp != 0) {
		*fp_slot = (const uintptr_t *)(cfa + (uintptr_t)(intptr_t)row->fp);
		*fp = **fp_slot;
	}
	*sp = cfa;
	*pc = ((const uintptr_t *)cfa)[-1];
	return *pc != 0;
}

static inline void floor_put(struct floor_kept *to, uintptr_t pc, uintptr_t sp, uintptr_t fp,
			     const uintptr_t *fp_slot, const struct floor_row *row)
{
	to->pc = pc;
	to->sp = sp;
	to->fp = fp;
	to->fp_slot = fp_slot;
	to->row = row;
}

// The last kept frame outside kept frame `i` whose two words still hold.
static inline size_t floor_verify(const struct floor_thread *thread, size_t i)
{
	const struct floor_kept *frame = &thread->kept[i];

	while (__builtin_expect(++frame < &thread->kept[FLOOR_FRAMES], 1)) {
		if (__builtin_expect(((const uintptr_t *)frame->sp)[-1] != frame->pc, 0) ||
		    __builtin_expect(*frame->fp_slot != frame->fp, 0))
			break;
	}
	return (size_t)(frame - thread->kept) - 1;
}

// A frame pointer that was in its register is compared with itself, without a branch.
static inline void floor_keep(struct floor_kept *to, const struct floor_kept *frame)
{
	*to = *frame;
	if (frame->fp_slot == NULL)
		to->fp_slot = &to->fp;
}

// The stack is then the last `n_kept` of `kept`, innermost first.
static inline void floor_walk(struct floor_thread *thread, const struct unwind_start *start)
{
	struct floor_kept *kept = thread->kept, *fresh = thread->fresh;
	uintptr_t pc = start->pc, sp = start->sp, fp = start->fp;
	size_t i = FLOOR_FRAMES - thread->n_kept, n = 0, last, n_old = 0;
	const uintptr_t *fp_slot = NULL;
	const struct floor_row *row;

	do {
		while (i < FLOOR_FRAMES && kept[i].sp < sp)
			i++;
		if (i < FLOOR_FRAMES && kept[i].sp == sp && kept[i].pc == pc && kept[i].fp == fp) {
			last = floor_verify(thread, i);
			if (last + 1 == FLOOR_FRAMES) {
				n_old = FLOOR_FRAMES - i;
				kept[i].fp_slot = fp_slot != NULL ? fp_slot : &kept[i].fp;
				break;
			}
			for (; i < last; i++, n++) {
				floor_put(&fresh[n], pc, sp, fp, fp_slot, kept[i].row);
				pc = kept[i + 1].pc;
				sp = kept[i + 1].sp;
				fp = kept[i + 1].fp;
				fp_slot = kept[i + 1].fp_slot;
				if (fp_slot == &kept[i + 1].fp)
					fp_slot = NULL;
			}
			i++;
		}
		row = floor_row_of(thread, pc);
		floor_put(&fresh[n++], pc, sp, fp, fp_slot, row);
	} while (n < FLOOR_FRAMES && floor_leave(row, &pc, &sp, &fp, &fp_slot));
	for (size_t k = 0, to = FLOOR_FRAMES - n_old - n; k < n; k++, to++)
		floor_keep(&kept[to], &fresh[k]);
	thread->n_new = n;
	thread->n_kept = n + n_old;
}

#endif
