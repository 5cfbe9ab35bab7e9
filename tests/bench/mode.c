// SPDX-License-Identifier: GPL-3.0-or-later
// The ways to walk a stack that the bench compares.
#include "tests/bench/mode.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include "tests/bench/floor.h"
#include "tests/bench/workload.h"
#include "tests/programs/loaded_code.h"

enum { FRAMES = 256 };

bench_walk *bench_current;
struct bench_stack bench_stack;

static uintptr_t buffer[FRAMES];
static uint8_t hows[FRAMES];
static int (*unw_backtrace)(void **frames, int size);

// As hooks are built: without a frame pointer of its own where that would take the caller's away.
__attribute__((noinline)) void workload_event(void)
{
	const struct unwind_start start = UNWIND_HERE;

	bench_current(&start, &bench_stack);
	__asm__ volatile("" ::: "memory");
}

static struct unwind_thread *thread_of(enum unwind_mode mode)
{
	static struct unwind_thread *threads[UNWIND_AUTO + 1];

	if (threads[mode] == NULL) {
		threads[mode] = mmap(NULL, sizeof(struct unwind_thread), PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	return threads[mode];
}

const struct unwind_thread *bench_thread(void)
{
	return thread_of(UNWIND_AUTO);
}

// As the tracer calls it.
static inline void walk_as(enum unwind_mode mode, const struct unwind_start *start,
			   struct bench_stack *stack)
{
	static struct unwind_context context = { .find_code = loaded_code_find };
	struct unwind_stack found = { .pcs = buffer, .hows = hows, .max = FRAMES };

	context.thread = thread_of(mode);
	unwind_walk(mode, start, &context, &found);
	stack->pcs = found.pcs;
	stack->n = found.n_pcs;
	stack->stride = 1;
}

static void by_nothing(const struct unwind_start *start, struct bench_stack *stack)
{
	(void)start;
	*stack = (struct bench_stack){ NULL, 0, 1 };
}

static void by_auto(const struct unwind_start *start, struct bench_stack *stack)
{
	walk_as(UNWIND_AUTO, start, stack);
}

static void by_tables(const struct unwind_start *start, struct bench_stack *stack)
{
	walk_as(UNWIND_TABLES, start, stack);
}

static void by_scan(const struct unwind_start *start, struct bench_stack *stack)
{
	walk_as(UNWIND_SCAN, start, stack);
}

static void by_links(const struct unwind_start *start, struct bench_stack *stack)
{
	walk_as(UNWIND_FP, start, stack);
}

static void by_gcc(const struct unwind_start *start, struct bench_stack *stack)
{
	walk_as(UNWIND_GCC, start, stack);
}

static void by_libunwind(const struct unwind_start *start, struct bench_stack *stack)
{
	(void)start;
	stack->pcs = buffer;
	stack->n = (size_t)unw_backtrace((void **)buffer, FRAMES);
	stack->stride = 1;
}

static bool has_auto(void)
{
	return unwind_resolve(UNWIND_AUTO) == UNWIND_AUTO;
}

static bool has_tables(void)
{
	return unwind_resolve(UNWIND_TABLES) == UNWIND_TABLES;
}

static bool has_scan(void)
{
	return unwind_resolve(UNWIND_SCAN) == UNWIND_SCAN;
}

// Loaded apart: its _Unwind_Backtrace is not to take the place of the compiler's.
static bool has_libunwind(void)
{
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	void *function = library != NULL ? dlsym(library, "unw_backtrace") : NULL;

	*(void **)&unw_backtrace = function;
	return function != NULL;
}

const struct bench_mode bench_modes[] = {
	{ "(none)", by_nothing, NULL, BENCH_LINKED, 1 },
	{ "_Unwind_Backtrace", by_gcc, NULL, BENCH_ALL, 20 },
	{ "auto", by_auto, has_auto, BENCH_ALL, 1 },
	{ "tables", by_tables, has_tables, BENCH_ALL, 1 },
	{ "scan", by_scan, has_scan, BENCH_TRUE, 1 },
	{ "fp", by_links, NULL, BENCH_LINKED, 1 },
	{ "libunwind", by_libunwind, has_libunwind, BENCH_ALL, 1 },
#if BENCH_HAS_FLOOR
	{ "floor: rules", floor_rows, NULL, BENCH_ALL, 1 },
	{ "floor: memo", floor_memo, NULL, BENCH_ALL, 1 },
	{ "floor: fp", floor_links, NULL, BENCH_LINKED, 1 },
#endif
};

const size_t bench_n_modes = sizeof(bench_modes) / sizeof(bench_modes[0]);
