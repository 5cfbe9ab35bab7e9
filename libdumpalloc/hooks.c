// SPDX-License-Identifier: LGPL-2.1-or-later
// The C allocation functions that are called most, each in front of the real one.
#include "libdumpalloc/hooks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/often.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"

HOOK_REST void *trace_malloc(size_t size)
{
	TRACER_CALL(call, WIRE_KIND_MALLOC, size);
	void *block;

	if (!tracer_enter_often(&call, tracer_is_idle()))
		return real.malloc(size);
	block = real.malloc(size);
	tracer_alloc_often(&call, block);
	return block;
}

OFTEN_CODE EXPORT void *malloc(size_t size)
{
	return tracer_pass(size) ? real.malloc(size) : trace_malloc(size);
}

HOOK_REST void *trace_calloc(size_t count, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_CALLOC, hooks_product(count, size));
	void *block;

	if (!tracer_enter_often(&call, tracer_is_idle()))
		return real.calloc(count, size);
	block = real.calloc(count, size);
	tracer_alloc(&call, block);
	return block;
}

OFTEN_CODE EXPORT void *calloc(size_t count, size_t size)
{
	return tracer_pass(hooks_product(count, size)) ? real.calloc(count, size)
						       : trace_calloc(count, size);
}

HOOK_REST void *trace_realloc(void *block, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_REALLOC, size);
	bool is_boot = boot_owns(block);
	void *moved;

	if (!tracer_enter_often(&call, tracer_is_idle()))
		return is_boot ? real_realloc_boot(block, size) : real.realloc(block, size);
	if (is_boot || block == NULL) {
		moved = is_boot ? real_realloc_boot(block, size) : real.realloc(block, size);
		tracer_alloc(&call, moved);
		return moved;
	}
	tracer_realloc_begin(&call, block);
	moved = real.realloc(block, size);
	tracer_realloc_end(&call, block, moved);
	return moved;
}

OFTEN_CODE EXPORT void *realloc(void *block, size_t size)
{
	return tracer_pass_realloc(block, size) ? real.realloc(block, size)
						: trace_realloc(block, size);
}

// Blocks of the boot arena stay where they are; NULL is nobody's block, but may end in a real
// function that minds.
HOOK_REST void trace_free(void *block)
{
	if (tracer_release_is_inner(TRACER_FRAME()) && !boot_owns(block)) {
		real.free(block);
		return;
	}
	if (tracer_release_often(TRACER_FRAME(), WIRE_KIND_FREE, block, 0)) {
		real.free(block);
		tracer_release_end();
		return;
	}

	TRACER_CALL(call, WIRE_KIND_FREE, 0);

	if (boot_owns(block))
		return;
	if (block == NULL || !tracer_enter(&call)) {
		real.free(block);
		return;
	}
	tracer_free(&call, block);
	real.free(block);
	tracer_leave(&call);
}

OFTEN_CODE EXPORT void free(void *block)
{
	if (tracer_passes_release(block) && !boot_owns(block))
		real.free(block);
	else
		trace_free(block);
}
