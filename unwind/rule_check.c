// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a rule is what a file's tables say, in other words perhaps.
//
// The table's row at the last byte of the call, or at the return address if that is still in the entry, must agree
// in CFA, return address and frame pointer. Two answers that differ in words only are right as well: a frame
// pointer the table says is not stored yet, when it is stored in that place later on (the scanner sees the
// function from its end); and a CFA counted from sp where the table counts from fp, when sp and fp differ by a
// constant in all of the function.
#include "unwind/rule_check.h"

#include "unwind/scan.h"
#include "unwind/scan_targets.h"

const char *rule_check_open(struct rule_check *check, const struct elf_image *file,
			    const struct elf_image *debug)
{
	const struct scan_target *target = scan_target_of(file);
	if (target == NULL) {
		return "is of a machine without a scanner";
	}
	check->file = file;
	check->view.is_big_endian = file->is_big_endian;
	check->view.slot_size = scan_slot_size(file);
	check->plain_isa = target->choose != NULL ? target->choose(file) : target->isa;
	check->marks.target = target;
	if (!code_marks_add(&check->marks, file, ".dynsym") ||
	    !code_marks_add(&check->marks, debug, ".symtab")) {
		return "needs more memory than there is";
	}
	code_marks_sort(&check->marks);
	return NULL;
}

void rule_check_close(struct rule_check *check)
{
	code_marks_free(&check->marks);
}

bool rule_check_table(const struct rule_check *check, const struct elf_image *image,
		      const char *name, struct elf_part *part, struct cfi_table *table)
{
	if (!elf_part_named(image, name, part)) {
		return false;
	}
	*table = (struct cfi_table){
		.bytes = part->bytes,
		.size = part->size,
		.address = part->address,
		.is_eh_frame = name[1] == 'e',
		.is_big_endian = image->is_big_endian,
		.word_size = image->is_wide ? 8 : 4,
		.sp = check->plain_isa->dwarf_sp,
		.fp = check->plain_isa->dwarf_fp,
		.fp2 = check->plain_isa->dwarf_fp2,
	};
	return true;
}

bool rule_check_look_at(struct rule_check *check, uint64_t address)
{
	struct elf_part code;
	const struct scan_isa *marked = code_marks_isa(&check->marks, address);
	check->view.isa = marked != NULL ? marked : check->plain_isa;
	for (unsigned i = 0; elf_part_code(check->file, i, &code); i++) {
		if (address - code.address < code.size) {
			check->view.bytes = code.bytes;
			check->view.size = code.size;
			check->view.address = code.address;
			return true;
		}
	}
	return false;
}

static bool keep_row(void *context, uint64_t start, uint64_t end, const struct unwind_rule *rule)
{
	struct rule_check *check = context;
	check->rows[check->n_rows++] = (struct rule_row){ start, end, *rule };
	return check->n_rows < RULE_CHECK_ROWS_MAX;
}

void rule_check_load(struct rule_check *check, const struct cfi_table *table,
		     const struct cfi_entry *entry)
{
	check->n_rows = 0;
	cfi_rows(table, entry, 0, keep_row, check);
}

const struct unwind_rule *rule_check_row(const struct rule_check *check, uint64_t pc)
{
	for (size_t i = 0; i < check->n_rows; i++) {
		if (pc >= check->rows[i].start && pc < check->rows[i].end) {
			return &check->rows[i].rule;
		}
	}
	return NULL;
}

static bool is_same_fp(const struct unwind_rule *a, const struct unwind_rule *b)
{
	return a->fp_place == b->fp_place && a->fp == b->fp;
}

// Whether what `rule` says of the caller's frame pointers is what the table says, or some other row, of
// one that is saved.
static bool are_fps_right(const struct rule_check *check, const struct unwind_rule *rule,
			  const struct unwind_rule *truth)
{
	bool is_fp = is_same_fp(rule, truth),
	     is_fp2 = rule->fp2 == truth->fp2 || rule->fp2 == RULE_FP2_LOST;
	for (size_t i = 0; i < check->n_rows; i++) {
		const struct unwind_rule *row = &check->rows[i].rule;
		bool is_frame = row->kind == RULE_FRAME;
		is_fp |= is_frame && rule->fp_place == RULE_AT_CFA && is_same_fp(row, rule);
		is_fp2 |= is_frame && rule->fp2 != 0 && row->fp2 == rule->fp2;
	}
	return is_fp && is_fp2;
}

