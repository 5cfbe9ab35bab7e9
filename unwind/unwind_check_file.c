// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares what a scanner says of every call of an ELF file with what the file's tables say.
//
// A site is a call instruction within a table entry. The scanner answers for its return address, from
// code alone, and is compared with the tables (rule_check.h).
#include "unwind/unwind_check.h"

#include "unwind/exidx.h"
#include "unwind/rule_check.h"
#include "unwind/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct check {
	struct rule_check rule;
	const struct check_options *options;
	FILE *out;
	struct check_counts *counts;
	struct scan_work work;
	struct exidx_table exidx; // empty: there is none
};

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
		scan_rule(&check->rule.view, pc, &check->work, rule);
	} else if (!exidx_rule(&check->exidx, pc - 1, rule) || rule->kind == RULE_BEYOND) {
		*rule = rule_of_kind(RULE_UNKNOWN);
	}
}

static void find_exidx(struct check *check)
{
	struct elf_part index, entries = { 0 };
	if (!elf_part_named(check->rule.file, ".ARM.exidx", &index)) {
		return;
	}
	elf_part_named(check->rule.file, ".ARM.extab", &entries);
	check->exidx = (struct exidx_table){
		.index = { index.bytes, index.size, index.address },
		.entries = { entries.bytes, entries.size, entries.address },
		.is_big_endian = check->rule.file->is_big_endian,
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
	const struct unwind_rule *before = rule_check_row(&check->rule, pc - 1);
	const struct unwind_rule *behind = rule_check_row(&check->rule, pc);
	if (!rule_check_is_row(before)) {
		counts->n_tableless++;
		return;
	}
	if (check->options->is_cold) {
		memset(&check->work, 0, sizeof(check->work));
	}
	find_rule(check, pc, &rule);
	count_site(check, entry, pc, &rule, before,
		   rule_check_is_right(&check->rule, entry, pc, &rule, before) ||
			   (behind != NULL &&
			    rule_check_is_right(&check->rule, entry, pc, &rule, behind)));
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
	       (rule_check_is_same_cfa(&check->rule, entry, pc, rule, truth) ||
		is_same_now(now, rule, truth)) &&
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
	const struct unwind_rule *truth = rule_check_row(&check->rule, pc);
	struct unwind_rule rule;
	if (truth == NULL || truth->kind != RULE_FRAME) {
		check->counts->n_tableless++;
		return;
	}
	scan_interrupted(&check->rule.view, pc, &check->work, &rule);
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
	scan_machine_at_entry(&now, &check->rule.view);
	for (uint64_t pc = rule_check_start(&check->rule, entry); pc < entry->end;
	     pc += insn.size) {
		bool is_slot = insn.slot != SCAN_SLOT_NONE;
		struct scan_machine before = now;
		pc = rule_check_skip_data(&check->rule, pc, entry->end);
		scan_machine_decode(&now, &check->rule.view, pc, &insn);
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
			scan_body_restore(&body, &check->rule.view, &now);
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
	rule_check_load(&check->rule, table, entry);
	if (check->options->is_every) {
		check_every(check, entry);
		return;
	}
	for (uint64_t pc = rule_check_start(&check->rule, entry); pc < entry->end;
	     pc += insn.size) {
		struct scan_insn slot = { 0 };
		pc = rule_check_skip_data(&check->rule, pc, entry->end);
		scan_decode(&check->rule.view, pc, &insn);
		if (insn.op != SCAN_CALL) {
			continue;
		}
		if (insn.slot != SCAN_SLOT_NONE) {
			scan_decode(&check->rule.view, pc + insn.size, &slot);
		}
		uint64_t back = pc + insn.size + (insn.slot != SCAN_SLOT_NONE ? slot.size : 0);
		// A branch-and-link to the next instruction only asks where it is.
		if (insn.target != back) {
			check_site(check, entry, back);
		}
	}
}

// Returns whether there was such a table.
static bool check_table(struct check *check, const struct elf_image *image, const char *name)
{
	struct elf_part part;
	struct cfi_entry entry;
	struct cfi_table table;
	if (!rule_check_table(&check->rule, image, name, &part, &table)) {
		return false;
	}
	for (size_t at = 0; cfi_next(&table, &at, &entry);) {
		if (rule_check_look_at(&check->rule, entry.start)) {
			uint64_t end = check->rule.view.address + check->rule.view.size;
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
	static const char *const names[] = { ".eh_frame", ".debug_frame" };
	struct check *check = calloc(1, sizeof(*check));
	if (check == NULL) {
		return "needs more memory than there is";
	}
	check->options = options;
	check->out = out;
	check->counts = counts;
	const char *error = rule_check_open(&check->rule, file, debug);
	unsigned n_tables = 0;
	if (error == NULL) {
		find_exidx(check);
	}
	for (unsigned i = 0; i < 2 && error == NULL; i++) {
		n_tables += check_table(check, file, names[i]);
		n_tables += debug != file && check_table(check, debug, names[i]);
	}
	rule_check_close(&check->rule);
	free(check);
	if (error != NULL) {
		return error;
	}
	return n_tables == 0 ? "has no unwind tables to compare with" : NULL;
}
