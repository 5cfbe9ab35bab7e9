// SPDX-License-Identifier: LGPL-2.1-or-later
// ARM and Thumb: facts for the stepping loop.
#include "unwind/arch.h"

#if defined(__arm__)

#include <asm/unistd.h>
#include <string.h>
#include <ucontext.h>

#include "unwind/exidx.h"
#include "unwind/scan_arm.h"

enum {
	ISA_BIT = 1, // Thumb code
	STATUS_THUMB = 1 << 5,
	SIGINFO_SIZE = 128,
};

static bool by_tables(const struct unwind_code *code, uintptr_t address, struct unwind_rule *rule)
{
	uintptr_t room = code->index_end - code->index;
	const struct exidx_table table = {
		.index = { (const uint8_t *)code->index,
			   code->index_size < room ? code->index_size : room, code->index },
		.entries = { (const uint8_t *)code->index_start,
			     code->index_end - code->index_start, code->index_start },
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	};

	return exidx_rule(&table, address, rule);
}

static const struct scan_isa *isa_at(uintptr_t pc)
{
	return (pc & ISA_BIT) != 0 ? &scan_thumb : &scan_arm;
}

// Code is little-endian on all that Linux runs on today, whatever data is.
static uint32_t half_at(uintptr_t address)
{
	const uint8_t *bytes = (const uint8_t *)address;

	return (uint32_t)bytes[1] << 8 | bytes[0];
}

// mov r7,#number; svc #0: in the three encodings of mov, and in the kernel's own way, which old
// programs need, with the number in svc.
static bool is_call(uintptr_t pc, uintptr_t end, uint32_t number)
{
	uintptr_t at = pc & ~(uintptr_t)ISA_BIT;
	uint32_t halves[4];
	size_t n = 0;

	while (n < 4 && end - at >= 2 * (n + 1)) {
		halves[n] = half_at(at + 2 * n);
		n++;
	}
	if ((pc & ISA_BIT) != 0)
		return (n >= 2 && halves[0] == (0x2700 | number) && halves[1] == 0xdf00) ||
		       (n >= 3 && halves[0] == 0xf04f && halves[1] == (0x0700 | number) &&
			halves[2] == 0xdf00);
	return n == 4 && halves[0] == (0x7000 | number) && halves[1] == 0xe3a0 &&
	       (halves[2] == 0 || halves[2] == number) &&
	       (halves[3] == 0xef00 || halves[3] == 0xef90);
}

static bool is_trampoline(uintptr_t pc, uintptr_t end)
{
	return is_call(pc, end, __NR_rt_sigreturn) || is_call(pc, end, __NR_sigreturn);
}

// At sp: a siginfo, where the handler asked for one; then the ucontext.
static bool read_signal(const struct stack_bounds *bounds, struct unwind_state *state)
{
	uintptr_t registers = state->sp + offsetof(ucontext_t, uc_mcontext);
	uintptr_t status;

	if (is_call(state->pc, state->pc + 8, __NR_rt_sigreturn))
		registers += SIGINFO_SIZE;
	if (!stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_r7), &state->fp2) ||
	    !stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_fp), &state->fp) ||
	    !stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_sp), &state->sp) ||
	    !stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_lr), &state->ra) ||
	    !stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_pc), &state->pc) ||
	    !stack_bounds_load(bounds, registers + offsetof(mcontext_t, arm_cpsr), &status))
		return false;
	state->pc |= (status & STATUS_THUMB) != 0 ? ISA_BIT : 0;
	return true;
}

#if defined(__clang__)
// clang's __builtin_dwarf_cfa is too low.
void unwind_capture(struct unwind_state *state);
__asm__(".pushsection .text\n"
	".balign 4\n"
	".hidden unwind_capture\n"
	".global unwind_capture\n"
	".type unwind_capture, %function\n"
	"unwind_capture:\n"
	"mov r1, sp\n"
	"str lr, [r0]\n"
	"str r1, [r0, #4]\n"
	"str r11, [r0, #8]\n"
	"str r7, [r0, #12]\n"
	"bx lr\n"
	".size unwind_capture, . - unwind_capture\n"
	".popsection\n");
_Static_assert(offsetof(struct unwind_state, pc) == 0 && offsetof(struct unwind_state, sp) == 4 &&
		       offsetof(struct unwind_state, fp) == 8 &&
		       offsetof(struct unwind_state, fp2) == 12,
	       "as unwind_capture fills it in");
#endif

const struct unwind_arch unwind_arch = {
#if defined(__clang__)
	.capture = unwind_capture,
#endif
	.dwarf_sp = 13,
	.dwarf_fp = 11,
	.isa_bits = ISA_BIT,
	.linked = { .kind = RULE_UNKNOWN },
	.by_tables = by_tables,
	.isa_at = isa_at,
	.slot_size = sizeof(uintptr_t),
	.is_trampoline = is_trampoline,
	.read_signal = read_signal,
	.has_wild_trampolines = true,
};

#endif
