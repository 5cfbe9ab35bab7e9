// SPDX-License-Identifier: GPL-3.0-or-later
// Compares the stacks of one allocation, counts, and reports by mode.
#include "walk_compare.h"

#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind/auxv.h"
#include "walk_shadow.h"

enum { SHOWN_MAX = 10, CAUSES_MAX = 128 };

// How a walk can differ from the truth.
enum difference { WRONG, SHORT, LONG };

// Differences of one kind that begin at one frame: the last that was right.
struct cause {
	uintptr_t pc;
	enum difference difference;
	unsigned long n_frames, n_stacks;
};

struct counts {
	const char *mode;
	unsigned long stacks, frames, kept, whole, memo_differs, truth_differs;
	unsigned long truth_whole, truth_frames, equal_frames, different_frames, beyond_truth;
	unsigned long shadow_stacks, shadow_differs, shadow_frames, shadow_equal, shadow_wrong;
	struct cause causes[CAUSES_MAX];
};

int compare_output = 2;

static struct counts all_counts[COMPARE_MODES_MAX];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (n > 0 && write(compare_output, text, (size_t)n) != n)
		_exit(99);
}

static void say_pc(uintptr_t pc)
{
	Dl_info info;
	bool is_known = dladdr((void *)pc, &info) != 0;
	const char *slash = is_known ? strrchr(info.dli_fname, '/') : NULL;

	say(" %s+%lx", is_known ? (slash != NULL ? slash + 1 : info.dli_fname) : "?",
	    (unsigned long)(pc - (is_known ? (uintptr_t)info.dli_fbase : 0)));
}

static void show(const char *name, const struct unwind_stack *stack)
{
	static const char *const cuts[] = {
		[UNWIND_WHOLE] = "whole",
		[UNWIND_CUT_DEPTH] = "depth",
		[UNWIND_CUT_NO_RULE] = "no rule",
		[UNWIND_CUT_NO_CODE] = "no code",
		[UNWIND_CUT_BAD_STACK] = "no stack",
		[UNWIND_CUT_NO_WALK] = "no walk",
	};

	say("  %s, %zu frames, %s:", name, stack->n_pcs, cuts[stack->cut]);
	for (size_t i = 0; i < stack->n_pcs; i++)
		say_pc(stack->pcs[i]);
	say("\n");
}

// For an interrupted instruction libgcc may leave its ISA bit out, on MIPS for every other too; there
// it also says that the instruction is 2 bytes further.
static bool is_same_pc(uintptr_t own, uintptr_t truth)
{
#if defined(__mips__)
	const uintptr_t isa_bit = 1, further = 2;
#elif defined(__arm__)
	const uintptr_t isa_bit = 1, further = 0;
#else
	const uintptr_t isa_bit = 0, further = 0;
#endif
	uintptr_t difference = (truth & ~isa_bit) - (own & ~isa_bit);

	return difference == 0 || difference == further;
}

static size_t count_equal(const struct unwind_stack *a, const struct unwind_stack *b)
{
	size_t n = 0;

	while (n < a->n_pcs && n < b->n_pcs && is_same_pc(a->pcs[n], b->pcs[n]))
		n++;
	return n;
}

static bool has_same_frames(const struct unwind_stack *a, const struct unwind_stack *b)
{
	return a->n_pcs == b->n_pcs && count_equal(a, b) == a->n_pcs;
}

static bool has_same_hows(const struct unwind_stack *a, const struct unwind_stack *b)
{
	return memcmp(a->hows, b->hows, a->n_pcs) == 0;
}

static void add_cause(struct counts *counts, uintptr_t pc, enum difference difference, size_t n)
{
	struct cause *cause = counts->causes;

	while (cause->pc != 0 && (cause->pc != pc || cause->difference != difference)) {
		// Whatever has no place is told as coming from nowhere, which no expectation has.
		if (++cause == &counts->causes[CAUSES_MAX - 1]) {
			pc = 1;
			break;
		}
	}
	cause->pc = pc;
	cause->difference = difference;
	cause->n_frames += n;
	cause->n_stacks++;
}

// Frames of the truth that are not found, or found that are not there; 0: none.
static size_t compare_truth(struct counts *counts, const struct unwind_stack *plain,
			    const struct unwind_stack *truth)
{
	size_t n_equal = count_equal(plain, truth), n_more;
	enum difference difference = WRONG;

	counts->truth_whole += truth->cut == UNWIND_WHOLE;
	counts->truth_frames += truth->n_pcs;
	counts->equal_frames += n_equal;
	// Tables end where a program has none; to see further is no fault.
	if (n_equal == truth->n_pcs && truth->cut != UNWIND_WHOLE) {
		counts->beyond_truth += plain->n_pcs - n_equal;
		return 0;
	}
	n_more = truth->n_pcs - n_equal;
	if (n_equal == truth->n_pcs) {
		difference = LONG;
		n_more = plain->n_pcs - n_equal;
	} else if (n_equal == plain->n_pcs) {
		difference = SHORT;
	}
	if (n_more > 0)
		add_cause(counts, n_equal > 0 ? plain->pcs[n_equal - 1] : 0, difference, n_more);
	counts->different_frames += n_more;
	return n_more;
}

