// SPDX-License-Identifier: LGPL-2.1-or-later
// Which instruction sets an ELF file's code is in, for programs that look at files.
#include "unwind/scan_targets.h"

#include "unwind/scan_arm.h"
#include "unwind/scan_mips.h"

#include <elf.h>

enum {
	HEADER_MIPS_N32 = 0x20,        // of e_flags
	HEADER_MICROMIPS = 0x02000000, // of e_flags
	OTHER_ISA = 0xc0,              // of st_other
	OTHER_MICROMIPS = 0x80,
	OTHER_MIPS16 = 0xf0,
};

static const struct scan_isa *mips_choose(const struct elf_image *file)
{
	unsigned release = file->flags >> 28;
	return release == 9 || release == 10 ? &scan_mips_r6 : &scan_mips;
}

// A compressed function is marked in st_other, or by an odd address and, which of both, in the header.
// The compiler marks data within MIPS16 code by objects without a size.
static bool mips_mark(const struct elf_image *file, const struct elf_symbol *symbol,
		      const struct scan_isa **isa)
{
	bool is_marked_16 = (symbol->other & OTHER_MIPS16) == OTHER_MIPS16;
	bool is_marked_micro = !is_marked_16 && (symbol->other & OTHER_ISA) == OTHER_MICROMIPS;
	bool is_micro = is_marked_micro || (!is_marked_16 && (file->flags & HEADER_MICROMIPS) != 0);
	if (symbol->type == STT_OBJECT) {
		*isa = NULL;
		return symbol->size == 0;
	}
	*isa = is_micro ? &scan_micromips : &scan_mips16;
	return symbol->type == STT_FUNC &&
	       (is_marked_16 || is_marked_micro || (symbol->value & 1) != 0);
}

// Mapping symbols: $a, $t, $d, perhaps with more behind a dot.
static bool arm_mark(const struct elf_image *file, const struct elf_symbol *symbol,
		     const struct scan_isa **isa)
{
	(void)file;
	*isa = symbol->name[1] == 'a' ? &scan_arm : symbol->name[1] == 't' ? &scan_thumb : NULL;
	return symbol->name[0] == '$' && (*isa != NULL || symbol->name[1] == 'd') &&
	       (symbol->name[2] == '\0' || symbol->name[2] == '.');
}

// Mapping symbols, of machines with one instruction set: $x, perhaps with more behind it, where code
// begins, $d where data does.
static bool plain_mark(const struct elf_image *file, const struct elf_symbol *symbol,
		       const struct scan_isa **isa)
{
	bool is_code = symbol->name[1] == 'x';
	*isa = is_code ? scan_target_of(file)->isa : NULL;
	return symbol->name[0] == '$' && (is_code || symbol->name[1] == 'd');
}

// A row for each machine: machine, isa, choose, mark, has_mapping_symbols.
#define TARGETS(ROW)                                                                               \
	ROW(EM_ARM, scan_thumb, NULL, arm_mark, true)                                              \
	ROW(EM_MIPS, scan_mips, mips_choose, mips_mark, false)                                     \
	ROW(EM_AARCH64, scan_aarch64, NULL, plain_mark, true)                                      \
	ROW(EM_X86_64, scan_x86_64, NULL, NULL, false)                                             \
	ROW(EM_386, scan_i386, NULL, NULL, false)                                                  \
	ROW(EM_RISCV, scan_riscv, NULL, plain_mark, true)

#define DECLARE(machine, isa, choose, mark, has_mapping_symbols) extern const struct scan_isa isa;
TARGETS(DECLARE)

#define ROW(machine, isa, choose, mark, has_mapping_symbols)                                       \
	{ machine, &(isa), choose, mark, has_mapping_symbols },
const struct scan_target scan_targets[] = { TARGETS(ROW){ 0 } };

const struct scan_target *scan_target_of(const struct elf_image *file)
{
	for (const struct scan_target *target = scan_targets; target->machine != 0; target++) {
		if (target->machine == file->machine) {
			return target;
		}
	}
	return NULL;
}

const struct scan_isa *scan_isa_of(const struct elf_image *file, uint64_t address)
{
	const struct scan_target *target = scan_target_of(file);
	bool has_bit = (address & 1) != 0;
	if (target == NULL) {
		return NULL;
	}
	if (file->machine == EM_ARM) {
		return has_bit ? &scan_thumb : &scan_arm;
	}
	if (file->machine == EM_MIPS && has_bit) {
		return (file->flags & HEADER_MICROMIPS) != 0 ? &scan_micromips : &scan_mips16;
	}
	return target->choose != NULL ? target->choose(file) : target->isa;
}

uint8_t scan_slot_size(const struct elf_image *file)
{
	bool is_n32 = file->machine == EM_MIPS && (file->flags & HEADER_MIPS_N32) != 0;
	bool is_x32 = file->machine == EM_X86_64;
	return file->is_wide || is_n32 || is_x32 ? 8 : 4;
}
