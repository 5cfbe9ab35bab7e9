// SPDX-License-Identifier: LGPL-2.1-or-later
// Counts 32-bit MIPS instructions that do nothing of interest, without decoding them.
#include "unwind/scan_mips_form.h"
#include "unwind/scan_mips_insn.h"

#define BIT(reg) (UINT32_C(1) << (reg))
#define FRAME    (BIT(MIPS_SP) | BIT(MIPS_FP) | BIT(MIPS_RA) | BIT(MIPS_S1))
#define ANY      UINT32_MAX

// Of a dull word the register that is written or stored is not of `never`. Of a body it is not of `reg`,
// and those that are read are not of `rs` and `rt`, if something is known of them.
static const struct interest {
	uint32_t never, reg, rs, rt;
} interests[FORM_BRANCH_NOT_NEGATIVE + 1] = {
	[FORM_STORE] = { BIT(MIPS_RA), ANY, 0, 0 },
	[FORM_STORE_WIDE] = { BIT(MIPS_RA), ANY, 0, 0 },
	[FORM_WRITES] = { FRAME, 0, 0, 0 },
	[FORM_LOAD] = { FRAME, 0, 0, 0 },
	[FORM_LOAD_WIDE] = { FRAME, 0, 0, 0 },
	[FORM_ADD_CONSTANT] = { FRAME, 0, ANY, 0 },
	[FORM_OR_CONSTANT] = { FRAME, 0, ANY, 0 },
	[FORM_UPPER] = { FRAME | BIT(MIPS_GP), 0, 0, 0 },
	[FORM_ADD] = { FRAME, 0, ANY, ANY },
	[FORM_SUBTRACT] = { FRAME, 0, ANY, ANY },
	[FORM_OR] = { FRAME, 0, ANY, ANY },
};

static inline bool is_changed(const struct code_view *view, uint32_t word)
{
	return view->isa == &scan_mips_r6 && mips_is_changed_in_r6(word);
}

static inline bool is_call(enum mips_form form, unsigned reg)
{
	return form == FORM_CALL || form == FORM_CALL_BRANCH ||
	       (form == FORM_CALL_REGISTER && reg != 0);
}

static bool is_branch(uint32_t word, enum mips_form form)
{
	unsigned rs = mips_rs(word);
	return form == FORM_BRANCH || (form == FORM_BRANCH_EQUAL && rs != mips_rt(word)) ||
	       (form == FORM_BRANCH_NOT_NEGATIVE && rs != 0);
}

static bool is_plain(const struct code_view *view, uint32_t word)
{
	unsigned reg;
	enum mips_form form = mips_form_of(word, &reg);
	return form <= FORM_OR && (interests[form].never >> reg & 1) == 0 &&
	       !is_changed(view, word);
}

static code_address target_of(uint32_t word, const struct code_view *view, const uint8_t *bytes)
{
	code_address pc = view->address + (code_address)(bytes - view->bytes);
	return pc + 4 + (code_address)((int64_t)mips_signed(word, 16) * 4);
}

// Where nothing is known of registers. Loops of two kinds are faster than one of both.
static __attribute__((noinline)) uint32_t count_plain(const struct code_view *view,
						      const uint8_t *bytes, uint32_t n_max,
						      bool is_body, struct scan_dull *dull)
{
	bool is_slot = false, has_called = false;
	uint32_t n, slots = 0;
	for (n = 0; n < n_max; n++, bytes += 4) {
		uint32_t word = code_word(view, bytes);
		unsigned reg;
		enum mips_form form = mips_form_of(word, &reg);
		if (is_changed(view, word)) {
			break;
		}
		if (form <= FORM_OR && (interests[form].never >> reg & 1) == 0) {
			slots |= (uint32_t)is_slot << (n & 31);
			has_called |= is_slot;
			is_slot = false;
			continue;
		}
		if (is_slot) {
			break;
		}
		is_slot = is_call(form, reg);
		if (!is_slot && !is_branch(word, form)) {
			break;
		}
		if (!is_slot && !is_body) {
			if (n + 1 < n_max && is_plain(view, code_word(view, bytes + 4))) {
				dull->target = target_of(word, view, bytes);
			}
			break;
		}
	}
	dull->slots = slots;
	dull->has_called = has_called;
	return n - is_slot; // a call and its slot, or none
}

static inline bool is_dull_in_body(const struct scan_sieve *sieve, uint32_t word,
				   enum mips_form form, unsigned reg)
{
	const struct interest *interest = &interests[form];
	unsigned rs = mips_rs(word), rt = mips_rt(word);
	uint32_t live = sieve->live, found;
	found = (interest->never | (interest->reg & live)) >> reg |
		((interest->rs & live) | sieve->based) >> rs | (interest->rt & live) >> rt;
	return (found & 1) == 0 && (form <= FORM_OR || is_branch(word, form));
}

static __attribute__((noinline)) uint32_t count_in_body(const struct code_view *view,
							const uint8_t *bytes, uint32_t n_max,
							const struct scan_sieve *sieve,
							struct scan_dull *dull)
{
	uint32_t n, written = 0, computed = 0, clobbers = 0;
	for (n = 0; n < n_max; n++, bytes += 4) {
		uint32_t word = code_word(view, bytes);
		unsigned reg;
		enum mips_form form = mips_form_of(word, &reg);
		if (is_changed(view, word)) {
			break;
		}
		if (clobbers == 0 && is_call(form, reg)) {
			clobbers = view->isa->call_clobbers;
			continue;
		}
		if (form > (clobbers == 0 ? FORM_BRANCH_NOT_NEGATIVE : FORM_OR) ||
		    !is_dull_in_body(sieve, word, form, reg)) {
			break;
		}
		if (form >= FORM_WRITES && form <= FORM_OR) {
			written |= BIT(reg);
			computed = form >= FORM_ADD_CONSTANT ? computed | BIT(reg)
							     : computed & ~BIT(reg);
		}
		if (clobbers != 0) { // the delay slot is over
			dull->has_called = true;
			written |= clobbers;
			computed &= ~clobbers;
			clobbers = 0;
		}
	}
	dull->written = written;
	dull->computed = computed;
	return n - (clobbers != 0);
}

uint32_t mips32_count_dull(const struct code_view *view, code_address pc, uint32_t n_max,
			   const struct scan_sieve *sieve, struct scan_dull *dull)
{
	code_address at = pc - view->address;
	*dull = (struct scan_dull){ 0 };
	if (at >= view->size) {
		return 0;
	}
	if ((view->size - at) / 4 < n_max) {
		n_max = (uint32_t)((view->size - at) / 4);
	}
	if (!sieve->is_body || (sieve->live | sieve->based) == 0) {
		return count_plain(view, view->bytes + at, n_max, sieve->is_body, dull);
	}
	return count_in_body(view, view->bytes + at, n_max, sieve, dull);
}
