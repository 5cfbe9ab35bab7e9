// SPDX-License-Identifier: LGPL-2.1-or-later
// The stepping loop: walks by rules, the same on every machine.
#include "unwind/stepper.h"

#include <string.h>

#include "unwind/produce.h"
#include "unwind/walk.h"

enum {
	WILD_MAX = 64,
	COMPARE_MAX = 256 << 10, // bytes of a foreign stack that are worth asking for, to compare
};

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
	struct stack_bounds bounds;
	uintptr_t base,
		reach; // words from `base` to `reach` bytes above need no look at the bounds
	enum unwind_mode mode;
	size_t n, max; // frames taken so far; wanted
	size_t goal;   // to be taken, more than wanted: a stack that gets less deep needs them
	uintptr_t pc;  // the frame to be taken next
	struct memo_frame frame;
	uint8_t how;    // it was found: enum unwind_how
	uintptr_t ra;   // the return address register, where is_exact
	bool is_exact;  // the frame was interrupted by a signal
	bool is_simple; // what was found follows from the frames' states and the slots alone
	size_t i;       // the first kept frame that is not inside `frame`
};

void unwind_thread_start(struct unwind_thread *thread)
{
	thread->stack = (struct stack_own){ 0 };
	memo_clear(&thread->memo);
}

void unwind_thread_forget_code(struct unwind_thread *thread)
{
	rules_clear(&thread->rules);
	memo_clear(&thread->memo);
	memset(&thread->work, 0, sizeof(thread->work));
	thread->n_wild = 0;
}

void unwind_thread_forget_stack(struct unwind_thread *thread)
{
	memo_clear(&thread->memo);
}

// Nothing below `low` is to be read.
static inline void set_bounds(struct step_walk *walk, const struct stack_bounds *found,
			      uintptr_t low)
{
	walk->bounds.low = found->low;
	walk->bounds.high = found->high;
	walk->bounds.is_foreign = found->is_foreign;
	walk->base = UINTPTR_MAX; // which no address comes after
	walk->reach = 0;
	if (__builtin_expect(!found->is_foreign, 1)) {
		walk->base = walk->bounds.low = low & ~(uintptr_t)(sizeof(uintptr_t) - 1);
		walk->reach = found->high - walk->base - sizeof(uintptr_t);
	}
}

static uintptr_t frame_low(const struct step_walk *walk)
{
	uintptr_t sp = walk->frame.sp, room = sp - walk->bounds.low;

	return walk->is_exact ? sp - (room <= ARCH_RED_ZONE ? room : ARCH_RED_ZONE) : sp;
}

// Loads a word of the frame. `plain`: the stack is the thread's own.
static inline __attribute__((always_inline)) bool load(struct step_walk *walk, uintptr_t address,
						       uintptr_t *word, bool plain)
{
	// One comparison: what is below wraps around.
	if (address % sizeof(uintptr_t) != 0)
		return false;
	if (address - walk->base > walk->reach &&
	    (plain || address < frame_low(walk) ||
	     !stack_bounds_extend(&walk->bounds, address, sizeof(*word))))
		return false;
	*word = *(const stack_word *)address;
	return true;
}

static inline __attribute__((always_inline)) bool take_frame(struct step_walk *walk)
{
	struct memo *memo = &walk->thread->memo;

	if (walk->n >= walk->goal)
		return false;
	memo->new_pcs[walk->n] = walk->pc;
	memo->new_hows[walk->n] = walk->how;
	memo->new_frames[walk->n++] = walk->frame;
	return true;
}

// Takes the kept frames from walk->i to `last`, and goes on as if it had stepped to `last`.
static __attribute__((noinline)) enum step_end take_kept(struct step_walk *walk, size_t last)
{
	const struct memo *memo = &walk->thread->memo;

	for (; walk->i < last; walk->i++) {
		const struct memo_frame *next = &memo->frames[walk->i + 1];

		if (!take_frame(walk))
			return STEP_DEPTH;
		walk->pc = memo->pcs[walk->i + 1];
		walk->how = memo->hows[walk->i + 1];
		walk->frame = *next;
		if (walk->frame.fp_slot == &next->fp)
			walk->frame.fp_slot = NULL;
#if ARCH_HAS_FP2
		if (walk->frame.fp2_slot == &next->fp2)
			walk->frame.fp2_slot = NULL;
#endif
	}
	walk->i++;
	return STEP_GOES_ON;
}

