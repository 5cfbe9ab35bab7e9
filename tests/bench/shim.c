// SPDX-License-Identifier: GPL-3.0-or-later
// The least that a tracer's parts cost: preload libraries with one feature each, for x86-64 and glibc.
//
// SHIM_WALK and SHIM_RECORD say which. SHIM_OUT names the file, /dev/null without it; SHIM_COUNT another, to which the
// number of events is appended at the end. No forks, signals, unloaded code, order among threads or errors.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include "tests/bench/floor_memo.h"

// SHIM_WALK: by what a stack is found, into memory; SHIM_RECORD: what of an event is written.
#define WALK_NONE      0
#define WALK_GCC       1
#define WALK_LIBUNWIND 2
#define WALK_FLOOR     3
#define RECORD_NONE    0
#define RECORD_FIXED   1 // 16 bytes, the stack is dropped
#define RECORD_COMPACT 2 // with the stack, as outer frames kept and inner ones added

#define EXPORT       __attribute__((visibility("default")))
#define INLINE       static inline __attribute__((always_inline))
#define SELDOM       static __attribute__((noinline, cold))
#define LIKELY(true) __builtin_expect((true), 1)

enum {
	BUFFER = 256 << 10,
	RECORD_MAX = 4 << 10,
	DEPTH = 128,
	NIBBLE = 15,
};

extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size), *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *block);

struct shim_thread {
	uint64_t n_events;
	uintptr_t last;
	uint8_t *at, *end; // in `buffer`
	size_t n_pcs;
	uintptr_t pcs[DEPTH];
	size_t n_before; // frames of the previous stack
	struct shim_thread *next;
	struct floor_thread floor;
	uint8_t buffer[BUFFER];
};

static __thread struct shim_thread *shim_self __attribute__((tls_model("initial-exec")));
static __thread bool shim_is_busy __attribute__((tls_model("initial-exec")));
static _Atomic(struct shim_thread *) shim_threads;
static pthread_once_t shim_once = PTHREAD_ONCE_INIT;
static pthread_key_t shim_key;
static int shim_fd = -1;
#if SHIM_WALK == WALK_LIBUNWIND
static int (*shim_backtrace)(void **pcs, int max);
#endif

SELDOM void flush(struct shim_thread *thread)
{
	size_t n = (size_t)(thread->at - thread->buffer);

	if (n != 0 && write(shim_fd, thread->buffer, n) != (ssize_t)n)
		_exit(99);
	thread->at = thread->buffer;
}

static void end_thread(void *argument)
{
	shim_is_busy = true;
	flush(argument);
	shim_is_busy = false;
}

static void start(void)
{
	const char *path = getenv("SHIM_OUT");

	shim_fd = open(path != NULL ? path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		       0666);
	pthread_key_create(&shim_key, end_thread);
	if (unwind_resolve(UNWIND_TABLES) != UNWIND_TABLES)
		_exit(98);
#if SHIM_WALK == WALK_LIBUNWIND
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (library != NULL)
		*(void **)&shim_backtrace = dlsym(library, "unw_backtrace");
	if (shim_backtrace == NULL)
		_exit(98);
#endif
}

SELDOM struct shim_thread *begin(void)
{
	struct shim_thread *thread;

	if (shim_is_busy)
		return NULL;
	shim_is_busy = true;
	pthread_once(&shim_once, start);
	thread = mmap(NULL, sizeof(*thread), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (thread == MAP_FAILED)
		_exit(97);
	thread->at = thread->buffer;
	thread->end = thread->buffer + BUFFER - RECORD_MAX;
	thread->next = atomic_load(&shim_threads);
	while (!atomic_compare_exchange_weak(&shim_threads, &thread->next, thread))
		continue;
	pthread_setspecific(shim_key, thread);
	shim_self = thread;
	shim_is_busy = false;
	return thread;
}

static __attribute__((destructor)) void end(void)
{
	const char *path = getenv("SHIM_COUNT");
	uint64_t n = 0;
	int fd;

	for (struct shim_thread *thread = atomic_load(&shim_threads); thread != NULL;
	     thread = thread->next)
		n += thread->n_events;
	if (shim_self != NULL)
		end_thread(shim_self);
	shim_is_busy = true;
	if (path != NULL && n != 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		dprintf(fd, "%llu\n", (unsigned long long)n);
		close(fd);
	}
}

#if SHIM_WALK == WALK_GCC
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *argument)
{
	struct shim_thread *thread = argument;

	if (thread->n_pcs == DEPTH)
		return _URC_END_OF_STACK;
	thread->pcs[thread->n_pcs++] = _Unwind_GetIP(context);
	return _URC_NO_REASON;
}
#endif

