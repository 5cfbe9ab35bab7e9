// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules from code alone, for any instruction set of which there is a struct scan_isa.
#ifndef UNWIND_SCAN_H
#define UNWIND_SCAN_H

#include "unwind/code_view.h"
#include "unwind/rule.h"
#include "unwind/scan_body.h"
#include "unwind/scan_callee.h"

// A place where following code forks, to be followed later.
struct scan_path {
	code_address pc;
	struct scan_value sp, fp, fp2, ra;
	struct scan_value fp_slot, kept, kept_at; // as in struct scan_machine
	bool may_have_popped, is_doubtful;
	struct scan_value ra_slot, fp2_slot;
	int32_t low;     // sp has been as low as that on the way here
	bool has_called; // on the way here
};

// A long function's body, found by going backward: it holds for its code up to `to`.
struct scan_known {
	code_address to;
	struct scan_body body;
};

enum {
	// Instructions on either side of the return address that a forward scan can reach.
	SCAN_SEEN_BITS = 1 << 15,
	SCAN_FAR_BITS = 1 << 12, // for those beyond, of which several may share a bit
	SCAN_PATHS_MAX = 64,
	SCAN_KNOWN = 4,   // functions remembered
	SCAN_LONG = 1024, // bytes of code from which a function is remembered
	SCAN_GUESSES = 4, // rules that may be right
};

// Working memory, the caller's: zeroed at first and whenever code has been unmapped, then used for any
// number of scans, one at a time.
struct scan_work {
	bool is_used; // for a scan since it was zero; set by who has code scanned
	uint32_t n_guesses;
	uint32_t n_visited; // instructions visited by the last scan: its cost
	uint32_t
		n_aside; // those of them of which no limit is asked: callees', and what was done again
	uint32_t seen[(SCAN_SEEN_BITS + SCAN_FAR_BITS) / 32];
	uint32_t seen_low, seen_high; // words of `seen` in use: [low, high)
	code_address seen_origin;     // the address of the first bit
	struct scan_path paths[SCAN_PATHS_MAX];
	uint32_t n_paths, first_path;
	struct scan_known known[SCAN_KNOWN];
	uint32_t next_known; // to be replaced
	struct scan_callees callees;
	bool must_follow_all; // a light machine was not enough
	bool is_crossed; // a jump leads from before the call to behind it: what scan_linear_from has last seen
	bool is_doubtful; // what the last forward scan has found, as in struct scan_machine
	// Where the last scan's rule is unknown, what the code may mean, the likeliest first, `n_guesses` of them;
	// only the stack can tell. Only where return addresses are pushed.
	struct unwind_rule guesses[SCAN_GUESSES];
};

// The rule of the frame whose code goes on at return address `pc` (without the ISA bit), that is the
// address behind a call and its delay slot; the call may be the last instruction of the view. Reads
// nothing outside the view, visits a bounded number of instructions, and says RULE_UNKNOWN rather
// than guess. Pure but for `work`; needs no libc but memset.
void scan_rule(const struct code_view *view, code_address pc, struct scan_work *work,
	       struct unwind_rule *rule);

// The rule of the frame whose code was interrupted right before the instruction at `pc`: its return address
// may be in the register, which scan_rule never says. Otherwise the same.
void scan_interrupted(const struct code_view *view, code_address pc, struct scan_work *work,
		      struct unwind_rule *rule);

enum scan_end {
	SCAN_FOUND,
	SCAN_NOTHING, // all there is was seen
	SCAN_LIMIT,   // the limit of visited instructions came first
};

// Whether no call can return to `pc`: what lies before is padding or, where return addresses are pushed, a
// return. Code goes on there that a frame made by hand returns to, as the first of a coroutine does.
bool scan_is_uncalled(const struct code_view *view, uint64_t pc);

// The parts of scan_rule. Each visits instructions until work->n_visited is `limit`.
// Forward, from the return address to the function's end.
enum scan_end scan_forward(const struct code_view *view, code_address pc, uint32_t limit,
			   struct scan_work *work, struct unwind_rule *rule);
// Backward to the prologue, and from there to the call.
enum scan_end scan_backward(const struct code_view *view, code_address pc, uint32_t limit,
			    struct scan_work *work, struct unwind_rule *rule);

// The same for code that cannot be read backward, where calls push the return address.
enum scan_end scan_linear(const struct code_view *view, code_address pc, uint32_t limit,
			  struct scan_work *work, struct unwind_rule *rule);
// The same where too many places look like a function's beginning, as among the cases of an interpreter's loop: tries
// those alone that are aligned, and whose function jumps across the call. Visits `limit` instructions more.
enum scan_end scan_linear_far(const struct code_view *view, code_address pc, uint32_t limit,
			      struct scan_work *work, struct unwind_rule *rule);

typedef uintptr_t __attribute__((may_alias)) scan_word;

// A frame's registers and the words from its sp on.
struct scan_stack {
	uint64_t sp, fp;
	const scan_word *words;
	size_t n_words;
};

// The rule of a frame of which scan_rule knows none, for code in which calls push the return address: a
// word above sp that a call has pushed tells which function is running, if it has a frame that ends
// there. False: no word does; rule is left alone.
bool scan_callers(const struct code_view *view, code_address pc, const struct scan_stack *stack,
		  struct scan_work *work, struct unwind_rule *rule);

// Whether one of the words is a place behind a call.
bool scan_holds_return(const struct code_view *view, const struct scan_stack *stack);

// Whether the code before `pc` is padded to aligned addresses. The cold parts of functions are not, and
// lie side by side.
bool scan_has_padding(const struct code_view *view, code_address pc, struct scan_work *work);

// From what is remembered of the function. False: nothing.
bool scan_known(const struct code_view *view, code_address pc, struct scan_work *work,
		struct unwind_rule *rule);

#endif
