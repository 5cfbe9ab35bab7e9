// SPDX-License-Identifier: LGPL-2.1-or-later
// The C++ allocation operators, each in front of the real one.
//
// Exceptions pass through these functions: they are built with -fexceptions and hold nothing that
// would have to be given back. What a throwing operator leaves in the tracer's state is recognised
// there.
#include "libdumpalloc/hooks.h"

#include <stddef.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer.h"

// size_t is `unsigned long` where addresses have 64 bits, `unsigned int` elsewhere.
#ifdef __LP64__
#define SIZED(before, after) before##m##after
#else
#define SIZED(before, after) before##j##after
#endif

// Parameter lists (std::nothrow_t is passed by reference, std::align_val_t as a size_t) and what is
// handed on. All name the size or block first.
#define TYPES_NEW                    (size_t size)
#define TYPES_NEW_NOTHROW            (size_t size, const void *nothrow)
#define TYPES_NEW_ALIGNED            (size_t size, size_t alignment)
#define TYPES_NEW_ALIGNED_NOTHROW    (size_t size, size_t alignment, const void *nothrow)
#define TYPES_DELETE                 (void *block)
#define TYPES_DELETE_NOTHROW         (void *block, const void *nothrow)
#define TYPES_DELETE_SIZED           (void *block, size_t size)
#define TYPES_DELETE_ALIGNED         (void *block, size_t alignment)
#define TYPES_DELETE_ALIGNED_NOTHROW (void *block, size_t alignment, const void *nothrow)
#define TYPES_DELETE_ALIGNED_SIZED   (void *block, size_t size, size_t alignment)

// Without a C++ library to be found a request is malloc's, which throws nothing.
static void *new_without_library(size_t size, size_t alignment)
{
	if (size == 0)
		size = 1;
	return alignment != 0 ? real.memalign(alignment, size) : real.malloc(size);
}

#define STRING_OF(symbol) #symbol
#define STRING(symbol)    STRING_OF(symbol)

#define NEW(symbol, enter, kind, types, arguments, alignment)                                      \
	EXPORT void *symbol types;                                                                 \
	EXPORT void *symbol types                                                                  \
	{                                                                                          \
		static struct real_operator slot = { .name = STRING(symbol) };                     \
		TRACER_CALL(call, kind, size);                                                     \
		void *(*real_new)types = (void *(*)types)real_operator_find(                       \
			&slot, (const void *)symbol, call.start.pc);                               \
		bool is_event = enter(&call);                                                      \
		void *block = real_new != NULL ? real_new arguments                                \
					       : new_without_library(size, alignment);             \
                                                                                                   \
		if (is_event)                                                                      \
			tracer_alloc(&call, block);                                                \
		return block;                                                                      \
	}

// For operators that are called seldom there is no quick way.
#define OFTEN  true
#define RARELY false

#define DELETE(symbol, is_often, kind, types, arguments)                                           \
	EXPORT void symbol types;                                                                  \
	EXPORT void symbol types                                                                   \
	{                                                                                          \
		static struct real_operator slot = { .name = STRING(symbol) };                     \
		void(*real_delete) types = (void(*) types)real_operator_find(                      \
			&slot, (const void *)symbol, (uintptr_t)__builtin_return_address(0));      \
                                                                                                   \
		if (is_often && real_delete != NULL && tracer_release_is_inner(TRACER_FRAME())) {  \
			real_delete arguments;                                                     \
			return;                                                                    \
		}                                                                                  \
		if (is_often && real_delete != NULL &&                                             \
		    tracer_release_often(TRACER_FRAME(), kind, block)) {                           \
			real_delete arguments;                                                     \
			tracer_release_end();                                                      \
			return;                                                                    \
		}                                                                                  \
                                                                                                   \
		TRACER_CALL(call, kind, 0);                                                        \
		bool is_event = block != NULL && tracer_enter(&call);                              \
                                                                                                   \
		if (is_event)                                                                      \
			tracer_free(&call, block);                                                 \
		if (real_delete != NULL)                                                           \
			real_delete arguments;                                                     \
		else                                                                               \
			real.free(block);                                                          \
		if (is_event)                                                                      \
			tracer_leave(&call);                                                       \
	}

