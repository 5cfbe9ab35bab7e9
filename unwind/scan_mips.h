// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules for MIPS from code alone: o32, n32, n64, both byte orders, all releases.
#ifndef UNWIND_SCAN_MIPS_H
#define UNWIND_SCAN_MIPS_H

#include "unwind/code_view.h"
#include "unwind/rule.h"
#include "unwind/scan_mips_body.h"

// A place where following code forks, to be followed later.
struct mips_path {
	uint64_t pc;
	struct mips_value sp, fp, ra;
};

// A long function's body, found by going backward: it holds for its code up to `to`.
struct scan_mips_known {
	uint64_t to;
	struct scan_mips_body body;
};

enum {
	// Instructions on either side of the return address that a forward scan can reach.
	MIPS_SEEN_BITS = 1 << 15,
	MIPS_PATHS_MAX = 64,
	SCAN_MIPS_KNOWN = 4,   // functions remembered
	SCAN_MIPS_LONG = 1024, // bytes of code from which a function is remembered
};

// Working memory, the caller's: zeroed at first and whenever code has been unmapped, then used for any
// number of scans, one at a time.
struct scan_mips_work {
	uint32_t n_visited; // instructions visited by the last scan: its cost
	uint32_t seen[MIPS_SEEN_BITS / 32];
	uint32_t seen_low, seen_high; // words of `seen` in use: [low, high)
	struct mips_path paths[MIPS_PATHS_MAX];
	uint32_t n_paths, first_path;
	struct scan_mips_known known[SCAN_MIPS_KNOWN];
	uint32_t next_known; // to be replaced
};

// The rule of the frame whose code goes on at return address `pc` (without the ISA bit), that is the
// address behind a call and its delay slot; the call may be the last instruction of the view. Reads
// nothing outside the view, visits a bounded number of instructions, and says RULE_UNKNOWN rather
// than guess. Pure but for `work`; needs no libc but memset.
void scan_mips(const struct code_view *view, uint64_t pc, struct scan_mips_work *work,
	       struct unwind_rule *rule);

enum scan_mips_end {
	SCAN_MIPS_FOUND,
	SCAN_MIPS_NOTHING, // all there is was seen
	SCAN_MIPS_LIMIT,   // the limit of visited instructions came first
};

// The parts of scan_mips. Each visits instructions until work->n_visited is `limit`.
// Forward, from the return address to the function's end.
enum scan_mips_end scan_mips_forward(const struct code_view *view, uint64_t pc, uint32_t limit,
				     struct scan_mips_work *work, struct unwind_rule *rule);
// Backward to the prologue, and from there to the call.
enum scan_mips_end scan_mips_backward(const struct code_view *view, uint64_t pc, uint32_t limit,
				      struct scan_mips_work *work, struct unwind_rule *rule);

// From what is remembered of the function. False: nothing.
bool scan_mips_known(const struct code_view *view, uint64_t pc, struct scan_mips_work *work,
		     struct unwind_rule *rule);

// Whether a return address may lie at CFA + ra. It is at the top of the frame: above it are at most
// the saved floating point registers (clang) and the register arguments of a variadic function.
static inline bool mips_is_ra_offset(unsigned slot_size, int64_t ra)
{
	return ra <= -(int64_t)slot_size && ra >= -160 && ra % (int64_t)slot_size == 0;
}

// The system calls exit and exit_group of o32, n64 and n32.
static inline bool mips_is_exit(int32_t number)
{
	return number == 4001 || number == 4246 || number == 5058 || number == 5205 ||
	       number == 6058 || number == 6205;
}

#endif
