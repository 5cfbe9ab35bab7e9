// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions behind the hooks: what the program would have called without this library.
#ifndef LIBDUMPALLOC_REAL_H
#define LIBDUMPALLOC_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "libdumpalloc/atomics.h"

#undef mmap64 // a macro where off_t has had 64 bits from the beginning

// What mmap has for an offset, whatever a file's own off_t is.
#if defined(__GLIBC__) || defined(__UCLIBC__)
typedef long real_offset;
#else
typedef off_t real_offset;
#endif

// Name (the symbol's too), result, parameters, arguments. What the libc lacks is made of the others, so each can
// always be called: of those that allocate, release or measure the first call of any looks all up, before others real_prepare
// does, or real_prepare_system.
#define REAL_LIST(X)                                                                               \
	X(malloc, void *, (size_t size), (size))                                                   \
	X(free, void, (void *block), (block))                                                      \
	X(calloc, void *, (size_t count, size_t size), (count, size))                              \
	X(realloc, void *, (void *block, size_t size), (block, size))                              \
	X(reallocarray, void *, (void *block, size_t count, size_t size), (block, count, size))    \
	X(memalign, void *, (size_t alignment, size_t size), (alignment, size))                    \
	X(posix_memalign, int, (void **block, size_t alignment, size_t size),                      \
	  (block, alignment, size))                                                                \
	X(aligned_alloc, void *, (size_t alignment, size_t size), (alignment, size))               \
	X(valloc, void *, (size_t size), (size))                                                   \
	X(pvalloc, void *, (size_t size), (size))                                                  \
	X(cfree, void, (void *block), (block))                                                     \
	X(free_sized, void, (void *block, size_t size), (block, size))                             \
	X(free_aligned_sized, void, (void *block, size_t alignment, size_t size),                  \
	  (block, alignment, size))                                                                \
	X(malloc_usable_size, size_t, (void *block), (block))                                      \
	X(prctl, int, (int option, ...), (option))                                                 \
	X(mmap, void *,                                                                            \
	  (void *address, size_t size, int protection, int flags, int fd, real_offset offset),     \
	  (address, size, protection, flags, fd, offset))                                          \
	X(mmap64, void *,                                                                          \
	  (void *address, size_t size, int protection, int flags, int fd, int64_t offset),         \
	  (address, size, protection, flags, fd, offset))                                          \
	X(munmap, int, (void *address, size_t size), (address, size))                              \
	X(mremap, void *, (void *address, size_t old_size, size_t size, int flags, ...),           \
	  (address, old_size, size, flags))                                                        \
	X(brk, int, (void *end), (end))                                                            \
	X(sbrk, void *, (intptr_t increment), (increment))                                         \
	X(fork, pid_t, (void), ())                                                                 \
	X(_exit, void, (int status), (status))                                                     \
	X(waitpid, pid_t, (pid_t pid, int *status, int options), (pid, status, options))           \
	X(wait4, pid_t, (pid_t pid, int *status, int options, struct rusage *usage),               \
	  (pid, status, options, usage))                                                           \
	X(__wait4_time64, pid_t, (pid_t pid, int *status, int options, struct rusage *usage),      \
	  (pid, status, options, usage))                                                           \
	X(waitid, int, (idtype_t type, id_t id, siginfo_t * info, int options),                    \
	  (type, id, info, options))                                                               \
	X(chroot, int, (const char *path), (path))                                                 \
	X(dlclose, int, (void *handle), (handle))

// None of them takes a block of the boot arena: the hooks keep those away.
struct real {
	atomic_bool
		counts_usage; // usage.h; here, since calls look at it and at one of the first functions, it lies in their line
#define X(name, result, parameters, arguments) result(*name) parameters;
	REAL_LIST(X)
#undef X
};

extern struct real real;

// Not 0: no other thread runs. The libc's word where it has one.
extern const volatile char *real_single_threaded;

// Looks the functions up unless that is done. Called early so that later calls need not. False: it is being done just now.
bool real_prepare(void);

// The same of those that map memory and of prctl, and no others: allocates nothing, whoever holds which lock.
void real_prepare_system(void);

// The file whose malloc the program's calls reach before this library's, as with an allocator linked into the program;
// NULL: this library's comes first. Only where the loader may be called.
const char *real_forestalled_by(void);

// What realloc does to a block of the boot arena: a copy outside of it.
void *real_realloc_boot(void *block, size_t size);

// A C++ operator, which may live in a library that only the caller can see.
struct real_operator {
	const char *name; // mangled
	_Atomic(void *) found;
	atomic_uint generation; // of `found`
};

extern atomic_uint real_operators_generation;

void *real_operator_search(struct real_operator *slot, const void *own, uintptr_t pc);

// Whether real_operator_known is what real_operator_find gives.
static inline bool real_operator_is_known(const struct real_operator *slot)
{
	return atomic_load_explicit(&slot->generation, memory_order_acquire) ==
	       atomic_load_explicit(&real_operators_generation, memory_order_relaxed);
}

static inline void *real_operator_known(const struct real_operator *slot)
{
	return atomic_load_explicit(&slot->found, memory_order_relaxed);
}

// The operator behind our hook `own`, for a call that returns to `pc`; NULL: there is none. The
// answer is kept until real_forget_operators.
static inline void *real_operator_find(struct real_operator *slot, const void *own, uintptr_t pc)
{
	if (real_operator_is_known(slot))
		return real_operator_known(slot);
	return real_operator_search(slot, own, pc);
}

// A function of the compiler's library, which is loaded if the program has none; NULL: there is none.
// Only where the loader may be called: in a constructor.
void *real_find_gcc(const char *name);

// A library was unloaded: operators may be gone.
void real_forget_operators(void);

#endif
