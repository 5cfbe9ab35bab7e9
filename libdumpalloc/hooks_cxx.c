// SPDX-License-Identifier: LGPL-2.1-or-later
// The C++ allocation operators that are called most, each in front of the real one.
//
// Exceptions pass through these functions: they are built with -fexceptions and hold nothing that
// would have to be given back. What a throwing operator leaves in the tracer's state is recognised
// there.
#include "libdumpalloc/hooks_cxx.h"

#include <stddef.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/often.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"
#include "libdumpalloc/tracer_seldom.h"

// Parameter lists and what is handed on. All name the size or block first.
#define TYPES_NEW          (size_t size)
#define TYPES_DELETE       (void *block)
#define TYPES_DELETE_SIZED (void *block, size_t size)

#define JOIN_OF(a, b) a##b
#define JOIN(a, b)    JOIN_OF(a, b)
#define SLOT(symbol)  JOIN(slot, symbol)
#define TRACE(symbol) JOIN(trace, symbol)

// Of code that is to be small there is one copy for all operators.
#ifdef __OPTIMIZE_SIZE__
#define SHARED static __attribute__((noinline))
#else
#define SHARED static inline __attribute__((always_inline))
#endif

SHARED void *find(struct real_operator *slot, const void *own, uintptr_t pc)
{
	return real_operator_find(slot, own, pc);
}

// Begins the call; the operator behind the hook, or NULL.
SHARED void *new_begin(struct tracer_call *call, struct real_operator *slot, const void *own)
{
	void *found = find(slot, own, call->start.pc);

	call->is_event = tracer_enter_often(call, tracer_is_idle());
	return found;
}

SHARED void *new_end(struct tracer_call *call, void *block)
{
	if (call->is_event)
		tracer_alloc(call, block);
	return block;
}

SHARED bool passes_new(const struct real_operator *slot, size_t size)
{
	return tracer_passes_new(size) && real_operator_is_known(slot);
}

// Of an operator that takes a size alone; not in the hook, which is to need no frame.
static __attribute__((noinline)) void *pass_new(const struct real_operator *slot, size_t size)
{
	size_t left = thread_self.sample.left;
	void *block = ((void *(*)(size_t))real_operator_known(slot))(size);

	tracer_pass_new(size, left);
	return block;
}

#define NEW(symbol, kind, types, arguments)                                                        \
	EXPORT void *symbol types;                                                                 \
	OFTEN_DATA static struct real_operator SLOT(symbol) = { .name = STRING(symbol) };          \
                                                                                                   \
	HOOK_REST void *TRACE(symbol) types                                                        \
	{                                                                                          \
		TRACER_CALL(call, kind, size);                                                     \
		void *(*real_new)types =                                                           \
			(void *(*)types)new_begin(&call, &SLOT(symbol), (const void *)symbol);     \
		void *block = real_new != NULL ? real_new arguments                                \
					       : hooks_new_without_library(size, 0);               \
                                                                                                   \
		return new_end(&call, block);                                                      \
	}                                                                                          \
                                                                                                   \
	OFTEN_CODE EXPORT void *symbol types                                                       \
	{                                                                                          \
		return passes_new(&SLOT(symbol), size) ? pass_new(&SLOT(symbol), size)             \
						       : TRACE(symbol) arguments;                  \
	}

enum release {
	RELEASE_SLOWLY, // nothing is recorded yet
	RELEASE_INNER,  // nothing is to be
	RELEASE_DONE,
};

SHARED enum release release(uintptr_t frame, enum wire_kind kind, void *block, size_t size)
{
	if (tracer_release_is_inner(frame))
		return RELEASE_INNER;
	return tracer_release_often(frame, kind, block, size) ? RELEASE_DONE : RELEASE_SLOWLY;
}

// Where code is to be small that is left to tracer_pass_release.
static inline bool passes_release(const struct real_operator *slot, const void *block)
{
#ifdef __OPTIMIZE_SIZE__
	(void)slot;
	(void)block;
	return false;
#else
	return tracer_passes_release(block) && real_operator_is_known(slot);
#endif
}

#define DELETE(symbol, kind, told, types, arguments)                                               \
	EXPORT void symbol types;                                                                  \
	OFTEN_DATA static struct real_operator SLOT(symbol) = { .name = STRING(symbol) };          \
                                                                                                   \
	HOOK_REST void TRACE(symbol) types                                                         \
	{                                                                                          \
		void(*real_delete) types =                                                         \
			(void(*) types)find(&SLOT(symbol), (const void *)symbol,                   \
					    (uintptr_t)__builtin_return_address(0));               \
		enum release how = real_delete != NULL                                             \
					   ? release(TRACER_FRAME(), kind, block, told)            \
					   : RELEASE_SLOWLY;                                       \
                                                                                                   \
		if (how != RELEASE_SLOWLY) {                                                       \
			real_delete arguments;                                                     \
			if (how == RELEASE_DONE)                                                   \
				tracer_release_end();                                              \
			return;                                                                    \
		}                                                                                  \
                                                                                                   \
		TRACER_CALL(call, kind, told);                                                     \
		tracer_free_begin(&call, block);                                                   \
		if (real_delete != NULL)                                                           \
			real_delete arguments;                                                     \
		else                                                                               \
			real.free(block);                                                          \
		tracer_free_end(&call);                                                            \
	}                                                                                          \
                                                                                                   \
	OFTEN_CODE EXPORT void symbol types                                                        \
	{                                                                                          \
		if (passes_release(&SLOT(symbol), block))                                          \
			((void(*) types)real_operator_known(&SLOT(symbol))) arguments;             \
		else                                                                               \
			TRACE(symbol) arguments;                                                   \
	}

NEW(SIZED(_Znw, ), WIRE_KIND_NEW, TYPES_NEW, (size))
NEW(SIZED(_Zna, ), WIRE_KIND_NEW_ARRAY, TYPES_NEW, (size))

DELETE(_ZdlPv, WIRE_KIND_DELETE, ENCODER_NO_SIZE, TYPES_DELETE, (block))
DELETE(_ZdaPv, WIRE_KIND_DELETE_ARRAY, ENCODER_NO_SIZE, TYPES_DELETE, (block))
DELETE(SIZED(_ZdlPv, ), WIRE_KIND_DELETE, size, TYPES_DELETE_SIZED, (block, size))
