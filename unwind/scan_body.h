// SPDX-License-Identifier: LGPL-2.1-or-later
// What a function's frame looks like while its body runs, gathered by executing the code in order.
#ifndef UNWIND_SCAN_BODY_H
#define UNWIND_SCAN_BODY_H

#include "unwind/scan_machine.h"

// Counted from the CFA.
struct scan_body {
	bool is_known;      // ra has been saved: there is a frame
	bool is_dynamic;    // sp has changed by an unknown amount
	bool has_frame;     // fp was made a frame pointer
	bool is_lost;       // the same, and nothing else says where the frame is
	bool is_fp_general; // fp was used for something else, or is a mere copy of sp
	bool is_fp_changed; // for something else
	bool is_fp_used;    // something of the frame was found by fp
	bool has_called;    // the prologue is over
	bool is_leaving;    // sp was set back from fp
	int32_t sp, frame;  // sp and fp, less the CFA
	struct scan_value ra_slot, fp_slot, fp2_slot;
	code_address settled; // the last instruction that changed any of this
};

// Takes account of the instruction at `pc`, which the machine has just executed.
void scan_body_update(struct scan_body *body, const struct scan_machine *machine,
		      const struct scan_insn *insn, code_address pc);

// The same for a call.
void scan_body_call(struct scan_body *body, const struct scan_machine *machine);

// Registers, one bit each: instructions that count an address from them would change the body.
uint32_t scan_body_based(const struct scan_body *body, const struct scan_isa *isa);

// Puts the machine back in the body: behind a jump nothing else is known of its registers.
void scan_body_restore(struct scan_body *body, const struct code_view *view,
		       struct scan_machine *machine);

// The body's rule. False: the machine, at the place asked about, or the body itself makes no sense.
bool scan_body_rule(const struct scan_body *body, const struct scan_machine *machine,
		    const struct code_view *view, struct unwind_rule *rule);

#endif
