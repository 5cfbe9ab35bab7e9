// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads call frame information: entries, and their instructions as rows of rules.
//
// The encoding is DWARF 5 section 6.4 and, for .eh_frame, the Linux Standard Base, core part,
// section 10.6. Only the CFA, the return address and the frame pointer are followed.
#include "unwind/cfi.h"

#include "unwind/cfi_cursor.h"

enum { REMEMBER_MAX = 16 };

enum column_kind {
	COLUMN_SAME,
	COLUMN_OFFSET,
	COLUMN_UNDEFINED,
	COLUMN_AT_FP, // at the frame pointer + offset
	COLUMN_OTHER, // another expression or register
};

struct column {
	uint8_t kind; // enum column_kind
	int64_t offset;
};

struct row {
	uint64_t cfa_register;
	int64_t cfa_offset;
	bool is_cfa_simple; // register + offset
	bool is_cfa_word;   // the word at register + offset
	struct column ra, fp, fp2;
};

struct execution {
	const struct cfi_table *table;
	const struct cfi_entry *entry;
	cfi_row_function *give;
	void *context;
	uint64_t pc, from;
	struct row row, initial;
	struct row remembered[REMEMBER_MAX];
	unsigned n_remembered;
	bool is_done;
};

// The register the CFA is counted from. False: none that a rule knows.
static bool row_base(const struct cfi_table *table, const struct row *row, enum rule_base *base)
{
	if (row->is_cfa_word) {
		*base = RULE_WORD_AT_FP;
		return row->cfa_register == table->fp;
	}
	if (!row->is_cfa_simple) {
		return false;
	}
	*base = RULE_FP2;
	if (row->cfa_register == table->sp) {
		*base = RULE_SP;
	} else if (row->cfa_register == table->fp) {
		*base = RULE_FP;
	}
	return *base != RULE_FP2 || (table->fp2 != 0 && row->cfa_register == table->fp2);
}

static struct unwind_rule row_rule(const struct cfi_table *table, const struct row *row)
{
	struct unwind_rule rule = rule_of_kind(RULE_UNKNOWN);
	enum rule_base base;
	if (row->ra.kind == COLUMN_UNDEFINED) {
		return rule_of_kind(RULE_OUTERMOST);
	}
	if (!row_base(table, row, &base) || row->ra.kind == COLUMN_AT_FP ||
	    row->ra.kind == COLUMN_OTHER || row->fp.kind == COLUMN_OTHER ||
	    row->cfa_offset != (int32_t)row->cfa_offset ||
	    row->ra.offset != (int32_t)row->ra.offset ||
	    row->fp.offset != (int32_t)row->fp.offset || row->fp2.kind > COLUMN_OFFSET ||
	    row->fp2.offset != (int16_t)row->fp2.offset) {
		return rule;
	}
	rule.kind = RULE_FRAME;
	rule.base = base;
	rule.cfa = (int32_t)row->cfa_offset;
	if (row->ra.kind == COLUMN_OFFSET) {
		rule.ra_place = RULE_AT_CFA;
		rule.ra = (int32_t)row->ra.offset;
	}
	if (row->fp.kind == COLUMN_OFFSET || row->fp.kind == COLUMN_AT_FP) {
		rule.fp_place = row->fp.kind == COLUMN_OFFSET ? RULE_AT_CFA : RULE_AT_FP;
		rule.fp = (int32_t)row->fp.offset;
	}
	rule.fp2 = (int16_t)row->fp2.offset;
	return rule;
}

static void give_row(struct execution *execution, uint64_t end)
{
	if (end > execution->entry->end) {
		end = execution->entry->end;
	}
	if (end <= execution->pc || execution->give == NULL) {
		return;
	}
	struct unwind_rule rule = row_rule(execution->table, &execution->row);
	if (!execution->give(execution->context, execution->pc, end, &rule)) {
		execution->is_done = true;
	}
}

