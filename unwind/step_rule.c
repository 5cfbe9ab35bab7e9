// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps out of a frame by any rule: finds it, and does what is more than to follow it.
#include "unwind/produce.h"
#include "unwind/step.h"

enum { WILD_MAX = 64 }; // looks for code where no module is, of a thread

static bool is_code(const struct step_walk *walk, uintptr_t pc)
{
	struct unwind_code code;

	return walk->context->find_code(walk->context->user, pc - 1, &code);
}

// Steps out of a frame whose rule is more than a rule.
static enum step_end step_special(struct step_walk *walk, const struct unwind_rule *rule)
{
	uintptr_t inner_fp = walk->frame.fp;
	enum step_end end;

	switch ((enum rule_kind)rule->kind) {
	case RULE_OUTERMOST:
		step_note_use(walk, RULE_DROPS_FP);
		return STEP_WHOLE;
	case RULE_SIGNAL:
		return step_signal(walk);
	case RULE_LINKED:
		// Whatever is not right shows that this frame was not linked.
		if (inner_fp < walk->frame.sp)
			return STEP_NO_RULE;
		end = step_frame(walk, rule, UNWIND_BY_LINKS);
		if (end == STEP_BAD_STACK ||
		    (end == STEP_GOES_ON && !is_code(walk, walk->pc) && !step_has_links(walk)))
			end = step_end_by_word(walk, STEP_NO_RULE);
		return end;
	case RULE_NO_CODE:
		// A scanner may have been wrong; tables are not.
		if (walk->how == UNWIND_BY_SCAN)
			return step_misled(walk);
		return walk->is_exact ? step_uncall(walk) : step_links(walk);
	case RULE_UNKNOWN:
	case RULE_BEYOND:
	case RULE_FRAME:
	case RULE_SCANNED:
		break;
	}
	return STEP_NO_RULE;
}

static enum step_end step_by_known(struct step_walk *walk, const struct unwind_rule *rule)
{
	uint8_t kind = (uint8_t)(rule->kind & ~RULES_MARKS);

	step_note_use(walk, rule->kind);
	if (kind == RULE_FRAME)
		return step_frame(walk, rule, UNWIND_BY_TABLES);
	if (kind == RULE_SCANNED)
		return step_frame(walk, rule, UNWIND_BY_SCAN);
	return step_special(walk, rule);
}

unsigned step_producers(enum unwind_mode mode)
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

// Makes a rule that is not in the table.
static void make_rule(struct step_walk *walk, struct unwind_rule *rule)
{
	struct unwind_thread *thread = walk->thread;
	const struct unwind_state state = { .pc = walk->pc,
					    .sp = walk->frame.sp,
					    .fp = walk->frame.fp,
					    .is_exact = walk->is_exact };
	unsigned wild_left = thread->n_wild < WILD_MAX ? WILD_MAX - thread->n_wild : 0;

	produce_rule(walk->context, step_producers(walk->mode), &thread->work, &wild_left, &state,
		     &walk->bounds, rule);
	thread->n_wild = WILD_MAX - wild_left;
	// What holds at an exact address does not hold for a call that returns there.
	if (!walk->is_exact)
		rules_add(&thread->rules, walk->pc, rule);
}

void step_find_rule(struct step_walk *walk, struct unwind_rule *rule)
{
	const struct unwind_rule *known = rules_find(&walk->thread->rules, walk->pc);

	if (known == NULL)
		make_rule(walk, rule);
	else
		*rule = *known;
	rule->kind &= (uint8_t)~RULES_MARKS;
}

static enum step_end step_unmet(struct step_walk *walk)
{
	struct unwind_rule rule;

	make_rule(walk, &rule);
	return step_by_known(walk, &rule);
}

enum step_end step_by(struct step_walk *walk, const struct unwind_rule *rule)
{
	return rule == NULL ? step_unmet(walk) : step_by_known(walk, rule);
}

enum step_end step_slowly(struct step_walk *walk)
{
	const struct unwind_rule *rule = NULL;

	if (!step_take(walk))
		return STEP_DEPTH;
	// Rules in the table are for frames that are returned to.
	if (!walk->is_exact)
		rule = rules_find(&walk->thread->rules, walk->pc);
	return step_by(walk, rule);
}