uint64_t rule_check_skip_data(const struct rule_check *check, uint64_t pc, uint64_t end)
{
	bool has_data =
		check->view.isa != check->plain_isa || check->marks.target->has_mapping_symbols;
	return has_data ? code_marks_skip_data(&check->marks, pc, end) : pc;
}

// Without the ISA bit, which some machines' symbols have.
uint64_t rule_check_start(const struct rule_check *check, const struct cfi_entry *entry)
{
	return entry->start & ~(uint64_t)(check->view.isa->step - 1);
}

// Whether code of the entry changes sp by a register's value.
static bool is_sp_dynamic(const struct rule_check *check, const struct cfi_entry *entry)
{
	const struct scan_isa *isa = check->view.isa;
	struct scan_insn insn;
	for (uint64_t pc = rule_check_start(check, entry); pc < entry->end; pc += insn.size) {
		pc = rule_check_skip_data(check, pc, entry->end);
		scan_decode(&check->view, pc, &insn);
		bool is_sum = insn.op == SCAN_ADD || insn.op == SCAN_SUBTRACT;
		if (is_sum && insn.rd == isa->sp && insn.rs == isa->sp && insn.rt != isa->zero) {
			return true;
		}
	}
	return false;
}

enum { JUMPS_MAX = 512 }; // of one entry

// Where sp and a frame pointer are below the CFA, by an entry's code up to a place.
struct relation {
	int32_t sp, fp; // in the body
	int32_t called; // the deepest sp at a call
	int32_t here;   // sp at the place
	bool has_fp;
	bool is_changed; // the frame pointer serves for something else
	bool has_switch; // a jump by a table was seen, where sp was `at_switch`
	int32_t at_switch;
	struct {
		uint64_t target;
		int32_t sp;
	} jumps[JUMPS_MAX]; // to places further on
	size_t n_jumps;
};

static void keep_jump(struct relation *relation, uint64_t pc, const struct scan_insn *insn,
		      struct scan_value sp)
{
	bool is_jump = insn->op == SCAN_BRANCH || insn->op == SCAN_JUMP;
	if (is_jump && insn->target > pc && sp.kind == VALUE_SP && relation->n_jumps < JUMPS_MAX) {
		relation->jumps[relation->n_jumps].target = insn->target;
		relation->jumps[relation->n_jumps++].sp = sp.number;
	}
}

static bool leads_to(const struct relation *relation, uint64_t pc)
{
	for (size_t i = 0; i < relation->n_jumps; i++) {
		if (relation->jumps[i].target == pc) {
			return true;
		}
	}
	return false;
}

// At code that the one before does not go on to: sp is what it is at the jumps that lead there, which take_jumps puts
// in. Where none does it is one of a switch's cases; pushed arguments of a call before are none of its own.
static void begin_path(const struct relation *relation, uint64_t pc, struct scan_value *sp)
{
	if (leads_to(relation, pc)) {
		sp->kind = VALUE_ANY;
	} else if (relation->has_switch && sp->kind == VALUE_SP &&
		   relation->at_switch > sp->number) {
		sp->number = relation->at_switch;
	}
}

static bool ends_path(const struct scan_insn *insn)
{
	return insn->op == SCAN_RETURN || insn->op == SCAN_JUMP_REGISTER || insn->op == SCAN_JUMP;
}

// A call before may not have come back, and its arguments are still there where a jump leads over it.
static void take_jumps(const struct relation *relation, uint64_t pc, struct scan_value *sp)
{
	for (size_t i = 0; i < relation->n_jumps; i++) {
		bool is_higher = sp->kind != VALUE_SP || relation->jumps[i].sp > sp->number;
		if (relation->jumps[i].target == pc && is_higher) {
			*sp = (struct scan_value){ VALUE_SP, relation->jumps[i].sp };
		}
	}
}

// What a call before has popped of its arguments, where sp lacks it to be aligned at the next.
static int32_t popped_before(const struct scan_isa *isa, int32_t slot, int32_t sp)
{
	bool is_short = isa->is_ra_pushed && isa->sp_alignment > 2 * slot &&
			(sp + slot) % isa->sp_alignment == 0;
	return is_short ? slot : 0;
}