static inline bool is_kept(const struct step_walk *walk, const struct memo *memo, size_t i)
{
#if ARCH_HAS_FP2
	if (memo->follows_fp2 && memo->frames[i].fp2 != walk->frame.fp2)
		return false;
#endif
	return memo->frames[i].sp == walk->frame.sp && memo->pcs[i] == walk->pc &&
	       memo->frames[i].fp == walk->frame.fp;
}

// If the frame to be taken is kept, takes those outside it as far as they hold and are wanted. What
// is further out stays as it is, to be compared when it is wanted. `plain`: the kept frames are a whole
// stack, and all are wanted.
static inline __attribute__((always_inline)) enum step_end join(struct step_walk *walk, bool plain)
{
	const struct memo *memo = &walk->thread->memo;
	size_t i = walk->i, last, last_wanted = MEMO_MAX - 1;
	struct step_walk copy;
	enum step_end end;

	while (i < MEMO_MAX && memo->frames[i].sp < walk->frame.sp)
		i++;
	walk->i = i;
	if (i == MEMO_MAX || !is_kept(walk, memo, i))
		return STEP_GOES_ON;
	// Whether a last frame in no code is one depends on who led to it.
	if (i == MEMO_MAX - 1 && memo->hows[i] != walk->how)
		return STEP_GOES_ON;
	if (!plain && walk->n >= walk->max)
		return STEP_JOINS;
	if (!plain && walk->max - walk->n < MEMO_MAX - i)
		last_wanted = i + walk->max - walk->n - 1;
	last = memo_verify(memo, i, last_wanted);
	if (last == last_wanted && (plain || !memo->is_deep || last - i + 1 == walk->max - walk->n))
		return STEP_JOINS;
	copy = *walk;
	end = take_kept(&copy, last);
	*walk = copy;
	return end;
}

static bool is_code(const struct step_walk *walk, uintptr_t pc)
{
	struct unwind_code code;

	return walk->context->find_code(walk->context->user, pc - 1, &code);
}

// A word that no comparison looks at ends the walk.
static enum step_end end_by_word(struct step_walk *walk, enum step_end end)
{
	if (walk->n > walk->max)
		return STEP_DEPTH; // which nobody wanted to come to
	walk->is_simple = false;
	return end;
}

#if ARCH_HAS_FP2
// The first frame that counts from its second frame pointer: the walk begins anew, and follows it.
static __attribute__((noinline, cold)) enum step_end follow_fp2(struct memo *memo)
{
	memo_clear(memo);
	memo->follows_fp2 = true;
	return STEP_AGAIN;
}

static inline uintptr_t base_of(const struct memo_frame *frame, const struct unwind_rule *rule)
{
	if (rule->base == RULE_FP2)
		return frame->fp2;
	return rule->base == RULE_SP ? frame->sp : frame->fp;
}

static inline __attribute__((always_inline)) bool step_fp2(struct step_walk *walk,
							   struct memo_frame *frame,
							   const struct unwind_rule *rule,
							   uintptr_t cfa, bool plain)
{
	uintptr_t at = cfa + (uintptr_t)(intptr_t)rule->fp2;

	frame->fp2_slot = NULL;
	if (!walk->thread->memo.follows_fp2 || rule->fp2 == RULE_FP2_IN_REGISTER)
		return true;
	if (rule->fp2 == RULE_FP2_LOST) {
		frame->fp2 = memo_never;
		frame->fp2_slot = &memo_never;
		return true;
	}
	frame->fp2_slot = (const stack_word *)at;
	return load(walk, at, &frame->fp2, plain);
}
#else
static inline uintptr_t base_of(const struct memo_frame *frame, const struct unwind_rule *rule)
{
	return rule->base == RULE_SP ? frame->sp : frame->fp;
}