static void advance(struct execution *execution, uint64_t delta)
{
	uint64_t pc = execution->pc + delta * execution->entry->code_factor;
	// Most entries have dozens of rows, of which one is wanted.
	if (pc > execution->from) {
		give_row(execution, pc);
	}
	if (pc < execution->pc || pc >= execution->entry->end) {
		execution->is_done = true;
	}
	execution->pc = pc;
}

static void set_column(struct execution *execution, uint64_t reg, enum column_kind kind,
		       int64_t offset)
{
	bool has_offset = kind == COLUMN_OFFSET || kind == COLUMN_AT_FP;
	struct column column = { (uint8_t)kind, has_offset ? offset : 0 };
	if (reg == execution->entry->ra) {
		execution->row.ra = column;
	} else if (reg == execution->table->fp) {
		execution->row.fp = column;
	} else if (reg == execution->table->fp2 && reg != 0) {
		execution->row.fp2 = column;
	}
}

static void restore_column(struct execution *execution, uint64_t reg)
{
	if (reg == execution->entry->ra) {
		execution->row.ra = execution->initial.ra;
	} else if (reg == execution->table->fp) {
		execution->row.fp = execution->initial.fp;
	} else if (reg == execution->table->fp2) {
		execution->row.fp2 = execution->initial.fp2;
	}
}

static void set_cfa(struct execution *execution, uint64_t reg, int64_t offset)
{
	execution->row.cfa_register = reg;
	execution->row.cfa_offset = offset;
	execution->row.is_cfa_simple = true;
	execution->row.is_cfa_word = false;
}

// Whether the expression is what gcc says of frames that align the stack: frame pointer + offset,
// and, if `is_word`, the word there. Moves behind the expression.
static bool take_at_fp(struct execution *execution, struct cfi_cursor *cursor, bool is_word,
		       int64_t *offset)
{
	enum { OP_DEREF = 0x06, OP_BREG0 = 0x70 };
	uint64_t size = cfi_uleb(cursor);
	struct cfi_cursor inner = *cursor;
	cfi_skip(cursor, size);
	inner.end = cursor->at;
	bool is_fp = cfi_byte(&inner) == OP_BREG0 + (uint64_t)execution->table->fp;
	*offset = cfi_sleb(&inner);
	return is_fp && (!is_word || cfi_byte(&inner) == OP_DEREF) && !inner.is_bad &&
	       inner.at == inner.end;
}

static int64_t factored(const struct execution *execution, uint64_t number)
{
	return (int64_t)(number * (uint64_t)execution->entry->data_factor);
}

