// SPDX-License-Identifier: GPL-3.0-or-later
// The floor: what the walkers' method costs at least, on x86-64.
#include "tests/bench/floor.h"

#include "tests/bench/floor_memo.h"

static struct floor_thread thread;
static uintptr_t pcs[FLOOR_FRAMES];

void floor_rows(const struct unwind_start *start, struct bench_stack *stack)
{
	uintptr_t pc = start->pc, sp = start->sp, fp = start->fp;
	const uintptr_t *fp_slot;
	size_t n = 0;

	do {
		pcs[n++] = pc;
	} while (n < FLOOR_FRAMES &&
		 floor_leave(floor_row_of(&thread, pc), &pc, &sp, &fp, &fp_slot));
	stack->pcs = pcs;
	stack->n = n;
	stack->stride = 1;
}

__attribute__((aligned(64))) void floor_memo(const struct unwind_start *start,
					     struct bench_stack *stack)
{
	floor_walk(&thread, start);
	stack->pcs = &thread.kept[FLOOR_FRAMES - thread.n_kept].pc;
	stack->n = thread.n_kept;
	stack->stride = sizeof(*thread.kept) / sizeof(*stack->pcs);
}

void floor_links(const struct unwind_start *start, struct bench_stack *stack)
{
	const uintptr_t *fp = (const uintptr_t *)start->fp;
	uintptr_t low = start->sp;
	size_t n = 0;

	pcs[n++] = start->pc;
	while (n < FLOOR_FRAMES && (uintptr_t)fp >= low && (uintptr_t)fp - low < 1 << 20 &&
	       (uintptr_t)fp % sizeof(*fp) == 0 && fp[1] != 0) {
		pcs[n++] = fp[1];
		low = (uintptr_t)(fp + 2);
		fp = (const uintptr_t *)fp[0];
	}
	stack->pcs = pcs;
	stack->n = n;
	stack->stride = 1;
}