static inline bool step_fp2(const struct step_walk *walk, const struct memo_frame *frame,
			    const struct unwind_rule *rule, uintptr_t cfa, bool plain)
{
	(void)walk;
	(void)frame;
	(void)rule;
	(void)cfa;
	(void)plain;
	return true;
}
#endif

// Out of a frame by its rule, which comes from where `how` says, to walk->pc and walk->frame.
// `plain`: the rule is marked so, the frame was not interrupted and the stack is not foreign; the
// compiler drops the rest.
static inline __attribute__((always_inline)) enum step_end
step_frame(struct step_walk *walk, const struct unwind_rule *rule, enum unwind_how how, bool plain)
{
	const bool is_exact = !plain && walk->is_exact;
	const bool is_word_at_fp = !plain && rule->base == RULE_WORD_AT_FP;
	struct memo_frame *frame = &walk->frame;
	uintptr_t fp = frame->fp, ra_at, fp_at, cfa;

#if ARCH_HAS_FP2
	if (rule->base == RULE_FP2 && !walk->thread->memo.follows_fp2)
		return follow_fp2(&walk->thread->memo);
#endif
	cfa = base_of(frame, rule) + (uintptr_t)(intptr_t)rule->cfa;
	if (is_word_at_fp && !load(walk, cfa, &cfa, plain))
		return end_by_word(walk, STEP_BAD_STACK);
	// Frames only lie further out. One that has saved nothing may be empty.
	if (cfa < frame->sp || (cfa == frame->sp && !is_exact))
		return end_by_word(walk, STEP_BAD_STACK);
	frame->fp_slot = NULL;
	if (rule->fp_place != RULE_IN_REGISTER) {
		fp_at = (plain || rule->fp_place == RULE_AT_CFA ? cfa : fp) +
			(uintptr_t)(intptr_t)rule->fp + ARCH_SLOT_SKEW;
		if (!load(walk, fp_at, &frame->fp, plain))
			return end_by_word(walk, STEP_BAD_STACK);
		frame->fp_slot = (const stack_word *)fp_at;
	}
	if (!step_fp2(walk, frame, rule, cfa, plain))
		return end_by_word(walk, STEP_BAD_STACK);
	if (plain || rule->ra_place == RULE_AT_CFA) {
		ra_at = cfa + (uintptr_t)(intptr_t)rule->ra + ARCH_SLOT_SKEW;
		if (!load(walk, ra_at, &walk->pc, plain))
			return end_by_word(walk, STEP_BAD_STACK);
		walk->pc = arch_strip(walk->pc);
		frame->ra_slot = (const stack_word *)ra_at;
	} else {
		if (!is_exact)
			return STEP_NO_RULE;
		walk->pc = arch_strip(walk->ra);
	}
	// Its CFA is in memory too, which a comparison would have to look at.
	if (is_word_at_fp)
		frame->ra_slot = &memo_never;
	frame->sp = cfa;
	walk->how = (uint8_t)how;
	if (!plain)
		walk->is_exact = false;
	return walk->pc == 0 ? end_by_word(walk, STEP_WHOLE) : STEP_GOES_ON;
}

// The stack that was interrupted at `sp`: this one, further out, or another.
static bool find_interrupted(struct step_walk *walk, uintptr_t sp)
{
	struct stack_own *own = &walk->thread->stack;
	struct stack_bounds found;

	if (!walk->bounds.is_foreign && sp >= own->low && sp < own->high)
		return sp > walk->frame.sp;
	if (!stack_bounds_find(own, sp, &found))
		return false;
	set_bounds(walk, &found, sp - found.low <= ARCH_RED_ZONE ? found.low : sp - ARCH_RED_ZONE);
	return true;
}

