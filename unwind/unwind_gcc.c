// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks by the compiler's unwind tables, through _Unwind_Backtrace of libgcc.
#include "unwind/unwind_gcc.h"

#include <unwind.h>

#include "unwind/walk.h"

// Weak: the compiler's library is large and seldom wanted, and is not linked for this file's sake.
// (ARM's compilers make of the first two inline functions that call others.)
#pragma weak _Unwind_Backtrace
#if defined(__arm__)
#pragma weak _Unwind_VRS_Get
#define GET _Unwind_VRS_Get
#else
#pragma weak _Unwind_GetIPInfo
#define GET _Unwind_GetIPInfo
#endif

#define STRING_OF(symbol) #symbol
#define STRING(symbol)    STRING_OF(symbol)

static struct {
	__typeof__(&_Unwind_Backtrace) backtrace;
	__typeof__(&GET) get;
} library = { _Unwind_Backtrace, GET };

struct gcc_walk {
	struct unwind_stack *stack;
	uintptr_t start; // the hook's return address, ISA bit aside
	bool is_outside; // the hook's caller has been reached
};

// Bit 0 of a code address says Thumb, MIPS16 or microMIPS; unwinders differ in keeping it.
static const uintptr_t isa_bit = 1;

// The frame's program counter; and whether it was interrupted by a signal there.
static uintptr_t context_pc(struct _Unwind_Context *context, bool *is_exact)
{
#if defined(__arm__)
	// With its Thumb bit, which _Unwind_GetIP takes away. This unwinder does not say the other thing.
	uint32_t pc = 0;

	library.get(context, _UVRSC_CORE, 15, _UVRSD_UINT32, &pc);
	*is_exact = false;
	return pc;
#else
	int is_before = 0;
	uintptr_t pc = library.get(context, &is_before);

	*is_exact = is_before != 0;
	return pc;
#endif
}

// Whatever is not _URC_NO_REASON ends the walk; this code exists in every ABI.
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *argument)
{
	struct gcc_walk *walk = argument;
	struct unwind_stack *stack = walk->stack;
	bool is_exact;
	uintptr_t pc = context_pc(context, &is_exact);

	if ((pc & ~isa_bit) == 0) {
		// The frame outside the outermost one, as entry code marks it.
		if (walk->is_outside)
			stack->cut = UNWIND_WHOLE;
		return _URC_END_OF_STACK;
	}
	if (!walk->is_outside) {
		walk->is_outside = (pc | isa_bit) == walk->start;
		return _URC_NO_REASON;
	}
	// The frame inside an interrupted one is the trampoline, which nobody has called either.
	if (is_exact)
		stack->hows[stack->n_pcs - 1] |= UNWIND_EXACT;
	return walk_push(stack, pc, UNWIND_BY_GCC | (is_exact ? UNWIND_EXACT : 0))
		       ? _URC_NO_REASON
		       : _URC_END_OF_STACK;
}

void walk_gcc(const struct unwind_start *start, const struct unwind_context *context,
	      struct unwind_stack *stack)
{
	struct gcc_walk walk = { .stack = stack, .start = start->pc | isa_bit };

	(void)context;
	library.backtrace(take_frame, &walk);
}

bool unwind_has_gcc(void)
{
	return library.backtrace != NULL && library.get != NULL;
}

bool unwind_find_gcc(void *(*find)(const char *name))
{
	if (!unwind_has_gcc()) {
		*(void **)&library.get = find(STRING(GET));
		*(void **)&library.backtrace = find("_Unwind_Backtrace");
	}
	return unwind_has_gcc();
}
