// SPDX-License-Identifier: LGPL-2.1-or-later
// What the scanner knows of the registers while it follows code: constants, and places of the stack.
#ifndef UNWIND_SCAN_MACHINE_H
#define UNWIND_SCAN_MACHINE_H

#include "unwind/rule.h"
#include "unwind/scan_isa.h"

// "Start" is where the following began: a return address (forward) or a function's entry (backward).
enum scan_value_kind {
	VALUE_ANY,      // not known
	VALUE_LOADED,   // not known, loaded from memory that is not the frame's
	VALUE_CONSTANT, // the number
	VALUE_SP,       // sp at the start + number
	VALUE_FP,       // fp at the start + number
	VALUE_AT_SP,    // the word loaded from sp at the start + number
	VALUE_AT_FP,    // the word loaded from fp at the start + number
	VALUE_RA,       // ra at the start
	VALUE_FP2,      // fp2 at the start
	// Where frames align the stack and keep their CFA in memory:
	VALUE_UNDER_AT_SP, // VALUE_AT_SP less a slot
	VALUE_UNDER_AT_FP, // VALUE_AT_FP less a slot
	VALUE_ALIGNED,     // sp as it was after it was aligned + number
	VALUE_UNFOLLOWED,  // see enum scan_light
};

struct scan_value {
	uint8_t kind; // enum scan_value_kind
	int32_t number;
};

// Most code has no effect on sp, frame pointers and ra. Light, a machine is given no dull instructions;
// where what they did matters after all, all must be done again, not lightly.
enum scan_light {
	LIGHT_NOT,
	LIGHT_FORWARD, // it follows these registers alone, others are VALUE_UNFOLLOWED
	LIGHT_BODY,    // it follows all of which something is known, but not numbers
};

struct scan_machine {
	const struct scan_isa *isa;
	struct scan_value regs[SCAN_REGISTERS];
	uint8_t light;           // enum scan_light
	bool is_too_light;       // it mattered
	bool is_fp_in_doubt;     // fp was set to such a number, which may be a place in the frame
	bool has_computed_place; // one of `computed` may be an address of the frame
	uint32_t
		live; // registers of which something is known; but sp, fp, ra, fp2 are set elsewhere too
	uint32_t computed; // registers that may hold a number that was not followed
	uint8_t slot_size;
	uint8_t n_conditional; // instructions to come that are conditional
	bool is_push;          // the store being executed moves sp
	bool is_from_entry;    // places are counted from the CFA
	// Where the return address and the frame pointers of the start were stored: VALUE_SP with the
	// address, VALUE_ANY while they were not.
	struct scan_value ra_slot, fp_slot, fp2_slot;
	// Where return addresses are pushed: what may be the caller's fp and was stored, and where. A function that is reached by a tail call saves and restores it too.
	struct scan_value kept, kept_at;
	// A callee may have popped its arguments, which cannot be seen.
	bool may_have_popped;
	// The code may be another function's: nothing says that a call before it returned.
	bool is_doubtful;
	// Where a function that aligns the stack keeps its CFA: VALUE_ALIGNED with the address.
	struct scan_value cfa_slot;
};

// At a return address: sp and fp are the frame's own, nothing else is known.
void scan_machine_at_return(struct scan_machine *machine, const struct code_view *view);

// At a function's entry: ra and fp are the caller's; sp is the CFA, or the return address lies
// between them.
void scan_machine_at_entry(struct scan_machine *machine, const struct code_view *view);

// The same, but for constants in registers that a function may change, which it keeps.
void scan_machine_enter(struct scan_machine *machine, const struct code_view *view);

// Makes a machine light.
void scan_machine_lighten(struct scan_machine *machine, enum scan_light light);

static inline enum scan_light scan_light(const struct scan_machine *machine)
{
	return SCAN_HAS_SIEVES ? (enum scan_light)machine->light : LIGHT_NOT;
}

// Takes account of dull instructions.
void scan_machine_pass(struct scan_machine *machine, const struct scan_dull *dull);

// The registers of which something is known.
uint32_t scan_machine_live(const struct scan_machine *machine);

// Decodes the instruction at `pc`, which may be conditional by an instruction before it.
void scan_machine_decode(struct scan_machine *machine, const struct code_view *view,
			 code_address pc, struct scan_insn *insn);

// Executes what is not a branch: the effect on registers and stack slots. A conditional instruction
// leaves nothing known that it may have changed.
void scan_machine_execute(struct scan_machine *machine, const struct scan_insn *insn);

// What a call leaves behind: only the callee-saved registers.
void scan_machine_call(struct scan_machine *machine);

static inline struct scan_value scan_fp2(const struct scan_machine *machine)
{
	return machine->regs[machine->isa->fp2];
}

// Whether ra holds what was loaded from the frame.
static inline bool scan_is_ra_reloaded(const struct scan_machine *machine)
{
	uint8_t kind = machine->regs[scan_ra(machine->isa)].kind;
	return kind == VALUE_AT_SP || kind == VALUE_AT_FP;
}

// Whether a system call does not come back.
static inline bool scan_is_exit(const struct scan_machine *machine)
{
	struct scan_value number = machine->regs[machine->isa->syscall_number];
	return machine->isa->is_exit != NULL && number.kind == VALUE_CONSTANT &&
	       machine->isa->is_exit(number.number);
}

// Gives the rule its second frame pointer, from where it is saved; and the names that rules have.
void scan_rule_fp2(const struct scan_isa *isa, bool is_saved, int32_t offset,
		   struct unwind_rule *rule);

static inline bool scan_value_is_unfollowed(struct scan_value value)
{
	return SCAN_HAS_SIEVES && value.kind == VALUE_UNFOLLOWED;
}

static inline bool scan_value_is(struct scan_value value, enum scan_value_kind kind, int32_t number)
{
	return value.kind == kind && value.number == number;
}

#endif
