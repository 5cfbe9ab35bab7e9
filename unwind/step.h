// SPDX-License-Identifier: LGPL-2.1-or-later
// A walk by rules in progress: what the files of the stepping loop share.
//
// stepper.c has the loop, on the thread's own stack and by plain rules; everything else is somewhere it
// leaves to: other frames (step_frame.c, step_rule.c, step_signal.c, step_links.c), stacks that are deep
// or not the thread's own (stepper_deep.c), and starts that are not the hook's caller (step_start.c).
#ifndef UNWIND_STEP_H
#define UNWIND_STEP_H

#include "unwind/stepper.h"

enum step_end {
	STEP_GOES_ON,
	STEP_JOINS, // the rest is kept
	STEP_WHOLE, // the outermost frame
	STEP_NO_RULE,
	STEP_NO_CODE,
	STEP_BAD_STACK,
	STEP_DEPTH, // as many frames as are wanted
	STEP_AGAIN, // all of it must be done again
};

struct step_walk {
	const struct unwind_context *context;
	struct unwind_thread *thread;
	struct stack_bounds
		bounds; // of the stack that `frame` lies in, from where the walk came to it
	enum unwind_mode mode;
	size_t n, max; // frames taken so far; wanted
	size_t goal;   // to be taken, more than wanted: a stack that gets less deep needs them
	uintptr_t pc;  // the frame to be taken next
	struct memo_frame frame;
	uint8_t how;   // it was found: enum unwind_how
	uintptr_t ra;  // the return address register, where is_exact
	bool is_exact; // the frame was interrupted by a signal
	bool is_simple; // what was found follows from the frames' states and the words that led to them
	size_t i;       // the first kept frame that is not inside `frame`
};

// Nothing is known yet but the first frame: neither bounds nor kept frames.
static inline __attribute__((always_inline)) void
step_begin(struct step_walk *walk, enum unwind_mode mode, const struct unwind_start *start,
	   const struct unwind_context *context, const struct unwind_stack *stack)
{
	// Field by field: to clear them all first takes as long as a walk's other half.
	walk->context = context;
	walk->thread = context->thread;
	walk->mode = mode;
	walk->n = 0;
	walk->max = walk->goal = stack->max;
	walk->pc = start->pc;
	walk->frame.sp = start->sp;
	walk->frame.fp = start->fp;
	walk->frame.pc_slot = &memo_never;
	walk->frame.fp_slot = NULL;
#if ARCH_HAS_FP2
	walk->frame.fp2 = start->fp2;
	walk->frame.fp2_slot = NULL;
#endif
	walk->how = UNWIND_BY_HOOK;
	walk->ra = 0;
	walk->is_exact = false;
	walk->is_simple = true;
}

// The stack that the frame lies in. Nothing below `low` is to be read of the thread's own.
static inline void step_set_bounds(struct step_walk *walk, const struct stack_bounds *found,
				   uintptr_t low)
{
	walk->bounds = *found;
	if (!found->is_foreign)
		walk->bounds.low = low & ~(uintptr_t)(sizeof(uintptr_t) - 1);
}

// Takes the frame that was come to. False: there are as many as are wanted.
static inline __attribute__((always_inline)) bool step_take(struct step_walk *walk)
{
	struct memo_new *frame = &walk->thread->memo.new_frames[walk->n];

	if (walk->n >= walk->goal)
		return false;
	frame->pc = walk->pc;
	frame->frame = walk->frame;
	frame->how = walk->how;
	frame->use = RULE_NEEDS_FP;
	walk->n++;
	return true;
}

// What stepping out of the frame taken last does: bits of rule_use, and perhaps others.
static inline __attribute__((always_inline)) void step_note_use(struct step_walk *walk,
								unsigned use)
{
	walk->thread->memo.new_frames[walk->n - 1].use = (uint8_t)use;
}

// What no comparison looks at ends the walk.
static inline enum step_end step_end_by_word(struct step_walk *walk, enum step_end end)
{
	if (walk->n > walk->max)
		return STEP_DEPTH; // which nobody wanted to come to
	walk->is_simple = false;
	return end;
}

// What a rule counts from, but RULE_WORD_AT_FP.
static inline uintptr_t step_base(const struct memo_frame *frame, const struct unwind_rule *rule)
{
#if ARCH_HAS_FP2
	if (rule->base == RULE_FP2)
		return frame->fp2;
#endif
	return rule->base == RULE_SP ? frame->sp : frame->fp;
}

// Whether the frame to be taken is kept frame `i`.
static inline bool step_is_kept(const struct step_walk *walk, const struct memo *memo, size_t i)
{
	if (memo->frames[i].sp != walk->frame.sp || memo->pcs[i] != walk->pc)
		return false;
	if (!memo_needs_fp(memo, i))
		return true;
#if ARCH_HAS_FP2
	if (memo->follows_fp2 && memo->frames[i].fp2 != walk->frame.fp2)
		return false;
#endif
	return memo->frames[i].fp == walk->frame.fp;
}

// Whether the frame to be taken is the kept frame walk->i, which this looks for from where it was.
static inline __attribute__((always_inline)) bool step_meets_kept(struct step_walk *walk)
{
	const struct memo *memo = &walk->thread->memo;
	size_t i = walk->i;

	while (memo->frames[i].sp < walk->frame.sp)
		i++;
	walk->i = i;
	// Whether a last frame in no code is one depends on who led to it.
	return step_is_kept(walk, memo, i) && (i != MEMO_MAX - 1 || memo->hows[i] == walk->how);
}

// Takes the kept frames from walk->i to `last`, and goes on as if it had stepped to `last`.
enum step_end step_take_kept(struct step_walk *walk, size_t last);

// Out of a frame, which has been taken, by its rule, which comes from where `how` says.
enum step_end step_frame(struct step_walk *walk, const struct unwind_rule *rule,
			 enum unwind_how how);

// The rule of the frame to be taken, which was not interrupted.
void step_find_rule(struct step_walk *walk, struct unwind_rule *rule);

// The same by any rule; NULL: there is none in the table.
enum step_end step_by(struct step_walk *walk, const struct unwind_rule *rule);

// Takes the frame, and steps out of it.
enum step_end step_slowly(struct step_walk *walk);

// Out of the kernel's frame of a signal, perhaps to another stack.
enum step_end step_signal(struct step_walk *walk);

// Out of where no code is and a signal came at once, as where a null pointer was called, to who called it.
enum step_end step_uncall(struct step_walk *walk);

// A word of the frame's stack, or further out: of another stack than the thread's own no further than it goes on without a gap.
bool step_load(struct step_walk *walk, uintptr_t address, uintptr_t *word);

// Out of code that is in no module, by links that lead to one.
enum step_end step_links(struct step_walk *walk);

// The same where a scan led there, which may have been wrong: where scans do not guess, by the links of the frame
// before instead, if those lead to a module.
enum step_end step_misled(struct step_walk *walk);

// Whether there are such links.
bool step_has_links(struct step_walk *walk);

// Completes a rough start. False: the hook's caller was not found.
bool step_find_caller(const struct unwind_context *context, struct unwind_start *start);

// The whole walk, where the stack is not known to be the thread's own, or is deep.
void stepper_walk_deep(enum unwind_mode mode, const struct unwind_start *start,
		       const struct unwind_context *context, struct unwind_stack *stack);

// Why a stack ends that did not join kept frames.
enum unwind_cut step_cut(enum step_end end);

// Which producers a mode asks.
unsigned step_producers(enum unwind_mode mode);

#endif