static void find_relation(const struct rule_check *check, const struct cfi_entry *entry,
			  uint64_t to, unsigned fp, struct relation *relation)
{
	const struct scan_isa *isa = check->view.isa;
	struct scan_machine machine;
	struct scan_insn insn;
	relation->sp = relation->fp = relation->called = relation->here = relation->at_switch = 0;
	relation->has_fp = relation->is_changed = relation->has_switch = false;
	relation->n_jumps = 0;
	scan_machine_at_entry(&machine, &check->view);
	bool is_new_path = false;
	for (uint64_t pc = rule_check_start(check, entry); pc < to; pc += insn.size) {
		pc = rule_check_skip_data(check, pc, entry->end);
		scan_machine_decode(&machine, &check->view, pc, &insn);
		struct scan_value *at = &machine.regs[machine.isa->sp];
		if (is_new_path) {
			begin_path(relation, pc, at);
		}
		is_new_path = isa->is_ra_pushed && ends_path(&insn);
		take_jumps(relation, pc, at);
		keep_jump(relation, pc, &insn, *at);
		if (insn.op == SCAN_JUMP_REGISTER && at->kind == VALUE_SP &&
		    !relation->has_switch) {
			relation->has_switch = true;
			relation->at_switch = at->number;
		}
		if (insn.op == SCAN_RETURN || insn.op == SCAN_JUMP_REGISTER) {
			continue;
		}
		if (insn.op == SCAN_CALL && at->kind == VALUE_SP) {
			at->number += popped_before(isa, check->view.slot_size, at->number);
		}
		scan_machine_execute(&machine, &insn);
		struct scan_value sp = *at, value = machine.regs[fp];
		if (sp.kind == VALUE_SP && sp.number < relation->sp) {
			relation->sp = sp.number;
		}
		if (insn.op == SCAN_CALL && sp.kind == VALUE_SP && sp.number < relation->called) {
			relation->called = sp.number;
		}
		relation->here = sp.kind == VALUE_SP ? sp.number : 0;
		if (value.kind == VALUE_SP && !relation->has_fp) {
			relation->has_fp = true;
			relation->fp = value.number;
		}
		relation->is_changed |= value.kind == VALUE_ANY || value.kind == VALUE_CONSTANT;
	}
}

// Whether the two count the same CFA, one from sp, one from a frame pointer, where sp and frame pointer
// differ by a constant in all of the function.
bool rule_check_is_same_cfa(const struct rule_check *check, const struct cfi_entry *entry,
			    uint64_t pc, const struct unwind_rule *a, const struct unwind_rule *b)
{
	const struct unwind_rule *by_sp = a->base == RULE_SP ? a : b;
	const struct unwind_rule *by_fp = a->base == RULE_SP ? b : a;
	const struct scan_isa *isa = check->view.isa;
	struct relation relation;
	if (a->base == b->base) {
		return a->cfa == b->cfa;
	}
	if (by_sp->base != RULE_SP || by_fp->base == RULE_SP || is_sp_dynamic(check, entry)) {
		return false;
	}
	unsigned fp = (by_fp->base == RULE_FP2) == isa->is_fp2_of_rules ? isa->fp : isa->fp2;
	find_relation(check, entry, pc, fp, &relation);
	bool is_sp = by_sp->cfa == -relation.sp ||
		     (isa->is_ra_pushed &&
		      (by_sp->cfa == -relation.here || by_sp->cfa == -relation.called));
	return relation.has_fp && !relation.is_changed && is_sp && by_fp->cfa == -relation.fp;
}

bool rule_check_is_right(const struct rule_check *check, const struct cfi_entry *entry, uint64_t pc,
			 const struct unwind_rule *rule, const struct unwind_rule *truth)
{
	if (rule->kind != truth->kind || rule->kind == RULE_OUTERMOST) {
		return rule->kind == truth->kind;
	}
	if (rule->ra_place != truth->ra_place || rule->ra != truth->ra) {
		return false;
	}
	if (!rule_check_is_same_cfa(check, entry, pc, rule, truth)) {
		return false;
	}
	return are_fps_right(check, rule, truth);
}