// Out of the kernel's frame of a signal, perhaps to another stack.
static enum step_end step_signal(struct step_walk *walk)
{
	struct unwind_state state = { .pc = walk->pc, .sp = walk->frame.sp, .fp = walk->frame.fp };
	struct produce_copy copy;

	if (walk->n > walk->max)
		return STEP_DEPTH;
	walk->is_simple = false;
	walk->goal = walk->max;
	walk->i = MEMO_MAX;
	// Nobody has called the trampoline either.
	walk->thread->memo.new_hows[walk->n - 1] |= UNWIND_EXACT;
	if (unwind_arch.has_wild_trampolines)
		state.pc = produce_copy_trampoline(walk->pc, &copy);
	if (state.pc == 0 || !unwind_arch.read_signal(&walk->bounds, &state) || state.pc == 0)
		return STEP_BAD_STACK;
	if (!find_interrupted(walk, state.sp))
		return STEP_BAD_STACK;
	walk->pc = state.pc;
	walk->ra = state.ra;
	walk->is_exact = true;
	walk->frame = (struct memo_frame){ .sp = state.sp, .fp = state.fp, .ra_slot = &memo_never };
#if ARCH_HAS_FP2
	walk->frame.fp2 = state.fp2;
#endif
	walk->how = UNWIND_BY_SIGNAL | UNWIND_EXACT;
	return STEP_GOES_ON;
}

// Steps out of a frame whose rule is more than a rule.
static enum step_end step_special(struct step_walk *walk, const struct unwind_rule *rule)
{
	uintptr_t inner_fp = walk->frame.fp;
	enum step_end end;

	switch ((enum rule_kind)rule->kind) {
	case RULE_OUTERMOST:
		return STEP_WHOLE;
	case RULE_SIGNAL:
		return step_signal(walk);
	case RULE_LINKED:
		// Whatever is not right shows that this frame was not linked.
		if (inner_fp < walk->frame.sp)
			return STEP_NO_RULE;
		end = step_frame(walk, rule, UNWIND_BY_LINKS, false);
		if (end == STEP_BAD_STACK || (end == STEP_GOES_ON && !is_code(walk, walk->pc)))
			end = end_by_word(walk, STEP_NO_RULE);
		return end;
	case RULE_NO_CODE:
		// A scanner may have been wrong; tables are not.
		if (walk->how == UNWIND_BY_SCAN) {
			walk->n--;
			return end_by_word(walk, STEP_NO_CODE);
		}
		return STEP_NO_CODE;
	case RULE_UNKNOWN:
	case RULE_BEYOND:
	case RULE_FRAME:
	case RULE_SCANNED:
		break;
	}
	return STEP_NO_RULE;
}

static enum step_end step_by(struct step_walk *walk, const struct unwind_rule *rule)
{
	uint8_t kind = (uint8_t)(rule->kind & ~RULES_PLAIN);
	bool is_scanned = kind == RULE_SCANNED;

	if (kind == RULE_FRAME || is_scanned)
		return step_frame(walk, rule, is_scanned ? UNWIND_BY_SCAN : UNWIND_BY_TABLES,
				  false);
	return step_special(walk, rule);
}

static unsigned producers_of(enum unwind_mode mode)
{
	switch (mode) {
	case UNWIND_TABLES:
		return PRODUCE_BY_TABLES;
	case UNWIND_SCAN:
		return PRODUCE_BY_SCAN | PRODUCE_BY_LINKS;
	case UNWIND_AUTO:
		return PRODUCE_BY_TABLES | PRODUCE_BY_SCAN | PRODUCE_BY_LINKS;
	case UNWIND_NONE:
	case UNWIND_GCC:
	case UNWIND_FP:
		break;
	}
	return 0;
}

static enum step_end step_unmet(struct step_walk *walk)
{
	struct unwind_thread *thread = walk->thread;
	const struct unwind_state state = { .pc = walk->pc, .is_exact = walk->is_exact };
	unsigned wild_left = thread->n_wild < WILD_MAX ? WILD_MAX - thread->n_wild : 0;
	struct unwind_rule rule;

