// SPDX-License-Identifier: LGPL-2.1-or-later
// A rule: how to step out of a frame at one program counter.
#ifndef UNWIND_RULE_H
#define UNWIND_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum rule_kind {
	RULE_UNKNOWN,   // no producer can say: the walk ends here, and is cut
	RULE_FRAME,     // step by the fields below
	RULE_OUTERMOST, // the program's or thread's first frame: the stack is whole
	// What producers of the walker alone say:
	RULE_SCANNED, // as RULE_FRAME, read from code
	RULE_LINKED,  // as RULE_FRAME, but assumed: what it leads to must be checked
	RULE_SIGNAL,  // a signal trampoline: the registers of the interrupted frame lie in memory
	RULE_BEYOND,  // there are tables, but they say what a rule cannot
	RULE_NO_CODE, // the program counter is in no code that is known
};

// Which register of the frame the CFA is counted from.
enum rule_base {
	RULE_SP,
	RULE_FP,
	RULE_WORD_AT_FP, // the CFA is the word at frame pointer + cfa (frames that align the stack)
	RULE_FP2,        // the second frame pointer, where there is one
};

// Where a caller's register is. A saved register fills a whole slot: 8 bytes on n32 and n64, and on a
// big-endian n32 too.
enum rule_place {
	RULE_IN_REGISTER, // the frame has not changed it
	RULE_AT_CFA,      // in memory at CFA + offset
	RULE_AT_FP,       // in memory at the frame's own frame pointer + offset
};

// What stepping out of a frame does with the frame's own frame pointers; bits that no rule_kind has.
enum rule_use {
	RULE_NEEDS_FP = 0,     // or it is not known better
	RULE_PASSES_FP = 0x20, // they are not looked at, but may be the caller's
	RULE_DROPS_FP = 0x40,  // nothing outside depends on them
};

// Where the caller's second frame pointer is, if not at an offset.
enum {
	RULE_FP2_IN_REGISTER = 0,
	RULE_FP2_LOST = INT16_MIN, // a frame outside that counts from it cannot be stepped out of
};

// The caller's stack pointer is the CFA. Offsets are bytes. Some machines have a second register that
// serves as a frame pointer: ARM code has r11, and Thumb code, which a stack may hold too, r7;
// MIPS code s8, and MIPS16 code s1.
struct unwind_rule {
	uint8_t kind;         // enum rule_kind; RULE_FRAME, RULE_SCANNED and RULE_LINKED use more
	uint8_t base : 4;     // enum rule_base
	uint8_t ra_place : 2; // enum rule_place of the return address
	uint8_t fp_place : 2; // enum rule_place of the caller's frame pointer
	int16_t fp2;          // the caller's second frame pointer is at CFA + fp2; or as below
	int32_t cfa;          // CFA = base register + cfa
	int32_t ra;           // return address at CFA + ra, when RULE_AT_CFA; else 0
	int32_t fp;           // frame pointer at CFA or frame pointer + fp, when in memory; else 0
};

static inline struct unwind_rule rule_of_kind(enum rule_kind kind)
{
	return (struct unwind_rule){ .kind = (uint8_t)kind };
}

static inline bool rule_is_equal(const struct unwind_rule *a, const struct unwind_rule *b)
{
	return a->kind == b->kind && a->base == b->base && a->ra_place == b->ra_place &&
	       a->fp_place == b->fp_place && a->cfa == b->cfa && a->ra == b->ra && a->fp == b->fp &&
	       a->fp2 == b->fp2;
}

#endif