INLINE void walk(struct shim_thread *thread, const struct unwind_start *from)
{
	(void)from;
#if SHIM_WALK == WALK_GCC
	thread->n_pcs = 0;
	_Unwind_Backtrace(take_frame, thread);
#elif SHIM_WALK == WALK_LIBUNWIND
	thread->n_pcs = (size_t)shim_backtrace((void **)thread->pcs, DEPTH);
#elif SHIM_WALK == WALK_FLOOR
	thread->n_before = thread->floor.n_kept;
	floor_walk(&thread->floor, from);
#else
	(void)thread;
#endif
}

#if SHIM_RECORD == RECORD_COMPACT
INLINE uint8_t *put(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

// Outer frames dropped and inner ones added, in half a byte each where that is enough; a row's number stands for its
// frame, and the first time its program counter follows.
INLINE uint8_t *put_stack(struct shim_thread *thread, uint8_t *at)
{
	struct floor_thread *floor = &thread->floor;
	size_t n_new = floor->n_new, n_gone = thread->n_before + n_new - floor->n_kept;
	size_t first = FLOOR_FRAMES - floor->n_kept;
	struct floor_row *row;
	uint64_t id;

	*at++ = (uint8_t)((n_gone < NIBBLE ? n_gone : NIBBLE) << 4 |
			  (n_new < NIBBLE ? n_new : NIBBLE));
	if (n_gone >= NIBBLE)
		at = put(at, n_gone);
	if (n_new >= NIBBLE)
		at = put(at, n_new);
	for (size_t i = first + n_new; i > first; i--) {
		row = (struct floor_row *)floor->kept[i - 1].row;
		id = (uint64_t)(row - floor->rows);
		if (LIKELY(row->is_told)) {
			at = put(at, id);
		} else {
			row->is_told = 1;
			at = put(put(at, FLOOR_ROWS + id), row->pc);
		}
	}
	return at;
}
#endif

INLINE void record(struct shim_thread *thread, uintptr_t block, size_t size, bool is_free)
{
#if SHIM_RECORD == RECORD_FIXED
	const uint64_t words[] = { block, (uint64_t)size << 1 | is_free };

	if (thread->at > thread->end)
		flush(thread);
	memcpy(thread->at, words, sizeof(words));
	thread->at += sizeof(words);
#elif SHIM_RECORD == RECORD_COMPACT
	int64_t delta = (int64_t)(block - thread->last) >> 4;
	uint64_t code = ((uint64_t)delta << 1 ^ (uint64_t)(delta >> 63)) << 1 | is_free;
	uint8_t *at;

	if (thread->at > thread->end)
		flush(thread);
	thread->last = block;
	at = put(thread->at, code);
	if (!is_free) {
		at = put(at, size);
		at = put_stack(thread, at);
	}
	thread->at = at;
#else
	(void)thread;
	(void)block;
	(void)size;
	(void)is_free;
#endif
}

INLINE struct shim_thread *enter(void)
{
	struct shim_thread *thread = shim_self;

	if (!LIKELY(thread != NULL))
		thread = begin();
	return LIKELY(!shim_is_busy) ? thread : NULL;
}

INLINE void *allocated(struct shim_thread *thread, void *block, size_t size,
		       const struct unwind_start *from)
{
	if (LIKELY(thread != NULL)) {
		shim_is_busy = true;
		thread->n_events++;
		walk(thread, from);
		record(thread, (uintptr_t)block, size, false);
		shim_is_busy = false;
	}
	return block;
}

INLINE void freed(struct shim_thread *thread, void *block)
{
	if (LIKELY(thread != NULL && block != NULL)) {
		thread->n_events++;
		record(thread, (uintptr_t)block, 0, true);
	}
}

#define HERE &(const struct unwind_start)UNWIND_HERE

EXPORT void *malloc(size_t size)
{
	struct shim_thread *thread = enter();

	return allocated(thread, __libc_malloc(size), size, HERE);
}

EXPORT void *calloc(size_t count, size_t size)
{
	struct shim_thread *thread = enter();

	return allocated(thread, __libc_calloc(count, size), count * size, HERE);
}

EXPORT void *realloc(void *block, size_t size)
{
	struct shim_thread *thread = enter();

	freed(thread, block);
	return allocated(thread, __libc_realloc(block, size), size, HERE);
}

EXPORT void *memalign(size_t align, size_t size)
{
	struct shim_thread *thread = enter();

	return allocated(thread, __libc_memalign(align, size), size, HERE);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
	struct shim_thread *thread = enter();

	return allocated(thread, __libc_memalign(align, size), size, HERE);
}

EXPORT int posix_memalign(void **block, size_t align, size_t size)
{
	struct shim_thread *thread = enter();
	void *made = allocated(thread, __libc_memalign(align, size), size, HERE);

	if (made == NULL)
		return 12; // ENOMEM
	*block = made;
	return 0;
}

EXPORT void free(void *block)
{
	freed(enter(), block);
	__libc_free(block);
}