	produce_rule(walk->context, producers_of(walk->mode), &thread->work, &wild_left, &state,
		     &rule);
	thread->n_wild = WILD_MAX - wild_left;
	// What holds at an exact address does not hold for a call that returns there.
	if (!walk->is_exact)
		rules_add(&thread->rules, walk->pc, &rule);
	return step_by(walk, &rule);
}

// Any step.
static enum step_end step_slowly(struct step_walk *walk)
{
	const struct unwind_rule *rule = NULL;

	if (!take_frame(walk))
		return STEP_DEPTH;
	// Rules in the table are for frames that are returned to.
	if (!walk->is_exact)
		rule = rules_find(&walk->thread->rules, walk->pc);
	return rule == NULL ? step_unmet(walk) : step_by(walk, rule);
}

// `rule` NULL: there is none in the table. Does not return to a frame that was interrupted, or to a
// foreign stack.
static __attribute__((noinline, cold)) enum step_end step_seldom(struct step_walk *walk,
								 const struct unwind_rule *rule)
{
	enum step_end end = rule == NULL ? step_unmet(walk) : step_by(walk, rule);

	while (end == STEP_GOES_ON && (walk->is_exact || walk->bounds.is_foreign))
		end = step_slowly(walk);
	return end;
}

static inline enum step_end step(struct step_walk *walk)
{
	const struct unwind_rule *rule;
	struct step_walk copy;
	enum unwind_how how;
	enum step_end end;

	if (!take_frame(walk))
		return STEP_DEPTH;
	rule = rules_find(&walk->thread->rules, walk->pc);
	if (__builtin_expect(rule != NULL && (rule->kind & RULES_PLAIN) != 0, 1)) {
		how = rule->kind == (RULES_PLAIN | RULE_FRAME) ? UNWIND_BY_TABLES : UNWIND_BY_SCAN;
		return step_frame(walk, rule, how, true);
	}
	// Of the walk itself no address is taken: it stays in registers.
	copy = *walk;
	end = step_seldom(&copy, rule);
	*walk = copy;
	return end;
}

static enum unwind_cut cut_of(enum step_end end)
{
	switch (end) {
	case STEP_NO_RULE:
		return UNWIND_CUT_NO_RULE;
	case STEP_NO_CODE:
		return UNWIND_CUT_NO_CODE;
	case STEP_BAD_STACK:
		return UNWIND_CUT_BAD_STACK;
	case STEP_DEPTH:
		return UNWIND_CUT_DEPTH;
	case STEP_GOES_ON:
	case STEP_JOINS:
	case STEP_WHOLE:
	case STEP_AGAIN:
		break;
	}
	return UNWIND_WHOLE;
}

// How many of the outermost frames handed out now were so the last time, where kept frame `i` and
// those outside it are taken again.
static size_t count_same(const struct step_walk *walk, size_t i, size_t outer)
{
	const struct memo *memo = &walk->thread->memo;

	if (i > outer || outer != memo->outer)
		return 0;
	// One that was found in another way is not quite the same.
	return outer - i + (memo->hows[i] == walk->how);
}

// As below, for stacks of more frames than are wanted, or can be kept, too.
static __attribute__((noinline, cold)) void finish_deep(const struct step_walk *walk,
							enum step_end end, size_t n_kept,
							struct unwind_stack *stack)
{
	struct memo *memo = &walk->thread->memo;
	size_t first, outer;

	if (walk->n + n_kept > MEMO_MAX) {
		size_t n_left = walk->goal > walk->n ? walk->goal - walk->n : 0;

		memo_drop(memo, n_kept, n_left);
		n_kept = n_left;
	}
	if (end != STEP_JOINS) {
		memo->cut = cut_of(end);
		memo->is_deep = end == STEP_DEPTH;
	}
	first = MEMO_MAX - n_kept - walk->n;
	stack->n_pcs = walk->n + n_kept < walk->max ? walk->n + n_kept : walk->max;
	outer = first + stack->n_pcs - 1;
	stack->n_kept = n_kept != 0 ? count_same(walk, MEMO_MAX - n_kept, outer) : 0;
	memo_keep(memo, walk->n, n_kept, &walk->frame, walk->how);
	memo->high = walk->bounds.high;
	memo->outer = outer;
	memo->is_plain = outer == MEMO_MAX - 1 && !memo->is_deep;
	stack->pcs = &memo->pcs[first];
	stack->hows = &memo->hows[first];
	stack->cut = memo->is_plain ? memo->cut : UNWIND_CUT_DEPTH;
	if (!walk->is_simple)
		memo_clear(memo);
}

