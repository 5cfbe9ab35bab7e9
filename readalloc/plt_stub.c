// SPDX-License-Identifier: GPL-3.0-or-later
// Linkage stubs: the few instructions through which code calls a function of another file.
//
// Each loads an address from a slot that the linker fills, and jumps there. What is in front of that, such as marks
// of a place that may be jumped to, differs from linker to linker.
#include "plt_stub.h"

#include <elf.h>
#include <stddef.h>

#include "elf_layout.h"
#include "elf_linkage.h"

enum { STUB_MAX = 24 }; // bytes

struct stub {
	const struct elf_file *file;
	const struct elf_linkage *linkage;
	uint64_t address;
};

// The 32-bit word at `at` behind the stub's start; 0: there is none.
static uint32_t word(const struct stub *stub, uint64_t at)
{
	uint32_t value;
	return elf_file_code32(stub->file, stub->address + at, &value) ? value : 0;
}

static int64_t sign_extended(uint64_t value, unsigned bits)
{
	uint64_t sign = UINT64_C(1) << (bits - 1);
	return (int64_t)((value ^ sign) - sign);
}

// Intel SDM: endbr is f3 0f 1e fa or fb; bnd is a prefix f2; jmp through memory is ff /4.
static bool x86_slot(const struct stub *stub, bool is_wide, uint64_t *slot)
{
	uint64_t at = (word(stub, 0) & 0xfeffffff) == 0xfa1e0ff3 ? 4 : 0;
	at += (word(stub, at) & 0xff) == 0xf2;
	uint32_t head = word(stub, at) & 0xffff;
	uint32_t operand = word(stub, at + 2);
	if (head == 0x25ff) {
		*slot = is_wide ? stub->address + at + 6 + (uint64_t)sign_extended(operand, 32)
				: operand;
		return true;
	}
	// By ebx, which holds the address of the table.
	*slot = (uint32_t)(stub->linkage->got + operand);
	return head == 0xa3ff && !is_wide;
}

// ARM ARM: add ip, pc, #; add ip, ip, #; ldr pc, [ip, #]!; Thumb code comes by bx pc.
static bool arm_slot(const struct stub *stub, uint64_t *slot)
{
	struct stub arm = *stub;
	bool has_base = false;
	*slot = 0;
	arm.address &= ~UINT64_C(1);
	arm.address += (word(&arm, 0) & 0xffff) == 0x4778 ? 4 : 0;
	for (unsigned at = 0; at < 16; at += 4) {
		uint32_t insn = word(&arm, at), turn = insn >> 7 & 30, value = insn & 0xff;
		value = turn != 0 ? value >> turn | value << (32 - turn) : value;
		if ((insn & 0xfffff000) == 0xe28fc000) {
			*slot = arm.address + at + 8 + value;
			has_base = true;
		} else if ((insn & 0xfffff000) == 0xe28cc000 && has_base) {
			*slot += value;
		} else {
			*slot = (uint32_t)(*slot + (insn & 0xfff));
			return has_base && (insn & 0xfffff000) == 0xe5bcf000;
		}
	}
	return false;
}

// Arm ARM: adrp x16, page; ldr x17, [x16, #]; perhaps behind bti.
static bool aarch64_slot(const struct stub *stub, uint64_t *slot)
{
	uint64_t at = word(stub, 0) == 0xd503245f ? 4 : 0;
	uint32_t page = word(stub, at), load = word(stub, at + 4);
	uint64_t pages = (page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3);
	uint64_t base = (stub->address + at) & ~UINT64_C(0xfff);
	*slot = base + ((uint64_t)sign_extended(pages, 21) << 12) + ((load >> 10 & 0xfff) << 3);
	return (page & 0x9f00001f) == 0x90000010 && (load & 0xffc003ff) == 0xf9400211;
}

// MIPS: lui t7, %hi(slot); lw or ld t9, %lo(slot)(t7).
static bool mips_slot(const struct stub *stub, uint64_t *slot)
{
	uint32_t upper = word(stub, 0), load = word(stub, 4);
	*slot = (uint64_t)(((int64_t)(upper & 0xffff) << 16) + sign_extended(load & 0xffff, 16));
	return upper >> 16 == 0x3c0f && (load >> 16 == 0x8df9 || load >> 16 == 0xddf9);
}

// RISC-V: auipc t3, %pcrel_hi(slot); lw or ld t3, %pcrel_lo(t3).
static bool riscv_slot(const struct stub *stub, uint64_t *slot)
{
	uint32_t upper = word(stub, 0), load = word(stub, 4);
	*slot = stub->address + (uint64_t)sign_extended(upper & 0xfffff000, 32) +
		(uint64_t)sign_extended(load >> 20, 12);
	return (upper & 0xfff) == 0xe17 &&
	       ((load & 0xfffff) == 0xe2e03 || (load & 0xfffff) == 0xe3e03);
}

static bool slot_of(const struct stub *stub, uint64_t *slot)
{
	const struct elf_identity *identity = elf_file_identity(stub->file);
	switch (identity->machine) {
	case EM_X86_64:
		return x86_slot(stub, true, slot);
	case EM_386:
		return x86_slot(stub, false, slot);
	case EM_ARM:
		return arm_slot(stub, slot);
	case EM_AARCH64:
		return aarch64_slot(stub, slot);
	case EM_MIPS:
		return mips_slot(stub, slot);
	case EM_RISCV:
		return riscv_slot(stub, slot);
	default:
		return false;
	}
}

// MIPS, until the function is bound: lw or ld t9, %got(the linker's)(gp); move t7, ra; jalr t9; li t8, symbol.
static const char *lazy_name(const struct stub *stub)
{
	uint32_t load = word(stub, 0), symbol = word(stub, 12);
	bool is_lazy = (load == 0x8f998010 || load == 0xdf998010) && word(stub, 8) == 0x0320f809 &&
		       (symbol >> 16 == 0x2418 || symbol >> 16 == 0x6418 || symbol >> 16 == 0x3418);
	uint32_t i = symbol & 0xffff;
	return is_lazy && i < stub->linkage->n_symbols && stub->linkage->symbols[i] != 0
		       ? stub->linkage->names + stub->linkage->symbols[i]
		       : NULL;
}

const char *plt_stub_name(const struct elf_file *file, const struct elf_linkage *linkage,
			  uint64_t address)
{
	const struct stub stub = { file, linkage, address };
	uint64_t slot;
	if (slot_of(&stub, &slot)) {
		return elf_linkage_slot(linkage, slot);
	}
	return elf_file_identity(file)->machine == EM_MIPS ? lazy_name(&stub) : NULL;
}

bool plt_stub_may_be(const struct elf_file *file, uint64_t address)
{
	static const char *const names[] = { ".plt",     ".plt.sec", ".plt.got",
					     ".plt.bnd", ".iplt",    ".MIPS.stubs" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint8_t *section = elf_find_section(file, names[i]);
		if (section != NULL && address - elf_field(file, section, file->layout->sh_addr) <
					       elf_field(file, section, file->layout->sh_size)) {
			return true;
		}
	}
	return false;
}

const char *plt_stub_name_around(const struct elf_file *file, const struct elf_linkage *linkage,
				 uint64_t address)
{
	// Each begins at a multiple of 4, and jumps once.
	for (uint64_t back = address & 3; back < STUB_MAX; back += 4) {
		const char *name = plt_stub_name(file, linkage, address - back);
		if (name != NULL) {
			return name;
		}
	}
	return NULL;
}
