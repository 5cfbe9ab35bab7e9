// SPDX-License-Identifier: LGPL-2.1-or-later
// i386: facts for the stepping loop.
#include "unwind/arch.h"

#if defined(__i386__)

#include <string.h>
#include <ucontext.h>

#include "unwind/scan_x86.h"

static const struct scan_isa *isa_at(uintptr_t pc)
{
	(void)pc;
	return &scan_i386;
}

// mov $__NR_rt_sigreturn,%eax; int $0x80
static const uint8_t rt_code[] = { 0xb8, 0xad, 0x00, 0x00, 0x00, 0xcd, 0x80 };
// pop %eax; mov $__NR_sigreturn,%eax; int $0x80
static const uint8_t old_code[] = { 0x58, 0xb8, 0x77, 0x00, 0x00, 0x00, 0xcd, 0x80 };

static bool is_old(uintptr_t pc, uintptr_t end)
{
	return end - pc >= sizeof(old_code) &&
	       memcmp((const void *)pc, old_code, sizeof(old_code)) == 0;
}

static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	return is_old(pc, end) || (end - pc >= sizeof(rt_code) &&
				   memcmp((const void *)pc, rt_code, sizeof(rt_code)) == 0);
}

static bool read_register(const struct stack_bounds *bounds, uintptr_t registers, size_t i,
			  uintptr_t *value)
{
	return stack_bounds_load(bounds, registers + i * sizeof(greg_t), value);
}

// At sp are the handler's arguments: the signal's number and, of old, the registers themselves; else
// pointers to the siginfo and the ucontext.
static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t registers = state->sp + 4;

	if (!is_old(state->pc, state->pc + sizeof(old_code))) {
		if (!stack_bounds_load(bounds, state->sp + 8, &registers))
			return false;
		registers += offsetof(ucontext_t, uc_mcontext.gregs);
	}
	return read_register(bounds, registers, REG_EIP, &state->pc) &&
	       read_register(bounds, registers, REG_ESP, &state->sp) &&
	       read_register(bounds, registers, REG_EBP, &state->fp);
}

const struct unwind_arch unwind_arch = {
	.dwarf_sp = 4,
	.dwarf_fp = 5,
	.linked = { RULE_LINKED, RULE_FP, RULE_AT_CFA, RULE_AT_CFA, 0, 8, -4, -8 },
	.isa_at = isa_at,
	.slot_size = 4,
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
};

#endif