// The instructions without operands in their first byte. False: not known, so that no later row can be.
static bool execute_extended(struct execution *execution, struct cfi_cursor *cursor,
			     unsigned opcode)
{
	uint64_t reg;
	int64_t offset;
	bool is_simple;
	switch (opcode) {
	case 0x00: // nop
		return true;
	case 0x01: // set_loc
		execution->is_done = true;
		return false;
	case 0x02: // advance_loc1, 2, 4; MIPS_advance_loc8
		advance(execution, cfi_byte(cursor));
		return true;
	case 0x03:
		advance(execution, cfi_number(cursor, 2));
		return true;
	case 0x04:
		advance(execution, cfi_number(cursor, 4));
		return true;
	case 0x1d:
		advance(execution, cfi_number(cursor, 8));
		return true;
	case 0x05: // offset_extended
		reg = cfi_uleb(cursor);
		set_column(execution, reg, COLUMN_OFFSET, factored(execution, cfi_uleb(cursor)));
		return true;
	case 0x06: // restore_extended
		restore_column(execution, cfi_uleb(cursor));
		return true;
	case 0x07: // undefined
		set_column(execution, cfi_uleb(cursor), COLUMN_UNDEFINED, 0);
		return true;
	case 0x08: // same_value
		set_column(execution, cfi_uleb(cursor), COLUMN_SAME, 0);
		return true;
	case 0x09: // register
		set_column(execution, cfi_uleb(cursor), COLUMN_OTHER, 0);
		cfi_uleb(cursor);
		return true;
	case 0x0a: // remember_state
		if (execution->n_remembered == REMEMBER_MAX) {
			return false;
		}
		execution->remembered[execution->n_remembered++] = execution->row;
		return true;
	case 0x0b: // restore_state
		if (execution->n_remembered == 0) {
			return false;
		}
		execution->row = execution->remembered[--execution->n_remembered];
		return true;
	case 0x0c: // def_cfa
		reg = cfi_uleb(cursor);
		set_cfa(execution, reg, (int64_t)cfi_uleb(cursor));
		return true;
	case 0x0d: // def_cfa_register
		execution->row.cfa_register = cfi_uleb(cursor);
		return true;
	case 0x0e: // def_cfa_offset
		execution->row.cfa_offset = (int64_t)cfi_uleb(cursor);
		return true;
	case 0x0f: // def_cfa_expression
		is_simple = take_at_fp(execution, cursor, true, &offset);
		set_cfa(execution, execution->table->fp, offset);
		execution->row.is_cfa_simple = false;
		execution->row.is_cfa_word = is_simple;
		return true;
	case 0x10: // expression
		reg = cfi_uleb(cursor);
		is_simple = take_at_fp(execution, cursor, false, &offset);
		set_column(execution, reg, is_simple ? COLUMN_AT_FP : COLUMN_OTHER, offset);
		return true;
	case 0x16: // val_expression
		set_column(execution, cfi_uleb(cursor), COLUMN_OTHER, 0);
		cfi_skip(cursor, cfi_uleb(cursor));
		return true;
	case 0x11: // offset_extended_sf
		reg = cfi_uleb(cursor);
		set_column(execution, reg, COLUMN_OFFSET,
			   factored(execution, (uint64_t)cfi_sleb(cursor)));
		return true;
	case 0x12: // def_cfa_sf
		reg = cfi_uleb(cursor);
		set_cfa(execution, reg, factored(execution, (uint64_t)cfi_sleb(cursor)));
		return true;
	case 0x13: // def_cfa_offset_sf
		execution->row.cfa_offset = factored(execution, (uint64_t)cfi_sleb(cursor));
		return true;
	case 0x14: // val_offset, val_offset_sf
	case 0x15:
		set_column(execution, cfi_uleb(cursor), COLUMN_OTHER, 0);
		cfi_uleb(cursor);
		return true;
	case 0x2d: // GNU_window_save; on AArch64 negate_ra_state
		return true;
	case 0x2e: // GNU_args_size
		cfi_uleb(cursor);
		return true;
	default:
		return false;
	}
}

static bool execute_one(struct execution *execution, struct cfi_cursor *cursor)
{
	unsigned byte = cfi_byte(cursor);
	switch (byte >> 6) {
	case 1: // advance_loc
		advance(execution, byte & 63);
		return true;
	case 2: // offset
		set_column(execution, byte & 63, COLUMN_OFFSET,
			   factored(execution, cfi_uleb(cursor)));
		return true;
	case 3: // restore
		restore_column(execution, byte & 63);
		return true;
	default:
		return execute_extended(execution, cursor, byte);
	}
}

// False: something in it cannot be understood.
static bool execute(struct execution *execution, size_t from, size_t to)
{
	struct cfi_cursor cursor = cfi_cursor_over(execution->table, from, to);
	while (cursor.at < cursor.end && !execution->is_done) {
		if (!execute_one(execution, &cursor) || cursor.is_bad) {
			return false;
		}
	}
	return true;
}

void cfi_rows(const struct cfi_table *table, const struct cfi_entry *entry, uint64_t from,
	      cfi_row_function *row, void *context)
{
	struct execution execution = {
		.table = table, .entry = entry, .context = context, .from = from
	};
	execution.pc = entry->start;
	execution.row.is_cfa_simple = true; // MIPS tables begin with def_cfa_register alone
	bool is_good = execute(&execution, entry->common, entry->common_end);
	execution.initial = execution.row;
	execution.give = row;
	is_good = is_good && execute(&execution, entry->instructions, entry->instructions_end);
	if (!is_good) {
		execution.row.is_cfa_simple = execution.row.is_cfa_word = false;
	}
	if (!execution.is_done) {
		give_row(&execution, entry->end);
	}
}
