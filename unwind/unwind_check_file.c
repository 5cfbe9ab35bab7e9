// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares what a scanner says of every call of an ELF file with what the file's tables say.
//
// A site is a call instruction within a table entry. The scanner answers for its return address, from
// code alone. The table's row at the last byte of the call, or at the return address if that is still
// in the entry, must agree in CFA, return address and frame pointer. Two answers that differ in words
// only are right as well: a frame pointer the table says is not stored yet, when it is stored in that
// place later on (the scanner sees the function from its end); and a CFA counted from sp where the table
// counts from fp, when sp and fp differ by a constant in all of the function.
#include "unwind/unwind_check.h"

#include "unwind/cfi.h"
#include "unwind/code_marks.h"
#include "unwind/exidx.h"
#include "unwind/scan.h"
#include "unwind/scan_targets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROWS_MAX = 4096, // of one entry
};

struct table_row {
	uint64_t start, end;
	struct unwind_rule rule;
};

struct check {
	const struct elf_image *file;
	const struct check_options *options;
	FILE *out;
	struct check_counts *counts;
	struct code_view view;
	struct scan_work work;
	struct table_row rows[ROWS_MAX];
	size_t n_rows;
	struct code_marks marks;
	struct exidx_table exidx; // empty: there is none
	const struct scan_isa *plain_isa;
};

static bool keep_row(void *context, uint64_t start, uint64_t end, const struct unwind_rule *rule)
{
	struct check *check = context;
	check->rows[check->n_rows++] = (struct table_row){ start, end, *rule };
	return check->n_rows < ROWS_MAX;
}