NEW(SIZED(_Znw, ), tracer_enter_often, WIRE_KIND_NEW, TYPES_NEW, (size), 0)
NEW(SIZED(_Zna, ), tracer_enter_often, WIRE_KIND_NEW_ARRAY, TYPES_NEW, (size), 0)
NEW(SIZED(_Znw, RKSt9nothrow_t), tracer_enter, WIRE_KIND_NEW, TYPES_NEW_NOTHROW, (size, nothrow), 0)
NEW(SIZED(_Zna, RKSt9nothrow_t), tracer_enter, WIRE_KIND_NEW_ARRAY, TYPES_NEW_NOTHROW,
    (size, nothrow), 0)
NEW(SIZED(_Znw, St11align_val_t), tracer_enter, WIRE_KIND_NEW, TYPES_NEW_ALIGNED, (size, alignment),
    alignment)
NEW(SIZED(_Zna, St11align_val_t), tracer_enter, WIRE_KIND_NEW_ARRAY, TYPES_NEW_ALIGNED,
    (size, alignment), alignment)
NEW(SIZED(_Znw, St11align_val_tRKSt9nothrow_t), tracer_enter, WIRE_KIND_NEW,
    TYPES_NEW_ALIGNED_NOTHROW, (size, alignment, nothrow), alignment)
NEW(SIZED(_Zna, St11align_val_tRKSt9nothrow_t), tracer_enter, WIRE_KIND_NEW_ARRAY,
    TYPES_NEW_ALIGNED_NOTHROW, (size, alignment, nothrow), alignment)

DELETE(_ZdlPv, OFTEN, WIRE_KIND_DELETE, TYPES_DELETE, (block))
DELETE(_ZdaPv, OFTEN, WIRE_KIND_DELETE_ARRAY, TYPES_DELETE, (block))
DELETE(_ZdlPvRKSt9nothrow_t, RARELY, WIRE_KIND_DELETE, TYPES_DELETE_NOTHROW, (block, nothrow))
DELETE(_ZdaPvRKSt9nothrow_t, RARELY, WIRE_KIND_DELETE_ARRAY, TYPES_DELETE_NOTHROW, (block, nothrow))
DELETE(SIZED(_ZdlPv, ), OFTEN, WIRE_KIND_DELETE, TYPES_DELETE_SIZED, (block, size))
DELETE(SIZED(_ZdaPv, ), RARELY, WIRE_KIND_DELETE_ARRAY, TYPES_DELETE_SIZED, (block, size))
DELETE(_ZdlPvSt11align_val_t, RARELY, WIRE_KIND_DELETE, TYPES_DELETE_ALIGNED, (block, alignment))
DELETE(_ZdaPvSt11align_val_t, RARELY, WIRE_KIND_DELETE_ARRAY, TYPES_DELETE_ALIGNED,
       (block, alignment))
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, RARELY, WIRE_KIND_DELETE, TYPES_DELETE_ALIGNED_NOTHROW,
       (block, alignment, nothrow))
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, RARELY, WIRE_KIND_DELETE_ARRAY,
       TYPES_DELETE_ALIGNED_NOTHROW, (block, alignment, nothrow))
DELETE(SIZED(_ZdlPv, St11align_val_t), RARELY, WIRE_KIND_DELETE, TYPES_DELETE_ALIGNED_SIZED,
       (block, size, alignment))
DELETE(SIZED(_ZdaPv, St11align_val_t), RARELY, WIRE_KIND_DELETE_ARRAY, TYPES_DELETE_ALIGNED_SIZED,
       (block, size, alignment))
