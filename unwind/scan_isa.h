// SPDX-License-Identifier: LGPL-2.1-or-later
// An instruction set as the scanner needs to know it.
#ifndef UNWIND_SCAN_ISA_H
#define UNWIND_SCAN_ISA_H

#include "unwind/minimal.h"
#include "unwind/scan_insn.h"

struct scan_work;

// What dull instructions must not do beside, see `count_dull`. Registers have one bit each.
struct scan_sieve {
	bool is_body;  // they may branch
	uint32_t live; // of a body: store or compute from one of these, of which something is known
	uint32_t based; // the same: count an address from one of these
};

// What they do nevertheless.
struct scan_dull {
	uint32_t slots; // which of the first 32 are in delay slots, one bit each
	// Not of a body: where the branch leads that is behind them, and has a dull delay slot; 0: it is none.
	code_address target;
	uint32_t written, computed; // registers; those that may hold a number
	bool has_called;
};

struct scan_isa {
	uint8_t step; // bytes from one possible instruction address to the next
	uint8_t sp, fp, ra;
	uint8_t dwarf_sp, dwarf_fp; // as DWARF numbers the registers that rules call so
	// Another register that code of this machine may use as frame pointer, though not code of this
	// instruction set; 0: there is none.
	uint8_t fp2;
	uint8_t dwarf_fp2;
	bool is_fp2_of_rules;   // what is fp here, rules call fp2
	bool is_fp2_optional;   // a rule may leave open where the caller's is
	uint8_t zero;           // a register that is always 0
	uint8_t syscall_number; // where system calls have their number
	bool is_ra_pushed;      // calls push the return address, returns pop it
	bool is_any_return;     // a jump through any register may be a return
	bool is_ra_general;     // code that has saved ra uses the register for anything
	uint32_t
		arguments_size; // bytes of register arguments that a variadic function stores first
	int32_t fp_height;      // bytes that a frame pointer may be above sp in the prologue
	// fp points to a frame record or to the CFA, not to where sp is: a frame is counted from sp, unless
	// sp moves by an unknown number or something of the frame is found by fp.
	bool is_counted_from_sp;
	uint32_t call_clobbers; // registers that a function may change, but for ra
	uint64_t callees;       // registers through which code jumps to other functions alone
	// Where return addresses are pushed: registers that a function must not change, and those that may
	// have its result.
	uint32_t call_keeps, call_results;
	uint32_t ra_reach;    // the return address lies at most so many bytes below the CFA
	uint8_t sp_alignment; // of sp at calls, where they push; 0: none that helps

	// Decodes the instruction at `pc` into a zeroed `insn`. SCAN_INVALID outside the view.
	void (*decode)(const struct code_view *view, code_address pc, struct scan_insn *insn);

	// The rest may be NULL.
	// How many instructions from `pc` on, `n_max` at most, are dull: they lead on, write neither sp, fp,
	// fp2 nor ra, store no ra and are no function's beginning. A call and its delay slot are two.
	uint32_t (*count_dull)(const struct code_view *view, code_address pc, uint32_t n_max,
			       const struct scan_sieve *sieve, struct scan_dull *dull);
	// Whether what is at `pc` is the rest of an instruction that begins before. Constants marked in
	// `work` are no code.
	bool (*is_second_half)(const struct code_view *view, code_address pc,
			       const struct scan_work *work);
	// Whether `pc` is the return address of a process's or thread's first code.
	bool (*is_start)(const struct code_view *view, code_address pc);
	// Marks the constants that code shortly before `pc` reads. NULL: there are none among code.
	void (*mark_literals)(const struct code_view *view, code_address pc,
			      struct scan_work *work);
	// Whether a call may end at `pc`, and what it calls, or 0: where return addresses are pushed or linked
	// by frame pointers, so that a word of the stack can be told from one.
	bool (*is_behind_call)(const struct code_view *view, code_address pc, code_address *target);
	// Whether the system call of that number does not come back.
	bool (*is_exit)(int32_t number);
};

// What all code of a machine has in common. The walker of that machine need not ask, and what it has no use for is
// not compiled.
#if !defined(UNWIND_NATIVE)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (otherwise)
#elif defined(__x86_64__) || defined(__i386__)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (x86)
#elif defined(__arm__)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (arm)
#elif defined(__aarch64__)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (aarch64)
#elif defined(__mips__)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (mips)
#elif defined(__riscv)
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (riscv)
#else
#define SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv) (otherwise)
#endif

// Type, name, what it is where it has to be asked for, and of each machine.
#define SCAN_FACT_LIST(X)                                                                          \
	X(unsigned, sp, isa->sp, 4, 13, 31, 29, 2)                                                 \
	X(unsigned, ra, isa->ra, 30, 14, 30, 31, 1)                                                \
	X(unsigned, zero, isa->zero, 31, 32, 32, 0, 0)                                             \
	X(bool, has_fp2, isa->fp2 != 0, false, true, false, true, false)                           \
	X(bool, is_ra_pushed, isa->is_ra_pushed, true, false, false, false, false)                 \
	X(bool, is_ra_general, isa->is_ra_general, false, true, false, false, false)               \
	X(bool, is_counted_from_sp, isa->is_counted_from_sp, false, false, true, false, true)      \
	X(bool, has_conditions, true, false, true, false, false, false)                            \
	X(uint32_t, arguments_size, isa->arguments_size, 0, 16, 0, 0, 0)

#define X(type, fact, otherwise, x86, arm, aarch64, mips, riscv)                                   \
	static inline type scan_##fact(const struct scan_isa *isa)                                 \
	{                                                                                          \
		(void)isa;                                                                         \
		return SCAN_FACT(otherwise, x86, arm, aarch64, mips, riscv);                       \
	}
SCAN_FACT_LIST(X)
#undef X

// Whether dull code may be passed over, see `count_dull`, or all is followed: to be faster takes code, which a minimal build
// has not.
enum { SCAN_HAS_SIEVES = SCAN_FACT(1, 0, 0, 0, !IS_MINIMAL, 0) };

static inline bool scan_has_sieve(const struct scan_isa *isa)
{
	return SCAN_HAS_SIEVES && isa->count_dull != NULL;
}

static inline bool scan_is_second_half(const struct code_view *view, code_address pc,
				       const struct scan_work *work)
{
	return view->isa->is_second_half != NULL && view->isa->is_second_half(view, pc, work);
}

// Whether an instruction makes a frame.
static inline bool scan_makes_frame(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return (insn->op == SCAN_ADD_CONSTANT || insn->op == SCAN_SAVE) &&
	       insn->rd == scan_sp(isa) && insn->rs == scan_sp(isa) && insn->constant < 0;
}

// Whether an instruction saves ra, and nothing but the return address can be there.
static inline bool scan_saves_ra(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return (insn->op == SCAN_STORE && insn->rt == scan_ra(isa) && !scan_is_ra_general(isa)) ||
	       (insn->op == SCAN_SAVE && insn->ra_at != SCAN_NOT_SAVED &&
		(!scan_is_ra_general(isa) || insn->constant < 0));
}

// Whether a return address may lie at CFA + ra.
static inline bool scan_is_ra_offset(const struct code_view *view, int64_t ra)
{
	int64_t slot = view->slot_size;
	return ra <= -slot && ra >= -(int64_t)view->isa->ra_reach && (ra & (slot - 1)) == 0;
}

#endif
