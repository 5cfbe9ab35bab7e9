// SPDX-License-Identifier: LGPL-2.1-or-later
// The C allocation functions, each in front of the real one.
#include "libdumpalloc/hooks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"

// What the caller asks for in all; a product that overflows is recorded as the largest size.
static size_t product(size_t count, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(count, size, &total) ? SIZE_MAX : total;
}

EXPORT void *malloc(size_t size)
{
	TRACER_CALL(call, WIRE_KIND_MALLOC, size);
	void *block;

	if (!tracer_enter_often(&call))
		return real.malloc(size);
	block = real.malloc(size);
	tracer_alloc_often(&call, block);
	return block;
}

EXPORT void *calloc(size_t count, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_CALLOC, product(count, size));
	void *block;

	if (!tracer_enter_often(&call))
		return real.calloc(count, size);
	block = real.calloc(count, size);
	tracer_alloc(&call, block);
	return block;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_MEMALIGN, size);
	void *block;

	if (!tracer_enter(&call))
		return real.memalign(alignment, size);
	block = real.memalign(alignment, size);
	tracer_alloc(&call, block);
	return block;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_ALIGNED_ALLOC, size);
	void *block;

	if (!tracer_enter(&call))
		return real.aligned_alloc(alignment, size);
	block = real.aligned_alloc(alignment, size);
	tracer_alloc(&call, block);
	return block;
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_POSIX_MEMALIGN, size);
	int error;

	if (!tracer_enter(&call))
		return real.posix_memalign(block, alignment, size);
	error = real.posix_memalign(block, alignment, size);
	if (error == 0)
		tracer_alloc(&call, *block);
	else
		tracer_fail(&call, error);
	return error;
}

EXPORT void *valloc(size_t size)
{
	TRACER_CALL(call, WIRE_KIND_VALLOC, size);
	void *block;

	if (!tracer_enter(&call))
		return real.valloc(size);
	block = real.valloc(size);
	tracer_alloc(&call, block);
	return block;
}

EXPORT void *pvalloc(size_t size)
{
	TRACER_CALL(call, WIRE_KIND_PVALLOC, size);
	void *block;

	if (!tracer_enter(&call))
		return real.pvalloc(size);
	block = real.pvalloc(size);
	tracer_alloc(&call, block);
	return block;
}

EXPORT void *realloc(void *block, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_REALLOC, size);
	bool is_boot = boot_owns(block);
	void *moved;

	if (!tracer_enter_often(&call))
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

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_REALLOCARRAY, product(count, size));
	bool is_boot = boot_owns(block);
	void *moved;

	if (!tracer_enter(&call))
		return is_boot ? real_realloc_boot(block, call.size)
			       : real.reallocarray(block, count, size);
	if (is_boot || block == NULL) {
		moved = is_boot ? real_realloc_boot(block, call.size)
				: real.reallocarray(block, count, size);
		tracer_alloc(&call, moved);
		return moved;
	}
	tracer_realloc_begin(&call, block);
	moved = real.reallocarray(block, count, size);
	tracer_realloc_end(&call, block, moved);
	return moved;
}

// Blocks of the boot arena stay where they are; NULL is nobody's block, but may end in a real
// function that minds.
EXPORT void free(void *block)
{
	if (tracer_release_is_inner(TRACER_FRAME()) && !boot_owns(block)) {
		real.free(block);
		return;
	}
	if (tracer_release_often(TRACER_FRAME(), WIRE_KIND_FREE, block)) {
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

EXPORT void cfree(void *block)
{
	TRACER_CALL(call, WIRE_KIND_CFREE, 0);

	if (boot_owns(block))
		return;
	if (block == NULL || !tracer_enter(&call)) {
		real.cfree(block);
		return;
	}
	tracer_free(&call, block);
	real.cfree(block);
	tracer_leave(&call);
}

EXPORT void free_sized(void *block, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_FREE_SIZED, 0);

	if (boot_owns(block))
		return;
	if (block == NULL || !tracer_enter(&call)) {
		real.free_sized(block, size);
		return;
	}
	tracer_free(&call, block);
	real.free_sized(block, size);
	tracer_leave(&call);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_FREE_ALIGNED_SIZED, 0);

	if (boot_owns(block))
		return;
	if (block == NULL || !tracer_enter(&call)) {
		real.free_aligned_sized(block, alignment, size);
		return;
	}
	tracer_free(&call, block);
	real.free_aligned_sized(block, alignment, size);
	tracer_leave(&call);
}
