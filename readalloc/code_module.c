// SPDX-License-Identifier: GPL-3.0-or-later
// The code of one module, as the check of call stacks looks at it: calls, jumps, and rules.
#include "code_module.h"

#include <stdlib.h>
#include <string.h>

#include "code_private.h"
#include "code_tables.h"
#include "elf_file.h"
#include "snapshot.h"
#include "symbols.h"
#include "unwind/scan.h"
#include "util.h"

enum {
	CALL_MAX = 16,          // bytes of a call and its delay slot
	FUNCTION_MAX = 1 << 16, // bytes of one whose end is not known
	JUMPS_MAX = 32,         // of a function
};

static bool images_open(struct code_module *code)
{
	if (code->file.elf == NULL || elf_open_fd(&code->image, code->file.fd) != NULL) {
		return false;
	}
	code->has_debug =
		code->file.debug_fd >= 0 && elf_open_fd(&code->debug, code->file.debug_fd) == NULL;
	return rule_check_open(&code->check, &code->image,
			       code->has_debug ? &code->debug : &code->image) == NULL;
}

struct code_module *code_module_open(const struct rootfs *rootfs,
				     const struct symbols_target *target,
				     const struct module *module)
{
	struct code_module *code = xcalloc(1, sizeof(*code));
	code->module = module;
	symbols_file_open(&code->file, rootfs, target, module, true);
	if (!images_open(code)) {
		code_module_close(code);
		return NULL;
	}
	elf_linkage_load(&code->linkage, code->file.elf);
	return code;
}

void code_module_close(struct code_module *code)
{
	if (code->tables != NULL) {
		code_tables_free(code->tables);
	}
	free(code->landings);
	for (size_t i = 0; i < code->n_jumps; i++) {
		free(code->jumps[i].list);
	}
	free(code->jumps);
	index_table_free(&code->jumps_index);
	rule_check_close(&code->check);
	elf_linkage_free(&code->linkage);
	elf_close(&code->image);
	elf_close(&code->debug);
	symbols_file_close(&code->file);
	free(code);
}

const struct elf_linkage *code_module_linkage(const struct code_module *code)
{
	return &code->linkage;
}

bool code_module_is_loader(const struct code_module *code)
{
	const char *slash = strrchr(code->module->path, '/');
	return strncmp(slash != NULL ? slash + 1 : code->module->path, "ld", 2) == 0;
}

// Turns to the code at `address`, which has its ISA bit. False: none is there.
static bool look_at(struct code_module *code, uint64_t address)
{
	if (!rule_check_look_at(&code->check, address & ~UINT64_C(1))) {
		return false;
	}
	code->check.view.isa = scan_isa_of(&code->image, address);
	return true;
}

// The call that ends at `pc`, where it is `size` bytes long with its delay slot.
static bool is_call(const struct code_view *view, uint64_t pc, unsigned size,
		    struct scan_insn *call)
{
	struct scan_insn slot = { 0 };
	scan_decode(view, pc - size, call);
	if (call->op != SCAN_CALL) {
		return false;
	}
	if (call->slot != SCAN_SLOT_NONE) {
		scan_decode(view, pc - size + call->size, &slot);
	}
	return call->size + (unsigned)slot.size == size;
}

// What is to be said where no call is.
static struct code_target no_call(const struct code_view *view, uint64_t pc)
{
	return (struct code_target){ .kind = scan_is_uncalled(view, pc) ? TARGET_HANDMADE
									: TARGET_NONE };
}

