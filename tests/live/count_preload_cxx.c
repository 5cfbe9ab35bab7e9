// SPDX-License-Identifier: GPL-3.0-or-later
// operator new and delete of the counting preload. Compiled with -fexceptions: the real ones may throw.
#include "count_preload.h"

#if __SIZEOF_SIZE_T__ == 8
#define Z "m"
#else
#define Z "j"
#endif

#define NOTHROW "RKSt9nothrow_t"
#define ALIGN   "St11align_val_t"

// operator new is left by an exception as well as by a return; what it calls meanwhile counts, too
// (an exception is a block), but the block it returns counts once, as its own.
#define NEW(number, kind, symbol, parameters, arguments, ...)                                      \
	void *count_new_##number parameters __asm__(symbol);                                       \
	void *count_new_##number parameters                                                        \
	{                                                                                          \
		static void *(*real)(__VA_ARGS__);                                                 \
		if (!real)                                                                         \
			*(void **)&real = count_real(symbol);                                      \
		void *block = real arguments;                                                      \
		count_as_new(kind, block, size);                                                   \
		return block;                                                                      \
	}

#define DELETE(number, symbol, parameters, arguments, ...)                                         \
	void count_delete_##number parameters __asm__(symbol);                                     \
	void count_delete_##number parameters                                                      \
	{                                                                                          \
		static void (*real)(__VA_ARGS__);                                                  \
		if (!real)                                                                         \
			*(void **)&real = count_real(symbol);                                      \
		if (count_enter())                                                                 \
			count_free(block);                                                         \
		real arguments;                                                                    \
		count_leave();                                                                     \
	}

#define NEW_FAMILY(number, kind, op)                                                               \
	NEW(number##1, kind, "_Zn" op Z, (size_t size), (size), size_t)                            \
	NEW(number##2, kind, "_Zn" op Z NOTHROW, (size_t size, const void *tag), (size, tag),      \
	    size_t, const void *)                                                                  \
	NEW(number##3, kind##_ALIGNED, "_Zn" op Z ALIGN, (size_t size, size_t align),              \
	    (size, align), size_t, size_t)                                                         \
	NEW(number##4, kind##_ALIGNED, "_Zn" op Z ALIGN NOTHROW,                                   \
	    (size_t size, size_t align, const void *tag), (size, align, tag), size_t, size_t,      \
	    const void *)

#define DELETE_FAMILY(number, op)                                                                  \
	DELETE(number##1, "_Zd" op "Pv", (void *block), (block), void *)                           \
	DELETE(number##2, "_Zd" op "Pv" Z, (void *block, size_t size), (block, size), void *,      \
	       size_t)                                                                             \
	DELETE(number##3, "_Zd" op "Pv" ALIGN, (void *block, size_t align), (block, align),        \
	       void *, size_t)                                                                     \
	DELETE(number##4, "_Zd" op "Pv" Z ALIGN, (void *block, size_t size, size_t align),         \
	       (block, size, align), void *, size_t, size_t)                                       \
	DELETE(number##5, "_Zd" op "Pv" NOTHROW, (void *block, const void *tag), (block, tag),     \
	       void *, const void *)                                                               \
	DELETE(number##6, "_Zd" op "Pv" ALIGN NOTHROW,                                             \
	       (void *block, size_t align, const void *tag), (block, align, tag), void *, size_t,  \
	       const void *)

NEW_FAMILY(plain, COUNT_NEW, "w")
NEW_FAMILY(array, COUNT_NEW_ARRAY, "a")
DELETE_FAMILY(plain, "l")
DELETE_FAMILY(array, "a")
