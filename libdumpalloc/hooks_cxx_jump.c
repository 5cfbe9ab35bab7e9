// SPDX-License-Identifier: LGPL-2.1-or-later
// The C++ allocation operators that are called most, in place of hooks_cxx.c where code is to be small: one copy of what they do, to
// which each jumps. See there for exceptions.
#include "libdumpalloc/hooks_cxx.h"

#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/tracer_seldom.h"

struct often {
	struct real_operator real;
	const void *own; // the hook
	enum wire_kind kind;
};

HOOK_SHARED void *trace_new(size_t size, struct often *often)
{
	TRACER_CALL(call, often->kind, size);
	void *found = real_operator_find(&often->real, often->own, call.start.pc);
	bool is_event = tracer_enter_often(&call, tracer_is_idle());
	void *block = found != NULL ? ((void *(*)(size_t))found)(size)
				    : hooks_new_without_library(size, 0);

	if (is_event)
		tracer_alloc(&call, block);
	return block;
}

// An operator that takes no size does not look at it: it is ENCODER_NO_SIZE.
HOOK_SHARED void trace_delete(void *block, size_t size, struct often *often)
{
	void *found = real_operator_find(&often->real, often->own,
					 (uintptr_t)__builtin_return_address(0));
	void (*real_delete)(void *, size_t) = (void (*)(void *, size_t))found;
	bool is_inner = tracer_release_is_inner(TRACER_FRAME());

	if (found != NULL &&
	    (is_inner || tracer_release_often(TRACER_FRAME(), often->kind, block, size))) {
		real_delete(block, size);
		if (!is_inner)
			tracer_release_end();
		return;
	}

	TRACER_CALL(call, often->kind, size);
	tracer_free_begin(&call, block);
	if (found != NULL)
		real_delete(block, size);
	else
		real.free(block);
	tracer_free_end(&call);
}

// Not in the hook, which is to need no frame.
static __attribute__((noinline)) void *pass_new(size_t size, const struct often *often)
{
	size_t left = thread_self.sample.left;
	void *block = ((void *(*)(size_t))real_operator_known(&often->real))(size);

	tracer_pass_new(size, left);
	return block;
}

static inline bool passes_new(size_t size, const struct often *often)
{
	return tracer_passes_new(size) && real_operator_is_known(&often->real);
}

#define OFTEN(symbol, wire_kind)                                                                   \
	static struct often often = { .real.name = STRING(symbol),                                 \
				      .own = (const void *)symbol,                                 \
				      .kind = (wire_kind) }

#define NEW(symbol, kind)                                                                          \
	EXPORT void *symbol(size_t size);                                                          \
	EXPORT void *symbol(size_t size)                                                           \
	{                                                                                          \
		OFTEN(symbol, kind);                                                               \
		return passes_new(size, &often) ? pass_new(size, &often)                           \
						: trace_new(size, &often);                         \
	}
#define DELETE(symbol, kind)                                                                       \
	EXPORT void symbol(void *block);                                                           \
	EXPORT void symbol(void *block)                                                            \
	{                                                                                          \
		OFTEN(symbol, kind);                                                               \
		trace_delete(block, ENCODER_NO_SIZE, &often);                                      \
	}
#define DELETE_SIZED(symbol, kind)                                                                 \
	EXPORT void symbol(void *block, size_t size);                                              \
	EXPORT void symbol(void *block, size_t size)                                               \
	{                                                                                          \
		OFTEN(symbol, kind);                                                               \
		trace_delete(block, size, &often);                                                 \
	}

NEW(SIZED(_Znw, ), WIRE_KIND_NEW)
NEW(SIZED(_Zna, ), WIRE_KIND_NEW_ARRAY)

DELETE(_ZdlPv, WIRE_KIND_DELETE)
DELETE(_ZdaPv, WIRE_KIND_DELETE_ARRAY)
DELETE_SIZED(SIZED(_ZdlPv, ), WIRE_KIND_DELETE)
