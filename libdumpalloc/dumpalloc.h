// SPDX-License-Identifier: LGPL-2.1-or-later
// What a program can say to dumpalloc, and ask it: see dumpalloc(3).

// A program that is built with this header needs no library for it, and runs the same without libdumpalloc.so: each
// call is then a test of an address. With DUMPALLOC_NDEBUG defined nothing is left of the calls. In both cases
// arguments are not evaluated, but for those of dumpalloc_tagf without the library. Calls that give an int give 1 where
// they did what they say, and else 0. C and C++; GCC and clang.
#ifndef DUMPALLOC_H
#define DUMPALLOC_H

#ifdef __cplusplus
// C++98 has no long long, and nobody is to be warned of casts in here. Wrong formats are told all the same.
#pragma GCC system_header
#endif

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef DUMPALLOC_LIBRARY
#define DUMPALLOC_WEAK_
#else
#define DUMPALLOC_WEAK_ __attribute__((weak))
#endif

#ifdef __cplusplus
extern "C" {
#endif

// What the program has of memory from malloc and its kin, in usable sizes, since counting began: with the program where
// DUMPALLOC_USAGE=1 is set, else with the first dumpalloc_measure. Blocks from before that count when they are freed.
struct dumpalloc_usage {
	long long bytes, blocks;
	long long peak_bytes; // the greatest `bytes` so far
};

// Whether libdumpalloc.so is there and traces the program.
int dumpalloc_is_tracing(void) DUMPALLOC_WEAK_;

// Allocations are recorded or not, of the whole process or of the calling thread; frees always are. As many calls of
// enable as there were of disable switch on again; more change nothing. All functions may be called in signal handlers, but
// for dumpalloc_flush, dumpalloc_tagf and dumpalloc_assert; one that interrupts the tracer itself may give 0.
int dumpalloc_enable(void) DUMPALLOC_WEAK_;
int dumpalloc_disable(void) DUMPALLOC_WEAK_;
int dumpalloc_enable_thread(void) DUMPALLOC_WEAK_;
int dumpalloc_disable_thread(void) DUMPALLOC_WEAK_;

// Puts a text, at most 4096 bytes of it, between the events; the same with a name, to ask for a report of the moment.
int dumpalloc_tag(const char *text) DUMPALLOC_WEAK_;
int dumpalloc_snapshot(const char *name) DUMPALLOC_WEAK_;

// Waits, at most two seconds, until all that was recorded is with the file or the peer.
int dumpalloc_flush(void) DUMPALLOC_WEAK_;

// Names the calling thread in the stream, at most 64 bytes; what the system calls it stays.
int dumpalloc_name_thread(const char *name) DUMPALLOC_WEAK_;

// Fills `usage`, with zeros where nothing is counted.
int dumpalloc_measure(struct dumpalloc_usage *usage) DUMPALLOC_WEAK_;

// An allocator of the program's own. `pool` is any pointer that is the pool's alone while it is there.
int dumpalloc_pool_create(const void *pool, const char *name) DUMPALLOC_WEAK_;
int dumpalloc_pool_destroy(const void *pool) DUMPALLOC_WEAK_;
int dumpalloc_pool_alloc(const void *pool, const void *block, size_t size) DUMPALLOC_WEAK_;
int dumpalloc_pool_free(const void *pool, const void *block) DUMPALLOC_WEAK_;

// Writes the calling thread's call stack and the process's mappings to a descriptor.
int dumpalloc_backtrace(int fd) DUMPALLOC_WEAK_;

#ifdef __cplusplus
}
#endif

#ifndef DUMPALLOC_LIBRARY

// Takes the size of what is not evaluated, so that it counts as used.
static inline int dumpalloc_away_(size_t size)
{
	(void)size;
	return 0;
}

