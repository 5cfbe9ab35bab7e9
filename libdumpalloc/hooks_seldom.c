// SPDX-License-Identifier: LGPL-2.1-or-later
// The C allocation functions that are called seldom, each in front of the real one.
#include "libdumpalloc/hooks.h"

#include <stdlib.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/tracer_seldom.h"

EXPORT void *memalign(size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_MEMALIGN, size);

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, real.memalign(alignment, size));
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_ALIGNED_ALLOC, size);

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, real.aligned_alloc(alignment, size));
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

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, real.valloc(size));
}

EXPORT void *pvalloc(size_t size)
{
	TRACER_CALL(call, WIRE_KIND_PVALLOC, size);

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, real.pvalloc(size));
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_REALLOCARRAY, hooks_product(count, size));
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

EXPORT void cfree(void *block)
{
	TRACER_CALL(call, WIRE_KIND_CFREE, 0);

	if (boot_owns(block))
		return;
	tracer_free_begin(&call, block);
	real.cfree(block);
	tracer_free_end(&call);
}

EXPORT void free_sized(void *block, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_FREE_SIZED, 0);

	if (boot_owns(block))
		return;
	tracer_free_begin(&call, block);
	real.free_sized(block, size);
	tracer_free_end(&call);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	TRACER_CALL(call, WIRE_KIND_FREE_ALIGNED_SIZED, 0);

	if (boot_owns(block))
		return;
	tracer_free_begin(&call, block);
	real.free_aligned_sized(block, alignment, size);
	tracer_free_end(&call);
}