// Hands out what was found, and keeps it for the next walk.
static inline void finish(const struct step_walk *walk, enum step_end end, size_t n_kept,
			  struct unwind_stack *stack)
{
	struct memo *memo = &walk->thread->memo;
	// A kept frame that was found in another way is not quite the same.
	bool is_other = n_kept != 0 && memo->hows[walk->i] != walk->how;

	memo_keep(memo, walk->n, n_kept, &walk->frame, walk->how);
	memo->high = walk->bounds.high;
	if (end != STEP_JOINS)
		memo->cut = cut_of(end);
	stack->pcs = &memo->pcs[MEMO_MAX - memo->n];
	stack->hows = &memo->hows[MEMO_MAX - memo->n];
	stack->n_pcs = memo->n;
	stack->n_kept = n_kept - is_other;
	stack->cut = memo->cut;
	if (!walk->is_simple)
		memo_clear(memo);
}

static inline __attribute__((always_inline)) void
begin(struct step_walk *walk, enum unwind_mode mode, const struct unwind_start *start,
      const struct unwind_context *context, const struct unwind_stack *stack)
{
	// Field by field: to clear them all first takes as long as a walk's other half.
	walk->context = context;
	walk->thread = context->thread;
	walk->mode = mode;
	walk->n = 0;
	walk->max = stack->max < MEMO_MAX ? stack->max : MEMO_MAX;
	walk->pc = start->pc;
	walk->frame.sp = start->sp;
	walk->frame.fp = start->fp;
	walk->frame.ra_slot = &memo_never;
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

// Where the stack is not known to be the thread's own, or is deep.
static __attribute__((noinline, cold)) void walk_carefully(enum unwind_mode mode,
							   const struct unwind_start *start,
							   const struct unwind_context *context,
							   struct unwind_stack *stack)
{
	struct memo *memo = &context->thread->memo;
	enum step_end end = STEP_GOES_ON;
	struct stack_bounds found;
	struct step_walk walk;

	if (!stack_bounds_start(&context->thread->stack, start->sp, &found)) {
		walk_begin(stack, start);
		stack->cut = UNWIND_CUT_BAD_STACK;
		return;
	}
	begin(&walk, mode, start, context, stack);
	walk.goal = walk.max + walk.max / 2 < MEMO_MAX ? walk.max + walk.max / 2 : MEMO_MAX;
	set_bounds(&walk, &found, start->sp);
	walk.i = MEMO_MAX - memo->n;
	// Kept frames can be compared where their slots can be read.
	if (memo->high > walk.bounds.high &&
	    (memo->high - start->sp > COMPARE_MAX ||
	     !stack_bounds_extend(&walk.bounds, memo->high - 1, 1)))
		walk.i = MEMO_MAX;
	while (end == STEP_GOES_ON) {
		end = join(&walk, false);
		if (end == STEP_GOES_ON)
			end = step_slowly(&walk);
	}
	if (end == STEP_AGAIN) {
		walk_carefully(mode, start, context, stack);
		return;
	}
	finish_deep(&walk, end, end == STEP_JOINS ? MEMO_MAX - walk.i : 0, stack);
}

// Where the way from the hook to here begins.
static bool start_here(struct step_walk *walk)
{
	struct stack_bounds found;
	struct unwind_state state;

	unwind_arch.capture(&state);
	walk->pc = state.pc;
	walk->frame.sp = state.sp;
	walk->frame.fp = state.fp;
#if ARCH_HAS_FP2
	walk->frame.fp2 = state.fp2;
#endif
	if (!stack_bounds_start(&walk->thread->stack, state.sp, &found))
		return false;
	set_bounds(walk, &found, state.sp);
	return true;
}

// Steps out of a frame of that way.
static bool step_own(struct step_walk *walk)
{
	struct rules *rules = &walk->thread->rules;
	const struct unwind_rule *rule = rules_find(rules, walk->pc);
	const struct unwind_state state = { .pc = walk->pc };
	struct unwind_rule made;
	unsigned wild_left = 0;

	if (rule == NULL) {
		produce_rule(walk->context, producers_of(UNWIND_AUTO), &walk->thread->work,
			     &wild_left, &state, &made);
		rules_add(rules, walk->pc, &made);
		rule = &made;
	}
	if ((rule->kind & RULES_PLAIN) == 0 && rule->kind != RULE_FRAME &&
	    rule->kind != RULE_SCANNED)
		return false;
	return step_frame(walk, rule, UNWIND_BY_HOOK, false) == STEP_GOES_ON;
}

// Walks out of the frames that lead from the hook to here, to the hook's caller.
static bool walk_to_caller(const struct unwind_context *context, struct unwind_start *start)
{
	enum { OWN_MAX = 32 }; // frames
	struct step_walk walk = { .context = context, .thread = context->thread };

	if (!start_here(&walk))
		return false;
	for (unsigned n = 0; walk.pc != start->pc; n++) {
		if (n == OWN_MAX || !step_own(&walk))
			return false;
	}
	start->sp = walk.frame.sp;
	start->fp = walk.frame.fp;
#if ARCH_HAS_FP2
	start->fp2 = walk.frame.fp2;
#endif
	return true;
}

// Completes a rough start.
static __attribute__((noinline, cold)) bool find_caller(const struct unwind_context *context,
							struct unwind_start *start)
{
	enum { TRIES = 2 }; // the first may find that more must be followed

	for (int i = 0; i < TRIES; i++) {
		if (walk_to_caller(context, start))
			return true;
	}
	return false;
}

void walk_rules(enum unwind_mode mode, const struct unwind_start *start,
		const struct unwind_context *context, struct unwind_stack *stack)
{
	const struct stack_own *own = &context->thread->stack;
	struct memo *memo = &context->thread->memo;
	enum step_end end = STEP_GOES_ON;
	struct unwind_start caller;
	struct step_walk walk;
	size_t n_kept;

	if (start->is_rough && unwind_arch.capture != NULL) {
		caller = *start;
		if (!find_caller(context, &caller)) {
			walk_begin(stack, start);
			stack->cut = UNWIND_CUT_NO_RULE;
			return;
		}
		start = &caller;
	}
	if (__builtin_expect(start->sp < own->low || start->sp >= own->high || !memo->is_plain,
			     0)) {
		walk_carefully(mode, start, context, stack);
		return;
	}
	begin(&walk, mode, start, context, stack);
	walk.goal = walk.max;
	walk.bounds.low = walk.base = start->sp & ~(uintptr_t)(sizeof(uintptr_t) - 1);
	walk.bounds.high = own->high;
	walk.bounds.is_foreign = false;
	walk.reach = own->high - walk.base - sizeof(uintptr_t);
	walk.i = memo->high <= own->high ? MEMO_MAX - memo->n : MEMO_MAX;
	while (end == STEP_GOES_ON) {
		end = join(&walk, true);
		if (end == STEP_GOES_ON)
			end = step(&walk);
	}
	n_kept = end == STEP_JOINS ? MEMO_MAX - walk.i : 0;
	// Once more, to keep what lies beyond the depth too, or to follow more.
	if (__builtin_expect(end == STEP_DEPTH || end == STEP_AGAIN || walk.n + n_kept > walk.max,
			     0))
		walk_carefully(mode, start, context, stack);
	else
		finish(&walk, end, n_kept, stack);
}