struct code_target code_module_call(struct code_module *code, uint64_t pc)
{
	const struct code_target none = { .kind = TARGET_NONE };
	uint64_t isa_bit = code_isa_bit(code, pc), bare = pc - isa_bit;
	// The call may be the last instruction of the code.
	if (!look_at(code, (bare - 2) | isa_bit)) {
		return none;
	}
	const struct code_view *view = &code->check.view;
	if (view->isa->is_behind_call != NULL) {
		code_address target = 0;
		if (!view->isa->is_behind_call(view, bare, &target)) {
			return no_call(view, bare);
		}
		return target != 0 ? code_target_at(code, target)
				   : (struct code_target){ .kind = TARGET_UNKNOWN };
	}
	struct scan_insn call;
	for (unsigned size = view->isa->step; size <= CALL_MAX; size += view->isa->step) {
		if (is_call(view, bare, size, &call)) {
			return code_target_of(code, bare - size, &call, isa_bit);
		}
	}
	return no_call(view, bare);
}

bool code_module_function(const struct code_module *code, uint64_t address, uint64_t *start)
{
	const struct elf_function *function = elf_file_function_before(code->file.elf, address);
	*start = function != NULL ? function->address : 0;
	return function != NULL;
}

// Where the function at `bare` ends, more or less.
static uint64_t function_end(const struct code_module *code, uint64_t bare)
{
	const struct elf_function *function = elf_file_function(code->file.elf, bare);
	uint64_t most = bare + FUNCTION_MAX;
	return function != NULL && function->end < most ? function->end : most;
}

static void jump_add(struct code_jumps *jumps, const struct code_target *target)
{
	for (size_t i = 0; i < jumps->n; i++) {
		if (jumps->list[i].address == target->address &&
		    jumps->list[i].name == target->name) {
			return;
		}
	}
	if (target->kind == TARGET_UNKNOWN || jumps->n == JUMPS_MAX) {
		jumps->is_open = true;
		return;
	}
	jumps->list = xrealloc(jumps->list, jumps->n + 1, sizeof(*jumps->list));
	jumps->list[jumps->n++] = *target;
}

static void jumps_find(struct code_module *code, struct code_jumps *jumps)
{
	uint64_t isa_bit = code_isa_bit(code, jumps->address), bare = jumps->address - isa_bit;
	uint64_t end = function_end(code, bare);
	struct scan_insn insn;
	jumps->is_open = end - bare == FUNCTION_MAX;
	if (!look_at(code, jumps->address)) {
		jumps->is_open = true;
		return;
	}
	for (uint64_t pc = bare; pc < end; pc += insn.size) {
		pc = rule_check_skip_data(&code->check, pc, end);
		scan_decode(&code->check.view, pc, &insn);
		bool is_by_register =
			insn.op == SCAN_JUMP_REGISTER && insn.rs != code->check.view.isa->ra;
		bool leaves = is_by_register || ((insn.op == SCAN_JUMP || insn.op == SCAN_BRANCH) &&
						 (insn.target < bare || insn.target >= end));
		if (leaves) {
			struct code_target target = code_target_of(code, pc, &insn, isa_bit);
			jump_add(jumps, &target);
		}
	}
}

const struct code_jumps *code_module_jumps(struct code_module *code, uint64_t address)
{
	uint32_t hash = hash_pair(address, 0), step = 0, at;
	while ((at = index_table_next(&code->jumps_index, hash, &step)) != INDEX_NONE) {
		if (code->jumps[at].address == address) {
			return &code->jumps[at];
		}
	}
	if (code->n_jumps == code->jumps_room) {
		code->jumps_room = grown_capacity(code->n_jumps, 0);
		code->jumps = xrealloc(code->jumps, code->jumps_room, sizeof(*code->jumps));
	}
	index_table_add(&code->jumps_index, hash, (uint32_t)code->n_jumps);
	struct code_jumps *jumps = &code->jumps[code->n_jumps++];
	*jumps = (struct code_jumps){ .address = address };
	jumps_find(code, jumps);
	return jumps;
}

enum code_rule code_module_rule(struct code_module *code, uint64_t pc)
{
	if (code->tables == NULL) {
		code->tables = code_tables_new(&code->check, &code->image,
					       code->has_debug ? &code->debug : &code->image);
	}
	uint64_t isa_bit = code_isa_bit(code, pc);
	return code_tables_compare(code->tables, pc - isa_bit, scan_isa_of(&code->image, pc));
}
