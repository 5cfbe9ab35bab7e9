// SPDX-License-Identifier: LGPL-2.1-or-later
// AArch64: facts for the stepping loop.
#include "unwind/arch.h"

#if defined(__aarch64__)

#include <string.h>
#include <ucontext.h>

#include "unwind/scan_aarch64.h"

enum { SIGINFO_SIZE = 128 };

// mov x8,#__NR_rt_sigreturn; svc #0
static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	static const uint32_t code[] = { 0xd2801168, 0xd4000001 };

	return end - pc >= sizeof(code) && memcmp((const void *)pc, code, sizeof(code)) == 0;
}

// At sp: a siginfo, then the ucontext.
static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t registers = state->sp + SIGINFO_SIZE + offsetof(ucontext_t, uc_mcontext);

	return stack_bounds_load(bounds, registers + offsetof(mcontext_t, regs[29]), &state->fp) &&
	       stack_bounds_load(bounds, registers + offsetof(mcontext_t, regs[30]), &state->ra) &&
	       stack_bounds_load(bounds, registers + offsetof(mcontext_t, pc), &state->pc) &&
	       stack_bounds_load(bounds, registers + offsetof(mcontext_t, sp), &state->sp);
}

static const struct scan_isa *isa_at(uintptr_t pc)
{
	(void)pc;
	return &scan_aarch64;
}

#if defined(__clang__)
// Of clang's functions that save more registers __builtin_dwarf_cfa is too low.
void unwind_capture(struct unwind_state *state);
__asm__(".pushsection .text\n"
	".balign 4\n"
	".hidden unwind_capture\n"
	".global unwind_capture\n"
	".type unwind_capture, %function\n"
	"unwind_capture:\n"
	"hint #34\n" // bti c
	"mov x1, sp\n"
	"stp x30, x1, [x0]\n"
	"str x29, [x0, #16]\n"
	"ret\n"
	".size unwind_capture, . - unwind_capture\n"
	".popsection\n");
_Static_assert(offsetof(struct unwind_state, pc) == 0 && offsetof(struct unwind_state, sp) == 8 &&
		       offsetof(struct unwind_state, fp) == 16,
	       "as unwind_capture fills it in");
#endif

// Frame records say nothing of sp. In a module's code, whose rules count from it, they are of no use.
const struct unwind_arch unwind_arch = {
	.dwarf_sp = 31,
	.dwarf_fp = 29,
#if defined(__clang__)
	.capture = unwind_capture,
#endif
	.linked = { RULE_UNKNOWN, RULE_FP, RULE_AT_CFA, RULE_AT_CFA, 0, 16, -8, -16 },
	.isa_at = isa_at,
	.slot_size = 8,
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
	.has_wild_trampolines = true,
};

#endif
