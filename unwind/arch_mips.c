// SPDX-License-Identifier: LGPL-2.1-or-later
// MIPS o32, n32, n64: facts for the stepping loop.
#include "unwind/arch.h"

#if defined(__mips__)

#include <asm/unistd.h>
#include <string.h>
#include <ucontext.h>

#include "unwind/scan_mips.h"

enum {
	ISA_BIT = 1, // MIPS16 or microMIPS code
#if defined(_ABIO32) && _MIPS_SIM == _ABIO32
	SLOT_SIZE = 4,
#else
	SLOT_SIZE = 8,
#endif
	FRAME_HEAD_SIZE = 24, // of the kernel's signal frame: room for arguments and a trampoline
	SIGINFO_SIZE = 128,
};

static const struct scan_isa *isa_at(uintptr_t pc)
{
	if ((pc & ISA_BIT) != 0) {
#if defined(__mips_micromips)
		return &scan_micromips;
#else
		return &scan_mips16;
#endif
	}
#if defined(__mips_isa_rev) && __mips_isa_rev >= 6
	return &scan_mips_r6;
#else
	return &scan_mips;
#endif
}

// li v0,number; syscall
static bool is_call(uintptr_t pc, uint32_t number)
{
	const uint32_t expected[] = { 0x24020000 | number, 0x0000000c };

	return memcmp((const void *)pc, expected, sizeof(expected)) == 0;
}

static bool is_old_trampoline(uintptr_t pc)
{
#if defined(__NR_sigreturn)
	return is_call(pc, __NR_sigreturn);
#else
	(void)pc;
	return false;
#endif
}

static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	return pc % 4 == 0 && end - pc >= 8 &&
	       (is_call(pc, __NR_rt_sigreturn) || is_old_trampoline(pc));
}

// The kernel saves 64 bits of each register, on o32 too.
static bool read_wide(const struct stack_bounds *bounds, uintptr_t address, uintptr_t *value)
{
	uint64_t wide;

	if (!stack_bounds_hold(bounds, address, sizeof(wide)))
		return false;
	memcpy(&wide, (const void *)address, sizeof(wide));
	*value = (uintptr_t)wide;
	return true;
}

static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t context = state->sp + FRAME_HEAD_SIZE;
	size_t registers = offsetof(ucontext_t, uc_mcontext.gregs);
	size_t pc = offsetof(ucontext_t, uc_mcontext.pc);

	if (is_old_trampoline(state->pc))
		context -= offsetof(ucontext_t, uc_mcontext);
	else
		context += SIGINFO_SIZE;
#if ARCH_HAS_FP2
	if (!read_wide(bounds, context + registers + 17 * sizeof(uint64_t), &state->fp2))
		return false;
#endif
	return read_wide(bounds, context + pc, &state->pc) &&
	       read_wide(bounds, context + registers + 29 * sizeof(uint64_t), &state->sp) &&
	       read_wide(bounds, context + registers + 30 * sizeof(uint64_t), &state->fp) &&
	       read_wide(bounds, context + registers + 31 * sizeof(uint64_t), &state->ra);
}

const struct unwind_arch unwind_arch = {
	.dwarf_sp = 29,
	.dwarf_fp = 30,
#if ARCH_HAS_FP2
	.dwarf_fp2 = 17,
#endif
	.isa_bits = ISA_BIT,
	.linked = { .kind = RULE_UNKNOWN },
	.isa_at = isa_at,
	.slot_size = SLOT_SIZE,
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
	.has_wild_trampolines = true,
};

#endif
