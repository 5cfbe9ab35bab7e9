// SPDX-License-Identifier: LGPL-2.1-or-later
// The C allocation functions that are called seldom, each in front of the real one.
#include "libdumpalloc/hooks.h"

#include <stdlib.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/tracer_seldom.h"

// The real function is found by the time of the call, so what is handed on is where it stands.
typedef void *aligned_function(size_t alignment, size_t size);
typedef void *paged_function(size_t size);
// One that takes fewer words beside the block does not look at the rest.
typedef void release_function(void *block, size_t first, size_t second);

struct release {
	enum wire_kind kind;
	void *function;
};

HOOK_SHARED void *aligned_of(size_t alignment, size_t size, enum wire_kind kind,
			     aligned_function **function)
{
	TRACER_CALL(call, kind, size);

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, (*function)(alignment, size));
}

HOOK_SHARED void *paged_of(size_t size, enum wire_kind kind, paged_function **function)
{
	TRACER_CALL(call, kind, size);

	tracer_alloc_begin(&call);
	return tracer_alloc_end(&call, (*function)(size));
}

HOOK_SHARED void release_of(void *block, size_t first, size_t second, const struct release *release)
{
	TRACER_CALL(call, release->kind, ENCODER_NO_SIZE);

	if (boot_owns(block))
		return;
	tracer_free_begin(&call, block);
	(*(release_function **)release->function)(block, first, second);
	tracer_free_end(&call);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	return aligned_of(alignment, size, WIRE_KIND_MEMALIGN, &real.memalign);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	return aligned_of(alignment, size, WIRE_KIND_ALIGNED_ALLOC, &real.aligned_alloc);
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
	return paged_of(size, WIRE_KIND_VALLOC, &real.valloc);
}

EXPORT void *pvalloc(size_t size)
{
	return paged_of(size, WIRE_KIND_PVALLOC, &real.pvalloc);
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
	static const struct release release = { WIRE_KIND_CFREE, &real.cfree };

	release_of(block, 0, 0, &release);
}

EXPORT void free_sized(void *block, size_t size)
{
	static const struct release release = { WIRE_KIND_FREE_SIZED, &real.free_sized };

	release_of(block, size, 0, &release);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	static const struct release release = { WIRE_KIND_FREE_ALIGNED_SIZED,
						&real.free_aligned_sized };

	release_of(block, alignment, size, &release);
}
