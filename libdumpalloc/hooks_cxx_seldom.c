// SPDX-License-Identifier: LGPL-2.1-or-later
// The C++ allocation operators that are called seldom, each in front of the real one; see hooks_cxx.c for exceptions.
#include "libdumpalloc/hooks_cxx.h"

#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/tracer_seldom.h"

// There is one copy of what all hooks do: what an operator takes beside the size or block is a word to it, and one that takes
// fewer than two words more does not look at the rest.
typedef void *new_function(size_t size, uintptr_t second, uintptr_t third);
typedef void delete_function(void *block, uintptr_t second, uintptr_t third);

struct seldom {
	struct real_operator real;
	const void *own; // the hook
	enum wire_kind kind;
	bool is_aligned;   // its second word is an alignment
	uintptr_t no_size; // of a release: 0, or ENCODER_NO_SIZE: its second word is no size
};

void *hooks_new_without_library(size_t size, size_t alignment)
{
	if (size == 0)
		size = 1;
	return alignment != 0 ? real.memalign(alignment, size) : real.malloc(size);
}

static __attribute__((noinline)) void *trace_new(struct tracer_call *call, struct seldom *seldom,
						 uintptr_t second, uintptr_t third)
{
	void *found = real_operator_find(&seldom->real, seldom->own, call->start.pc);
	void *block;

	tracer_alloc_begin(call);
	if (found != NULL)
		block = ((new_function *)found)(call->size, second, third);
	else
		block = hooks_new_without_library(call->size, seldom->is_aligned ? second : 0);
	return tracer_alloc_end(call, block);
}

static __attribute__((noinline)) void trace_delete(struct tracer_call *call, struct seldom *seldom,
						   void *block, uintptr_t second, uintptr_t third)
{
	void *found = real_operator_find(&seldom->real, seldom->own, call->start.pc);

	tracer_free_begin(call, block);
	if (found != NULL)
		((delete_function *)found)(block, second, third);
	else
		real.free(block);
	tracer_free_end(call);
}

HOOK_SHARED void *new_of(size_t size, uintptr_t second, uintptr_t third, struct seldom *seldom)
{
	TRACER_CALL(call, seldom->kind, size);

	return trace_new(&call, seldom, second, third);
}

HOOK_SHARED void delete_of(void *block, uintptr_t second, uintptr_t third, struct seldom *seldom)
{
	TRACER_CALL(call, seldom->kind, second | seldom->no_size);

	trace_delete(&call, seldom, block, second, third);
}

#define SELDOM(symbol, wire_kind, has_alignment, has_size)                                         \
	static struct seldom seldom = { .real.name = STRING(symbol),                               \
					.own = (const void *)symbol,                               \
					.kind = (wire_kind),                                       \
					.is_aligned = (has_alignment),                             \
					.no_size = (has_size) ? 0 : ENCODER_NO_SIZE }

// std::nothrow_t is passed by reference, std::align_val_t as a size_t.
#define NEW_NOTHROW(symbol, kind)                                                                  \
	EXPORT void *symbol(size_t size, const void *nothrow);                                     \
	EXPORT void *symbol(size_t size, const void *nothrow)                                      \
	{                                                                                          \
		SELDOM(symbol, kind, false, false);                                                \
		return new_of(size, (uintptr_t)nothrow, 0, &seldom);                               \
	}
#define NEW_ALIGNED(symbol, kind)                                                                  \
	EXPORT void *symbol(size_t size, size_t alignment);                                        \
	EXPORT void *symbol(size_t size, size_t alignment)                                         \
	{                                                                                          \
		SELDOM(symbol, kind, true, false);                                                 \
		return new_of(size, alignment, 0, &seldom);                                        \
	}
#define NEW_ALIGNED_NOTHROW(symbol, kind)                                                          \
	EXPORT void *symbol(size_t size, size_t alignment, const void *nothrow);                   \
	EXPORT void *symbol(size_t size, size_t alignment, const void *nothrow)                    \
	{                                                                                          \
		SELDOM(symbol, kind, true, false);                                                 \
		return new_of(size, alignment, (uintptr_t)nothrow, &seldom);                       \
	}
#define DELETE(symbol, kind, has_size, type)                                                       \
	EXPORT void symbol(void *block, type second);                                              \
	EXPORT void symbol(void *block, type second)                                               \
	{                                                                                          \
		SELDOM(symbol, kind, false, has_size);                                             \
		delete_of(block, (uintptr_t)second, 0, &seldom);                                   \
	}
#define DELETE_ALIGNED(symbol, kind, has_size, second_type, third_type)                            \
	EXPORT void symbol(void *block, second_type second, third_type third);                     \
	EXPORT void symbol(void *block, second_type second, third_type third)                      \
	{                                                                                          \
		SELDOM(symbol, kind, true, has_size);                                              \
		delete_of(block, (uintptr_t)second, (uintptr_t)third, &seldom);                    \
	}

NEW_NOTHROW(SIZED(_Znw, RKSt9nothrow_t), WIRE_KIND_NEW)
NEW_NOTHROW(SIZED(_Zna, RKSt9nothrow_t), WIRE_KIND_NEW_ARRAY)
NEW_ALIGNED(SIZED(_Znw, St11align_val_t), WIRE_KIND_NEW_ALIGNED)
NEW_ALIGNED(SIZED(_Zna, St11align_val_t), WIRE_KIND_NEW_ARRAY_ALIGNED)
NEW_ALIGNED_NOTHROW(SIZED(_Znw, St11align_val_tRKSt9nothrow_t), WIRE_KIND_NEW_ALIGNED)
NEW_ALIGNED_NOTHROW(SIZED(_Zna, St11align_val_tRKSt9nothrow_t), WIRE_KIND_NEW_ARRAY_ALIGNED)

DELETE(_ZdlPvRKSt9nothrow_t, WIRE_KIND_DELETE, false, const void *)
DELETE(_ZdaPvRKSt9nothrow_t, WIRE_KIND_DELETE_ARRAY, false, const void *)
DELETE(SIZED(_ZdaPv, ), WIRE_KIND_DELETE_ARRAY, true, size_t)
DELETE(_ZdlPvSt11align_val_t, WIRE_KIND_DELETE_ALIGNED, false, size_t)
DELETE(_ZdaPvSt11align_val_t, WIRE_KIND_DELETE_ARRAY_ALIGNED, false, size_t)
DELETE_ALIGNED(_ZdlPvSt11align_val_tRKSt9nothrow_t, WIRE_KIND_DELETE_ALIGNED, false, size_t,
	       const void *)
DELETE_ALIGNED(_ZdaPvSt11align_val_tRKSt9nothrow_t, WIRE_KIND_DELETE_ARRAY_ALIGNED, false, size_t,
	       const void *)
DELETE_ALIGNED(SIZED(_ZdlPv, St11align_val_t), WIRE_KIND_DELETE_ALIGNED, true, size_t, size_t)
DELETE_ALIGNED(SIZED(_ZdaPv, St11align_val_t), WIRE_KIND_DELETE_ARRAY_ALIGNED, true, size_t, size_t)
