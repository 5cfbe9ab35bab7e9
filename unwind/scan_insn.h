// SPDX-License-Identifier: LGPL-2.1-or-later
// An instruction as the scanner sees it: what it does to the stack, to registers and to the flow.
#ifndef UNWIND_SCAN_INSN_H
#define UNWIND_SCAN_INSN_H

#include "unwind/code_view.h"

// Registers are numbered as the instruction set does, from 0 to 31; one more may stand for what is not
// a general register: a zero register, or x86's return address.
enum {
	SCAN_REGISTERS = 33,
	SCAN_NO_REGISTER = 255,
};

enum scan_op {
	SCAN_OTHER,         // changes the registers of `clobbers`, in a way of no interest
	SCAN_ADD_CONSTANT,  // rd = rs + constant
	SCAN_OR_CONSTANT,   // rd = rs | constant
	SCAN_ADD,           // rd = rs + rt
	SCAN_SUBTRACT,      // rd = rs - rt
	SCAN_LOAD,          // rd = the register-wide word at rs + constant
	SCAN_STORE,         // the word at rs + constant = rt
	SCAN_SAVE,          // stores of ra, fp, fp2 (ra_at, fp_at, fp2_at), then rd = rs + constant
	SCAN_RESTORE,       // loads of the same, then rd = rs + constant
	SCAN_PUSH,          // the word at sp + constant = rt, then sp += constant
	SCAN_POP,           // the word at sp is loaded, sp += constant, rd = the word
	SCAN_ENTER,         // fp is pushed and set to sp, then sp -= constant
	SCAN_ALIGN,         // rd &= constant
	SCAN_CONDITION,     // the next `constant` instructions are conditional (Thumb's IT)
	SCAN_BRANCH,        // to target or on
	SCAN_JUMP,          // to target
	SCAN_JUMP_REGISTER, // to rs
	SCAN_RETURN,        // as SCAN_RESTORE, then to ra
	SCAN_CALL,          // comes back behind itself and its delay slot
	SCAN_SYSCALL,
	SCAN_TRAP,    // does not go on
	SCAN_INVALID, // no code is here
};

// When the instruction behind a branch is executed with it.
enum scan_slot {
	SCAN_SLOT_NONE,
	SCAN_SLOT_ALWAYS,
	SCAN_SLOT_TAKEN, // branch-likely
};

// `ra_at`, `fp_at`, `fp2_at` when the register is not among those saved or restored.
enum { SCAN_NOT_SAVED = INT32_MIN };

struct scan_insn {
	uint8_t op;   // enum scan_op
	uint8_t size; // bytes
	uint8_t slot; // enum scan_slot
	uint8_t rd, rs, rt;
	bool is_beginning : 1;   // one that only a function's beginning has, if the decoder can say
	bool is_landing : 1;     // marks a place to which indirect jumps may lead
	bool tests_result : 1;   // compares a function's result with 0
	bool is_padding : 1;     // does nothing, and fills the room before an aligned address
	bool is_conditional : 1; // executed or not; a conditional jump to an address is a BRANCH
	uint16_t literal_size;   // bytes at `literal`
	uint16_t popped;         // by a return, of its function's arguments
	int32_t constant;
	int32_t ra_at, fp_at; // offsets from rs as it was before the instruction
	int32_t fp2_at;       // the same, where the instruction set has fp2
	uint32_t clobbers;    // one bit per register
	// Those an operand in memory is counted from, where return addresses are pushed; else 0.
	uint32_t address_registers;
	code_address target;  // of branches and calls; 0 when a register holds it
	code_address literal; // where the instruction reads constants among code; 0: it does not
};

// Decodes the instruction at `pc`. SCAN_INVALID outside the view.
void scan_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);

#endif
