// SPDX-License-Identifier: LGPL-2.1-or-later
// What the stepping loop must know of the machine it runs on.
#ifndef UNWIND_ARCH_H
#define UNWIND_ARCH_H

#include "unwind/rule.h"
#include "unwind/scan_isa.h"
#include "unwind/stack_bounds.h"

// A frame's registers.
struct unwind_state {
	uintptr_t pc, sp, fp;
	uintptr_t fp2; // only where ARCH_HAS_FP2
	uintptr_t ra;  // the return address register; only where `is_exact`
	bool is_exact; // interrupted by a signal at pc, rather than in a call that returns to pc
};

struct unwind_arch {
	uint8_t dwarf_sp, dwarf_fp; // DWARF's numbers of the registers; no sp: no tables we read
	uint8_t dwarf_fp2;          // only where ARCH_HAS_FP2 and its tables are .eh_frame; else 0
	uint8_t isa_bits;           // bits of a code address that are not part of it
	struct unwind_rule
		linked; // a frame that is linked by frame pointers; RULE_UNKNOWN: none of a module

	// Computes a rule from the module's tables, where they are not .eh_frame; else NULL. False: they
	// do not cover the address.
	bool (*by_tables)(const struct unwind_code *code, uintptr_t address,
			  struct unwind_rule *rule);

	// Says where its caller goes on, and with which registers: where walks begin whose start is rough,
	// and find the hook's caller on their way. NULL: no start is.
	void (*capture)(struct unwind_state *state);

	// The instruction set of the code at a return address. NULL: there is no scanner.
	const struct scan_isa *(*isa_at)(uintptr_t pc);
	uint8_t slot_size; // bytes of a saved register

	// Whether a handler that returns to `pc` returns from a signal. Nothing from `end` on is read.
	bool (*is_trampoline)(uintptr_t pc, uintptr_t end);

	// Where the kernel has put the interrupted frame's registers, seen from the trampoline, of
	// which `pc` may be a copy's address.
	// False: outside the bounds.
	bool (*read_signal)(const struct stack_bounds *bounds, struct unwind_state *state);
	// Trampolines lie where no module is (on the stack, in a page of the kernel's).
	bool has_wild_trampolines;
};

// Exactly one file defines it for a machine.
extern const struct unwind_arch unwind_arch;

// Bytes from a slot's beginning to the word in it: n32 saves 64-bit registers.
#if defined(_ABIN32) && _MIPS_SIM == _ABIN32 && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { ARCH_SLOT_SKEW = 4 };
#else
enum { ARCH_SLOT_SKEW = 0 };
#endif

// Bytes below sp that a leaf function may use without moving it.
#if defined(__x86_64__)
enum { ARCH_RED_ZONE = 128 };
#else
enum { ARCH_RED_ZONE = 0 };
#endif

// Bytes that a call puts on the stack: the return address, where it is in no register.
#if defined(__x86_64__) || defined(__i386__)
enum { ARCH_CALL_SIZE = sizeof(uintptr_t) };
#else
enum { ARCH_CALL_SIZE = 0 };
#endif

// Whether there are frames that struct unwind_arch calls linked, and whether a frame ends right behind its links:
// where else, they do not say what the caller's stack pointer is. Whether scans may end in a guess.
#if defined(__x86_64__) || defined(__i386__)
enum { ARCH_HAS_LINKS = 1, ARCH_LINKS_TELL_SP = 1, ARCH_SCANS_GUESS = 1 };
#elif defined(__aarch64__)
enum { ARCH_HAS_LINKS = 1, ARCH_LINKS_TELL_SP = 0, ARCH_SCANS_GUESS = 0 };
#else
enum { ARCH_HAS_LINKS = 0, ARCH_LINKS_TELL_SP = 0, ARCH_SCANS_GUESS = 0 };
#endif

// Takes pointer authentication bits away: XPACLRI works on x30, and is a no-op (HINT #7) on
// processors without the extension.
static inline uintptr_t arch_strip(uintptr_t ra)
{
#if defined(__aarch64__)
	register uintptr_t x30 __asm__("x30") = ra;
	__asm__("hint #7" : "+r"(x30));
	return x30;
#else
	return ra;
#endif
}

#endif
