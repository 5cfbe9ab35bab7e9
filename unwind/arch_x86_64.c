// SPDX-License-Identifier: LGPL-2.1-or-later
// x86-64: facts for the stepping loop.
#include "unwind/arch.h"

#if defined(__x86_64__)

#include <string.h>
#include <ucontext.h>

#include "unwind/scan_x86.h"

static const struct scan_isa *isa_at(uintptr_t pc)
{
	(void)pc;
	return &scan_x86_64;
}

// mov $__NR_rt_sigreturn,%rax; syscall
static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 };

	return end - pc >= sizeof(code) && memcmp((const void *)pc, code, sizeof(code)) == 0;
}

static bool read_register(const struct stack_bounds *bounds, uintptr_t context, size_t i,
			  uintptr_t *value)
{
	return stack_bounds_load(
		bounds, context + offsetof(ucontext_t, uc_mcontext.gregs) + i * sizeof(greg_t),
		value);
}

// sp is where the handler's return address was, less that: at the ucontext.
static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t context = state->sp;

	return read_register(bounds, context, REG_RIP, &state->pc) &&
	       read_register(bounds, context, REG_RSP, &state->sp) &&
	       read_register(bounds, context, REG_RBP, &state->fp);
}

const struct unwind_arch unwind_arch = {
	.dwarf_sp = 7,
	.dwarf_fp = 6,
	.linked = { RULE_LINKED, RULE_FP, RULE_AT_CFA, RULE_AT_CFA, 0, 16, -8, -16 },
	.isa_at = isa_at,
	.slot_size = 8,
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
};

#endif
