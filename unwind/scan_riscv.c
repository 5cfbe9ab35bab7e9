// SPDX-License-Identifier: LGPL-2.1-or-later
// RISC-V, RV32 and RV64 with compressed instructions: facts for the scanner and the stepping loop.
#include "unwind/scan_riscv.h"

#include "unwind/arch.h"

static bool is_wide_start(const struct code_view *view, code_address pc)
{
	uint32_t half;
	return code_read16(view, pc, &half) && (half & 3) == 3;
}

// Behind a half that begins no long instruction always comes an instruction's beginning; from there on,
// halves that look like such beginnings are first and second halves in turn.
static bool is_second_half(const struct code_view *view, code_address pc,
			   const struct scan_work *work)
{
	enum { RUN_MAX = 64 };
	unsigned n = 0;
	(void)work;
	while (n < RUN_MAX && is_wide_start(view, pc - 2 * (n + 1))) {
		n++;
	}
	return n % 2 != 0;
}

// The system calls exit and exit_group.
static bool is_exit(int32_t number)
{
	return number == 93 || number == 94;
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result, in the register that has it already.
static bool is_thread_start(const struct code_view *view, code_address pc)
{
	struct scan_insn number, call;
	scan_decode(view, pc, &number);
	scan_decode(view, pc + number.size, &call);
	return number.op == SCAN_ADD_CONSTANT && number.rd == RISCV_A7 && number.rs == RISCV_ZERO &&
	       is_exit(number.constant) && call.op == SCAN_SYSCALL;
}

// A coroutine's first code, which glibc's setcontext enters, right behind a jump: it calls the coroutine's
// function by a register, then setcontext with the next context if there is one, and leaves by exit.
static bool is_coroutine_start(const struct code_view *view, code_address pc)
{
	struct scan_insn before, start, move, test, call, leave;
	scan_decode(view, pc - 6, &before);
	scan_decode(view, pc - 2, &start);
	scan_decode(view, pc, &move);
	scan_decode(view, pc + 2, &test);
	scan_decode(view, pc + 2 + test.size, &call);
	scan_decode(view, pc + 2 + test.size + call.size, &leave);
	return before.op == SCAN_JUMP && before.size == 4 && start.op == SCAN_CALL &&
	       start.size == 2 && move.size == 2 && move.rd == RISCV_A0 &&
	       (move.op == SCAN_ADD || move.op == SCAN_ADD_CONSTANT) && test.op == SCAN_BRANCH &&
	       call.op == SCAN_CALL && call.target != 0 && leave.op == SCAN_JUMP &&
	       test.target == pc + 2 + test.size + call.size;
}

static bool is_start(const struct code_view *view, code_address pc)
{
	return is_thread_start(view, pc) || is_coroutine_start(view, pc);
}

// s0, when it is the frame pointer, is the CFA. The return address is at the top of the frame: above it
// are at most the register arguments of a variadic function. Not kept by a callee: t0-t6, a0-a7.
const struct scan_isa scan_riscv = {
	.step = 2,
	.sp = RISCV_SP,
	.fp = RISCV_S0,
	.ra = RISCV_RA,
	.dwarf_sp = RISCV_SP,
	.dwarf_fp = RISCV_S0,
	.zero = RISCV_ZERO,
	.syscall_number = RISCV_A7,
	.is_counted_from_sp = true,
	.fp_height = 1 << 30,
	.call_clobbers = 0xf003fce0,
	.ra_reach = 80,
	.decode = riscv_decode,
	.is_second_half = is_second_half,
	.is_start = is_start,
	.is_exit = is_exit,
};

#if defined(__riscv)

#include <string.h>
#include <ucontext.h>

enum { SIGINFO_SIZE = 128 };

static const struct scan_isa *isa_at(uintptr_t pc)
{
	(void)pc;
	return &scan_riscv;
}

// li a7,__NR_rt_sigreturn; ecall
static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	static const uint32_t code[] = { 0x08b00893, 0x00000073 };

	return end - pc >= sizeof(code) && memcmp((const void *)pc, code, sizeof(code)) == 0;
}

static bool read_register(const struct stack_bounds *bounds, uintptr_t registers, unsigned i,
			  uintptr_t *value)
{
	return stack_bounds_load(bounds, registers + i * sizeof(uintptr_t), value);
}

// At sp: a siginfo, then the ucontext, whose register 0 is pc.
static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t registers = state->sp + SIGINFO_SIZE + offsetof(ucontext_t, uc_mcontext.__gregs);

	return read_register(bounds, registers, 0, &state->pc) &&
	       read_register(bounds, registers, RISCV_RA, &state->ra) &&
	       read_register(bounds, registers, RISCV_S0, &state->fp) &&
	       read_register(bounds, registers, RISCV_SP, &state->sp);
}

#if __riscv_xlen == 64
#define STORE(reg, i) "sd " #reg ", 8*" #i "(a0)\n"
#else
#define STORE(reg, i) "sw " #reg ", 4*" #i "(a0)\n"
#endif

void unwind_capture(struct unwind_state *state);
__asm__(".pushsection .text\n"
	".balign 4\n"
	".hidden unwind_capture\n"
	".global unwind_capture\n"
	".type unwind_capture, %function\n"
	"unwind_capture:\n" STORE(ra, 0) STORE(sp, 1)
		STORE(s0, 2) "ret\n"
			     ".size unwind_capture, . - unwind_capture\n"
			     ".popsection\n");
_Static_assert(offsetof(struct unwind_state, pc) == 0 &&
		       offsetof(struct unwind_state, sp) == sizeof(uintptr_t) &&
		       offsetof(struct unwind_state, fp) == 2 * sizeof(uintptr_t),
	       "as unwind_capture fills it in");

const struct unwind_arch unwind_arch = {
	.dwarf_sp = RISCV_SP,
	.dwarf_fp = RISCV_S0,
	.linked = { .kind = RULE_UNKNOWN },
	.capture = unwind_capture,
	.isa_at = isa_at,
	.slot_size = sizeof(uintptr_t),
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
	.has_wild_trampolines = true,
};

#endif