#if defined(DUMPALLOC_NDEBUG)
#define DUMPALLOC_CALL_(function, arguments) dumpalloc_away_(sizeof(function arguments))
#elif defined(__PIC__) || defined(__PIE__)
#define DUMPALLOC_CALL_(function, arguments) (function != 0 ? function arguments : 0)
#else
// A program at a fixed address has a function that nobody defined at 0 for ever: it is looked for by name, once in each
// file that calls it.
#ifdef __cplusplus
extern "C"
#endif
	void *
	dumpalloc_look_up_(void *, const char *) __asm__("dlsym") __attribute__((weak));

// `*at` points to itself as long as it is not known.
static inline void *dumpalloc_find_(void **at, const char *name)
{
	void *found = __atomic_load_n(at, __ATOMIC_RELAXED);

	if (found == (void *)at) {
		found = dumpalloc_look_up_ != 0 ? dumpalloc_look_up_(0, name) : 0;
		__atomic_store_n(at, found, __ATOMIC_RELAXED);
	}
	return found;
}

#define DUMPALLOC_FIND_(function)                                                                  \
	static inline __typeof__(&function) function##_at_(void)                                   \
	{                                                                                          \
		static void *at = &at;                                                             \
		return __extension__(__typeof__(&function)) dumpalloc_find_(&at, #function);       \
	}
DUMPALLOC_FIND_(dumpalloc_is_tracing)
DUMPALLOC_FIND_(dumpalloc_enable)
DUMPALLOC_FIND_(dumpalloc_disable)
DUMPALLOC_FIND_(dumpalloc_enable_thread)
DUMPALLOC_FIND_(dumpalloc_disable_thread)
DUMPALLOC_FIND_(dumpalloc_tag)
DUMPALLOC_FIND_(dumpalloc_snapshot)
DUMPALLOC_FIND_(dumpalloc_flush)
DUMPALLOC_FIND_(dumpalloc_name_thread)
DUMPALLOC_FIND_(dumpalloc_measure)
DUMPALLOC_FIND_(dumpalloc_pool_create)
DUMPALLOC_FIND_(dumpalloc_pool_destroy)
DUMPALLOC_FIND_(dumpalloc_pool_alloc)
DUMPALLOC_FIND_(dumpalloc_pool_free)
DUMPALLOC_FIND_(dumpalloc_backtrace)
#undef DUMPALLOC_FIND_

#define DUMPALLOC_CALL_(function, arguments)                                                       \
	(function##_at_() != 0 ? function##_at_() arguments : 0)
#endif

#define dumpalloc_is_tracing()            DUMPALLOC_CALL_(dumpalloc_is_tracing, ())
#define dumpalloc_enable()                DUMPALLOC_CALL_(dumpalloc_enable, ())
#define dumpalloc_disable()               DUMPALLOC_CALL_(dumpalloc_disable, ())
#define dumpalloc_enable_thread()         DUMPALLOC_CALL_(dumpalloc_enable_thread, ())
#define dumpalloc_disable_thread()        DUMPALLOC_CALL_(dumpalloc_disable_thread, ())
#define dumpalloc_tag(text)               DUMPALLOC_CALL_(dumpalloc_tag, (text))
#define dumpalloc_snapshot(name)          DUMPALLOC_CALL_(dumpalloc_snapshot, (name))
#define dumpalloc_flush()                 DUMPALLOC_CALL_(dumpalloc_flush, ())
#define dumpalloc_name_thread(name)       DUMPALLOC_CALL_(dumpalloc_name_thread, (name))
#define dumpalloc_pool_create(pool, name) DUMPALLOC_CALL_(dumpalloc_pool_create, (pool, name))
#define dumpalloc_pool_destroy(pool)      DUMPALLOC_CALL_(dumpalloc_pool_destroy, (pool))
#define dumpalloc_pool_alloc(pool, at, n) DUMPALLOC_CALL_(dumpalloc_pool_alloc, (pool, at, n))
#define dumpalloc_pool_free(pool, at)     DUMPALLOC_CALL_(dumpalloc_pool_free, (pool, at))
#define dumpalloc_backtrace(fd)           DUMPALLOC_CALL_(dumpalloc_backtrace, (fd))

// A moment to compare later ones with.
struct dumpalloc_savepoint {
	struct dumpalloc_usage usage;
	unsigned n_checks; // by dumpalloc_assert
};

static inline int dumpalloc_measure_(struct dumpalloc_usage *usage)
{
	usage->bytes = usage->blocks = usage->peak_bytes = 0;
	return DUMPALLOC_CALL_(dumpalloc_measure, (usage));
}

// Makes this moment the savepoint.
static inline int dumpalloc_save_(struct dumpalloc_savepoint *point)
{
	point->n_checks = 0;
	return dumpalloc_measure_(&point->usage);
}

// `difference`: by how much the program has more than at the savepoint.
static inline int dumpalloc_compare_(const struct dumpalloc_savepoint *point,
				     struct dumpalloc_usage *difference)
{
	struct dumpalloc_usage now;
	int is_counted = dumpalloc_measure_(&now);

	difference->bytes = now.bytes - point->usage.bytes;
	difference->blocks = now.blocks - point->usage.blocks;
	difference->peak_bytes = now.peak_bytes - point->usage.peak_bytes;
	return is_counted;
}

// Both: the difference, and then this moment is the savepoint.
static inline int dumpalloc_update_(struct dumpalloc_savepoint *point,
				    struct dumpalloc_usage *difference)
{
	unsigned n_checks = point->n_checks;
	int is_counted = dumpalloc_compare_(point, difference);

	(void)dumpalloc_save_(point);
	point->n_checks = n_checks;
	return is_counted;
}

// The first `n_free` checks move the savepoint, as what is made once and kept is no leak.
static inline void dumpalloc_assert_(struct dumpalloc_savepoint *point, unsigned n_free,
				     const char *file, int line)
{
	struct dumpalloc_usage more;
	int is_counted = dumpalloc_compare_(point, &more);

	if (point->n_checks++ < n_free) {
		(void)dumpalloc_update_(point, &more);
	} else if (is_counted && (more.bytes > 0 || more.blocks > 0)) {
		fprintf(stderr, "%s:%d: %lld byte%s and %lld block%s more than at the savepoint\n",
			file, line, more.bytes, more.bytes == 1 ? "" : "s", more.blocks,
			more.blocks == 1 ? "" : "s");
		abort();
	}
}

// dumpalloc_tag with a format as printf's; 255 bytes of it.
__attribute__((format(printf, 1, 2))) static inline int dumpalloc_tagf_(const char *format, ...)
{
	char text[256] = "";
	int error = errno;
	va_list arguments;

	if (!dumpalloc_is_tracing())
		return 0;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	errno = error;
	return dumpalloc_tag(text);
}

#ifdef DUMPALLOC_NDEBUG
#define dumpalloc_measure(usage) dumpalloc_away_(sizeof(dumpalloc_measure_(usage)))
#define dumpalloc_save(point)    dumpalloc_away_(sizeof(dumpalloc_save_(point)))
#define dumpalloc_compare(point, difference)                                                       \
	dumpalloc_away_(sizeof(dumpalloc_compare_(point, difference)))
#define dumpalloc_update(point, difference)                                                        \
	dumpalloc_away_(sizeof(dumpalloc_update_(point, difference)))
#define dumpalloc_assert(point, n_free)                                                            \
	((void)dumpalloc_away_(sizeof((point)->n_checks + (n_free))))
#define dumpalloc_tagf(...) dumpalloc_away_(sizeof(dumpalloc_tagf_(__VA_ARGS__)))
#else
#define dumpalloc_measure(usage)             dumpalloc_measure_(usage)
#define dumpalloc_save(point)                dumpalloc_save_(point)
#define dumpalloc_compare(point, difference) dumpalloc_compare_(point, difference)
#define dumpalloc_update(point, difference)  dumpalloc_update_(point, difference)
#define dumpalloc_assert(point, n_free)      dumpalloc_assert_(point, n_free, __FILE__, __LINE__)
#define dumpalloc_tagf(...)                  dumpalloc_tagf_(__VA_ARGS__)
#endif

#endif
#endif