static const struct unwind_rule *row_at(const struct check *check, uint64_t pc)
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
static bool are_fps_right(const struct check *check, const struct unwind_rule *rule,
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

static uint64_t skip_data(const struct check *check, uint64_t pc, uint64_t end)
{
	bool has_data =
		check->view.isa != check->plain_isa || check->marks.target->has_mapping_symbols;
	return has_data ? code_marks_skip_data(&check->marks, pc, end) : pc;
}

// Without the ISA bit, which some machines' symbols have.
static uint64_t code_start(const struct check *check, const struct cfi_entry *entry)
{
	return entry->start & ~(uint64_t)(check->view.isa->step - 1);
}

// Whether code of the entry changes sp by a register's value.
static bool is_sp_dynamic(const struct check *check, const struct cfi_entry *entry)
{
	const struct scan_isa *isa = check->view.isa;
	struct scan_insn insn;
	for (uint64_t pc = code_start(check, entry); pc < entry->end; pc += insn.size) {
		pc = skip_data(check, pc, entry->end);
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

static void find_relation(const struct check *check, const struct cfi_entry *entry, uint64_t to,
			  unsigned fp, struct relation *relation)
{
	const struct scan_isa *isa = check->view.isa;
	struct scan_machine machine;
	struct scan_insn insn;
	relation->sp = relation->fp = relation->called = relation->here = 0;
	relation->has_fp = relation->is_changed = false;
	relation->n_jumps = 0;
	scan_machine_at_entry(&machine, &check->view);
	for (uint64_t pc = code_start(check, entry); pc < to; pc += insn.size) {
		pc = skip_data(check, pc, entry->end);
		scan_machine_decode(&machine, &check->view, pc, &insn);
		struct scan_value *at = &machine.regs[machine.isa->sp];
		take_jumps(relation, pc, at);
		keep_jump(relation, pc, &insn, *at);
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
static bool is_same_cfa(const struct check *check, const struct cfi_entry *entry, uint64_t pc,
			const struct unwind_rule *a, const struct unwind_rule *b)
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

static bool is_right(const struct check *check, const struct cfi_entry *entry, uint64_t pc,
		     const struct unwind_rule *rule, const struct unwind_rule *truth)
{
	if (rule->kind != truth->kind || rule->kind == RULE_OUTERMOST) {
		return rule->kind == truth->kind;
	}
	if (rule->ra_place != truth->ra_place || rule->ra != truth->ra) {
		return false;
	}
	if (!is_same_cfa(check, entry, pc, rule, truth)) {
		return false;
	}
	return are_fps_right(check, rule, truth);
}

static void print_rule(FILE *out, const char *name, const struct unwind_rule *rule)
{
	if (rule->kind != RULE_FRAME) {
		fprintf(out, " %s=%s", name,
			rule->kind == RULE_OUTERMOST ? "outermost" : "unknown");
		return;
	}
	static const char *const bases[] = { "sp", "fp", "*fp", "fp2" };
	fprintf(out, " %s=%s%+d,", name, bases[rule->base], (int)rule->cfa);
	if (rule->ra_place == RULE_AT_CFA) {
		fprintf(out, "ra%+d,", (int)rule->ra);
	} else {
		fprintf(out, "ra,");
	}
	if (rule->fp_place != RULE_IN_REGISTER) {
		fprintf(out, rule->fp_place == RULE_AT_CFA ? "fp%+d" : "fp*%+d", (int)rule->fp);
	} else {
		fprintf(out, "fp");
	}
	if (rule->fp2 != 0) {
		fprintf(out, ",fp2%+d", rule->fp2);
	}
}

static void list_site(struct check *check, const char *word, uint64_t pc,
		      const struct cfi_entry *entry, const struct unwind_rule *rule,
		      const struct unwind_rule *truth)
{
	fprintf(check->out, "%s 0x%" PRIx64 " in 0x%" PRIx64, word, pc, entry->start);
	print_rule(check->out, "scan", rule);
	print_rule(check->out, "table", truth);
	fprintf(check->out, " visited=%u\n", (unsigned)check->work.n_visited);
}

// What is to be compared.
static void find_rule(struct check *check, uint64_t pc, struct unwind_rule *rule)
{
	if (!check->options->is_exidx) {
		scan_rule(&check->view, pc, &check->work, rule);
	} else if (!exidx_rule(&check->exidx, pc - 1, rule) || rule->kind == RULE_BEYOND) {
		*rule = rule_of_kind(RULE_UNKNOWN);
	}
}

static void find_exidx(struct check *check)
{
	struct elf_part index, entries = { 0 };
	if (!elf_part_named(check->file, ".ARM.exidx", &index)) {
		return;
	}
	elf_part_named(check->file, ".ARM.extab", &entries);
	check->exidx = (struct exidx_table){
		.index = { index.bytes, index.size, index.address },
		.entries = { entries.bytes, entries.size, entries.address },
		.is_big_endian = check->file->is_big_endian,
	};
}

// What came of a site.
static void count_site(struct check *check, const struct cfi_entry *entry, uint64_t pc,
		       const struct unwind_rule *rule, const struct unwind_rule *truth,
		       bool is_right)
{
	struct check_counts *counts = check->counts;
	counts->n_sites++;
	counts->n_visited += check->work.n_visited;
	if (check->work.n_visited > counts->max_visited) {
		counts->max_visited = check->work.n_visited;
	}
	if (rule->kind == RULE_UNKNOWN) {
		counts->n_unknown++;
		if (check->options->lists_unknown) {
			list_site(check, "unknown", pc, entry, rule, truth);
		}
	} else if (is_right) {
		counts->n_right++;
	} else {
		counts->n_wrong++;
		if (check->options->lists_wrong) {
			list_site(check, "wrong", pc, entry, rule, truth);
		}
	}
}

static void check_site(struct check *check, const struct cfi_entry *entry, uint64_t pc)
{
	struct check_counts *counts = check->counts;
	struct unwind_rule rule;
	const struct unwind_rule *before = row_at(check, pc - 1);
	const struct unwind_rule *behind = row_at(check, pc);
	if (before == NULL || before->kind == RULE_UNKNOWN ||
	    (before->kind == RULE_FRAME && before->ra_place != RULE_AT_CFA)) {
		counts->n_tableless++;
		return;
	}
	if (check->options->is_cold) {
		memset(&check->work, 0, sizeof(check->work));
	}
	find_rule(check, pc, &rule);
	count_site(check, entry, pc, &rule, before,
		   is_right(check, entry, pc, &rule, before) ||
			   (behind != NULL && is_right(check, entry, pc, &rule, behind)));
}

// One register of the caller, as a rule has it: in the register, or at an offset from the CFA.
struct place {
	bool is_saved;
	int32_t offset;
};

// Whether two say the same of a register that is now `value`, and was stored in `slot`. Tables may be late:
// what was stored is still in the register, and what was loaded again is still in its slot.
static bool is_same_place(struct place scan, struct place table, struct scan_value value,
			  struct scan_value slot, enum scan_value_kind entry_kind)
{
	bool is_back = value.kind == VALUE_AT_SP || value.kind == VALUE_AT_FP ||
		       scan_value_is(value, entry_kind, 0);
	if (scan.is_saved == table.is_saved) {
		return !scan.is_saved || scan.offset == table.offset;
	}
	return scan.is_saved ? scan_value_is(slot, VALUE_SP, scan.offset) : is_back;
}

// Whether the two count the same CFA from registers that are as far apart as they say.
static bool is_same_now(const struct scan_machine *now, const struct unwind_rule *a,
			const struct unwind_rule *b)
{
	const struct unwind_rule *by_sp = a->base == RULE_SP ? a : b;
	const struct unwind_rule *by_fp = a->base == RULE_SP ? b : a;
	struct scan_value sp = now->regs[now->isa->sp], fp = now->regs[now->isa->fp];
	return by_sp->base == RULE_SP && by_fp->base == RULE_FP && !now->isa->is_fp2_of_rules &&
	       sp.kind == fp.kind && (sp.kind == VALUE_SP || sp.kind == VALUE_FP) &&
	       sp.number + by_sp->cfa == fp.number + by_fp->cfa;
}

static struct place fp2_place(const struct unwind_rule *rule)
{
	return (struct place){ rule->fp2 != RULE_FP2_IN_REGISTER, rule->fp2 };
}

// Whether the rule is right at an instruction, before which the code of the entry has come to `now`.
static bool is_right_now(const struct check *check, const struct cfi_entry *entry, uint64_t pc,
			 const struct scan_machine *now, const struct unwind_rule *rule,
			 const struct unwind_rule *truth)
{
	const struct scan_isa *isa = now->isa;
	struct place ra[2] = { { rule->ra_place == RULE_AT_CFA, rule->ra },
			       { truth->ra_place == RULE_AT_CFA, truth->ra } };
	struct place fp[2] = { { rule->fp_place != RULE_IN_REGISTER, rule->fp },
			       { truth->fp_place != RULE_IN_REGISTER, truth->fp } };
	return rule->kind == truth->kind &&
	       (is_same_cfa(check, entry, pc, rule, truth) || is_same_now(now, rule, truth)) &&
	       is_same_place(ra[0], ra[1], now->regs[isa->ra], now->ra_slot, VALUE_RA) &&
	       is_same_place(fp[0], fp[1], now->regs[isa->fp], now->fp_slot, VALUE_FP) &&
	       (isa->fp2 == 0 || rule->fp2 == RULE_FP2_LOST ||
		is_same_place(fp2_place(rule), fp2_place(truth), scan_fp2(now), now->fp2_slot,
			      VALUE_FP2));
}

// The same where the code is interrupted right before the instruction at `pc`.
static void check_interrupted(struct check *check, const struct cfi_entry *entry, uint64_t pc,
			      const struct scan_machine *now)
{
	const struct unwind_rule *truth = row_at(check, pc);
	struct unwind_rule rule;
	if (truth == NULL || truth->kind != RULE_FRAME) {
		check->counts->n_tableless++;
		return;
	}
	scan_interrupted(&check->view, pc, &check->work, &rule);
	count_site(check, entry, pc, &rule, truth,
		   is_right_now(check, entry, pc, now, &rule, truth));
}

static bool is_barrier(const struct scan_insn *insn)
{
	return (insn->op == SCAN_JUMP || insn->op == SCAN_JUMP_REGISTER ||
		insn->op == SCAN_RETURN || insn->op == SCAN_TRAP) &&
	       !insn->is_conditional;
}

// Whether an instruction does nothing: behind a jump it is padding.
static bool is_nothing(const struct scan_insn *insn, const struct scan_isa *isa)
{
	uint32_t zero = isa->zero < 32 ? UINT32_C(1) << isa->zero : 0;
	return insn->op == SCAN_OTHER && (insn->clobbers & ~zero) == 0;
}

// All instructions of an entry, but those in delay slots: where these are interrupted, their branch is
// what goes on.
static void check_every(struct check *check, const struct cfi_entry *entry)
{
	struct scan_insn insn = { 0 };
	struct scan_body body = { 0 };
	struct scan_machine now;
	bool is_behind_jump = false, is_behind_barrier = false, is_padding = false;
	scan_machine_at_entry(&now, &check->view);
	for (uint64_t pc = code_start(check, entry); pc < entry->end; pc += insn.size) {
		bool is_slot = insn.slot != SCAN_SLOT_NONE;
		struct scan_machine before = now;
		pc = skip_data(check, pc, entry->end);
		scan_machine_decode(&now, &check->view, pc, &insn);
		is_padding = (is_padding || is_behind_barrier) && is_nothing(&insn, now.isa);
		if (!is_slot && !is_padding) {
			check_interrupted(check, entry, pc, &before);
		}
		if (insn.op != SCAN_RETURN) {
			scan_machine_execute(&now, &insn);
		}
		scan_body_update(&body, &now, &insn, pc);
		is_behind_barrier =
			is_behind_jump || (is_barrier(&insn) && insn.slot == SCAN_SLOT_NONE);
		if (is_behind_barrier) {
			scan_body_restore(&body, &check->view, &now);
		}
		is_behind_jump = is_barrier(&insn) && insn.slot != SCAN_SLOT_NONE;
		if (insn.op == SCAN_CALL) {
			scan_machine_call(&now);
		}
	}
}

static void check_entry(struct check *check, const struct cfi_table *table,
			const struct cfi_entry *entry)
{
	struct scan_insn insn;
	check->n_rows = 0;
	cfi_rows(table, entry, keep_row, check);
	if (check->options->is_every) {
		check_every(check, entry);
		return;
	}
	for (uint64_t pc = code_start(check, entry); pc < entry->end; pc += insn.size) {
		struct scan_insn slot = { 0 };
		pc = skip_data(check, pc, entry->end);
		scan_decode(&check->view, pc, &insn);
		if (insn.op != SCAN_CALL) {
			continue;
		}
		if (insn.slot != SCAN_SLOT_NONE) {
			scan_decode(&check->view, pc + insn.size, &slot);
		}
		uint64_t back = pc + insn.size + (insn.slot != SCAN_SLOT_NONE ? slot.size : 0);
		// A branch-and-link to the next instruction only asks where it is.
		if (insn.target != back) {
			check_site(check, entry, back);
		}
	}
}

static bool set_view(struct check *check, uint64_t address)
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

// Returns whether there was such a table.
static bool check_table(struct check *check, const struct elf_image *image, const char *name)
{
	struct elf_part part;
	struct cfi_entry entry;
	if (!elf_part_named(image, name, &part)) {
		return false;
	}
	struct cfi_table table = {
		.bytes = part.bytes,
		.size = part.size,
		.address = part.address,
		.is_eh_frame = name[1] == 'e',
		.is_big_endian = image->is_big_endian,
		.word_size = image->is_wide ? 8 : 4,
		.sp = check->plain_isa->dwarf_sp,
		.fp = check->plain_isa->dwarf_fp,
		.fp2 = check->plain_isa->dwarf_fp2,
	};
	for (size_t at = 0; cfi_next(&table, &at, &entry);) {
		if (set_view(check, entry.start)) {
			uint64_t end = check->view.address + check->view.size;
			entry.end = entry.end < end ? entry.end : end;
			check_entry(check, &table, &entry);
		}
	}
	free(part.owned);
	return true;
}

const char *check_file(const struct elf_image *file, const struct elf_image *debug,
		       const struct check_options *options, FILE *out, struct check_counts *counts)
{
	static const char no_memory[] = "needs more memory than there is";
	static const char *const names[] = { ".eh_frame", ".debug_frame" };
	const struct scan_target *target = scan_target_of(file);
	if (target == NULL) {
		return "is of a machine without a scanner";
	}
	struct check *check = calloc(1, sizeof(*check));
	if (check == NULL) {
		return no_memory;
	}
	check->file = file;
	check->options = options;
	check->out = out;
	check->counts = counts;
	check->view.is_big_endian = file->is_big_endian;
	check->view.slot_size = scan_slot_size(file);
	check->plain_isa = target->choose != NULL ? target->choose(file) : target->isa;
	check->marks.target = target;
	find_exidx(check);
	unsigned n_tables = 0;
	bool has_memory = code_marks_add(&check->marks, file, ".dynsym") &&
			  code_marks_add(&check->marks, debug, ".symtab");
	code_marks_sort(&check->marks);
	for (unsigned i = 0; i < 2 && has_memory; i++) {
		n_tables += check_table(check, file, names[i]);
		n_tables += debug != file && check_table(check, debug, names[i]);
	}
	code_marks_free(&check->marks);
	free(check);
	if (!has_memory) {
		return no_memory;
	}
	return n_tables == 0 ? "has no unwind tables to compare with" : NULL;
}
