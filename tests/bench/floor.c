// SPDX-License-Identifier: GPL-3.0-or-later
// The floor: what the walkers' method costs at least, on x86-64.
//
// Nothing is checked: neither addresses before they are loaded, nor that frames lie further out.
// Whatever is not plain ends the walk. What is left is the work that no walker of this kind can do
// without: look up a row per new frame, compare two words per frame that is kept.
#include "tests/bench/floor.h"

#include <string.h>

#include "tests/programs/loaded_code.h"
#include "unwind/produce.h"

enum {
	FRAMES = 256,
	ROWS = 1 << 14,
	WAYS = 4,
};

enum row_kind { ROW_NONE, ROW_BY_SP, ROW_BY_FP, ROW_LAST };

// How to leave a frame: the return address is the word below the CFA.
struct row {
	uintptr_t pc;
	int32_t cfa;
	int16_t fp; // from the CFA; 0: not saved
	uint8_t kind;
};

struct kept {
	uintptr_t pc, sp, fp;
	const uintptr_t *fp_slot;
};

static struct row rows[ROWS];
static uintptr_t pcs[FRAMES];
static struct kept kept[FRAMES], fresh[FRAMES]; // kept: outermost last
static size_t n_kept;

static __attribute__((noinline)) const struct row *row_add(struct row *set, uintptr_t pc)
{
	static struct scan_work work;
	static unsigned victim;
	const struct unwind_context context = { .find_code = loaded_code_find };
	const struct unwind_state state = { .pc = pc };
	unsigned i = 0, wild_left = 0;
	struct unwind_rule rule;

	while (i < WAYS && set[i].kind != ROW_NONE) {
		i++;
	}
	if (i == WAYS) {
		i = victim++ % WAYS;
	}
	produce_rule(&context, PRODUCE_BY_TABLES, &work, &wild_left, &state, &rule);
	set[i] = (struct row){ .pc = pc, .cfa = rule.cfa, .kind = ROW_LAST };
	if (rule.kind == RULE_FRAME && rule.base != RULE_WORD_AT_FP) {
		set[i].kind = rule.base == RULE_SP ? ROW_BY_SP : ROW_BY_FP;
		set[i].fp = rule.fp_place == RULE_AT_CFA ? (int16_t)rule.fp : 0;
	}
	return &set[i];
}

static inline const struct row *row_of(uintptr_t pc)
{
	uint32_t hash = (uint32_t)pc * 2654435769u;
	struct row *set = &rows[(hash >> 18) & (uint32_t)(ROWS - WAYS)];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].pc == pc) {
			return &set[i];
		}
	}
	return row_add(set, pc);
}

// Leaves the frame of `pc`. False: it is the last.
static inline bool leave(uintptr_t *pc, uintptr_t *sp, uintptr_t *fp, const uintptr_t **fp_slot)
{
	const struct row *row = row_of(*pc);
	uintptr_t cfa = (row->kind == ROW_BY_SP ? *sp : *fp) + (uintptr_t)(intptr_t)row->cfa;

	if (row->kind == ROW_LAST)
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

void floor_rows(const struct unwind_start *start, struct bench_stack *stack)
{
	uintptr_t pc = start->pc, sp = start->sp, fp = start->fp;
	const uintptr_t *fp_slot;
	size_t n = 0;

	do {
		pcs[n++] = pc;
	} while (n < FRAMES && leave(&pc, &sp, &fp, &fp_slot));
	stack->pcs = pcs;
	stack->n = n;
	stack->stride = 1;
}

static inline void put(struct kept *to, uintptr_t pc, uintptr_t sp, uintptr_t fp,
		       const uintptr_t *fp_slot)
{
	to->pc = pc;
	to->sp = sp;
	to->fp = fp;
	to->fp_slot = fp_slot;
}

// The last kept frame outside kept frame `i` whose two words still hold.
static inline size_t verify(size_t i)
{
	const struct kept *frame = &kept[i];

	while (__builtin_expect(++frame < &kept[FRAMES], 1)) {
		if (__builtin_expect(((const uintptr_t *)frame->sp)[-1] != frame->pc, 0) ||
		    __builtin_expect(*frame->fp_slot != frame->fp, 0))
			break;
	}
	return (size_t)(frame - kept) - 1;
}

// A frame pointer that was in its register is compared with itself, without a branch.
static inline void keep(size_t i, const struct kept *frame)
{
	kept[i] = *frame;
	if (frame->fp_slot == NULL)
		kept[i].fp_slot = &kept[i].fp;
}

__attribute__((aligned(64))) void floor_memo(const struct unwind_start *start,
					     struct bench_stack *stack)
{
	uintptr_t pc = start->pc, sp = start->sp, fp = start->fp;
	size_t i = FRAMES - n_kept, n = 0, last, n_old = 0;
	const uintptr_t *fp_slot = NULL;

	do {
		while (i < FRAMES && kept[i].sp < sp)
			i++;
		if (i < FRAMES && kept[i].sp == sp && kept[i].pc == pc && kept[i].fp == fp) {
			last = verify(i);
			if (last + 1 == FRAMES) {
				n_old = FRAMES - i;
				kept[i].fp_slot = fp_slot != NULL ? fp_slot : &kept[i].fp;
				break;
			}
			for (; i < last; i++, n++) {
				put(&fresh[n], pc, sp, fp, fp_slot);
				pc = kept[i + 1].pc;
				sp = kept[i + 1].sp;
				fp = kept[i + 1].fp;
				fp_slot = kept[i + 1].fp_slot;
				if (fp_slot == &kept[i + 1].fp)
					fp_slot = NULL;
			}
			i++;
		}
		put(&fresh[n++], pc, sp, fp, fp_slot);
	} while (n < FRAMES && leave(&pc, &sp, &fp, &fp_slot));
	for (size_t k = 0, to = FRAMES - n_old - n; k < n; k++, to++)
		keep(to, &fresh[k]);
	n_kept = n + n_old;
	stack->pcs = &kept[FRAMES - n_kept].pc;
	stack->n = n_kept;
	stack->stride = sizeof(*kept) / sizeof(*stack->pcs);
}

void floor_links(const struct unwind_start *start, struct bench_stack *stack)
{
	const uintptr_t *fp = (const uintptr_t *)start->fp;
	uintptr_t low = start->sp;
	size_t n = 0;

	pcs[n++] = start->pc;
	while (n < FRAMES && (uintptr_t)fp >= low && (uintptr_t)fp - low < 1 << 20 &&
	       (uintptr_t)fp % sizeof(*fp) == 0 && fp[1] != 0) {
		pcs[n++] = fp[1];
		low = (uintptr_t)(fp + 2);
		fp = (const uintptr_t *)fp[0];
	}
	stack->pcs = pcs;
	stack->n = n;
	stack->stride = 1;
}