static bool is_in_program(uintptr_t pc)
{
	static uintptr_t base;
	Dl_info info;

	if (base == 0 && dladdr((void *)auxv_value(AT_ENTRY), &info) != 0)
		base = (uintptr_t)info.dli_fbase;
	return dladdr((void *)pc, &info) != 0 && (uintptr_t)info.dli_fbase == base;
}

// Every frame of the shadow must be found in order, and no other frame of the program before the
// last of them. pcs[0] is in the function that allocates.
static bool compare_shadow(struct counts *counts, const struct unwind_stack *plain,
			   const struct walk_shadow *shadow)
{
	unsigned left = shadow->n;
	bool is_wrong = false;

	for (size_t i = 1; i < plain->n_pcs && left > 0 && !is_wrong; i++) {
		uintptr_t entry = shadow->entries[left - 1];
		bool is_own = is_in_program(plain->pcs[i]);

		if (entry == WALK_SHADOW_ANY ? !is_own : plain->pcs[i] != entry) {
			is_wrong = is_own;
			continue;
		}
		left--;
		// The library may jump to what it calls last, which then returns to its caller.
		if (is_own && left > 0 && shadow->entries[left - 1] == WALK_SHADOW_ANY)
			left--;
	}
	counts->shadow_stacks++;
	counts->shadow_frames += shadow->n;
	counts->shadow_equal += shadow->n - left;
	counts->shadow_wrong += is_wrong;
	return !is_wrong && left == 0;
}

static void show_shadow(const struct walk_shadow *shadow)
{
	say("  shadow:");
	for (unsigned i = shadow->n; i-- > 0;) {
		if (shadow->entries[i] == WALK_SHADOW_ANY)
			say(" any");
		else
			say_pc(shadow->entries[i]);
	}
	say("\n");
}

void compare_stacks(unsigned i, const char *mode, const struct unwind_stack *memo,
		    const struct unwind_stack *plain, const struct unwind_stack *truth)
{
	struct counts *counts = &all_counts[i];
	const struct walk_shadow *shadow = walk_shadow_now != NULL ? walk_shadow_now() : NULL;
	bool memo_differs = !has_same_frames(memo, plain) || memo->cut != plain->cut ||
			    !has_same_hows(memo, plain);
	bool truth_differs = truth != NULL && compare_truth(counts, plain, truth) > 0;
	bool shadow_differs =
		shadow != NULL && shadow->n > 0 && !compare_shadow(counts, plain, shadow);

	counts->mode = mode;
	counts->stacks++;
	counts->frames += memo->n_pcs;
	counts->kept += memo->n_kept;
	counts->whole += memo->cut == UNWIND_WHOLE;
	counts->memo_differs += memo_differs;
	counts->truth_differs += truth_differs;
	counts->shadow_differs += shadow_differs;
	if ((memo_differs || truth_differs || shadow_differs) &&
	    counts->memo_differs + counts->truth_differs + counts->shadow_differs <= SHOWN_MAX) {
		say("%s: %s%s%s differs\n", mode, memo_differs ? "memo " : "",
		    truth_differs ? "truth " : "", shadow_differs ? "shadow " : "");
		show("memo ", memo);
		show("plain", plain);
		if (truth != NULL)
			show("truth", truth);
		if (shadow != NULL)
			show_shadow(shadow);
	} else if (memo->cut != UNWIND_WHOLE && getenv("WALK_CHECK_CUT") != NULL) {
		show("cut", memo);
	}
}

static void report_causes(const struct counts *counts)
{
	static const char *const names[] = {
		[WRONG] = "wrong", [SHORT] = "short", [LONG] = "long"
	};

	for (const struct cause *cause = counts->causes;
	     cause < &counts->causes[CAUSES_MAX] && cause->pc != 0; cause++) {
		say("cause %s %s frames %lu stacks %lu", counts->mode, names[cause->difference],
		    cause->n_frames, cause->n_stacks);
		say_pc(cause->pc);
		say("\n");
	}
}

void compare_report(void)
{
	for (unsigned i = 0; i < COMPARE_MODES_MAX; i++) {
		const struct counts *counts = &all_counts[i];

		if (counts->mode == NULL)
			continue;
		report_causes(counts);
		say("%s stacks %lu frames %lu kept %lu whole %lu memo_differs %lu truth_differs "
		    "%lu "
		    "truth_whole %lu truth_frames %lu equal_frames %lu different_frames %lu "
		    "beyond_truth %lu shadow_stacks %lu shadow_differs %lu shadow_frames %lu "
		    "shadow_equal %lu "
		    "shadow_wrong %lu\n",
		    counts->mode, counts->stacks, counts->frames, counts->kept, counts->whole,
		    counts->memo_differs, counts->truth_differs, counts->truth_whole,
		    counts->truth_frames, counts->equal_frames, counts->different_frames,
		    counts->beyond_truth, counts->shadow_stacks, counts->shadow_differs,
		    counts->shadow_frames, counts->shadow_equal, counts->shadow_wrong);
	}
}
