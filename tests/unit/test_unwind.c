// SPDX-License-Identifier: GPL-3.0-or-later
// The walkers on this machine's own stack, and on wild ones.
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "unwind/stack_bounds.h"
#include "unwind/stepper.h"

enum { DEPTH = 40, STACK_MAX = 200 };

static uintptr_t pcs[STACK_MAX];
static uint8_t hows[STACK_MAX];
static struct unwind_stack stack;
static size_t max = STACK_MAX;
static struct unwind_thread thread;
static enum unwind_mode mode;

// The linker's: where this program's code lies.
extern const char __executable_start[], etext[];

// Every address is code to this finder, except zero.
static bool find_any_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	(void)user;
	code->start = (uintptr_t)__executable_start;
	code->end = (uintptr_t)etext;
	if (pc < code->start || pc >= code->end) {
		code->start = pc & ~(uintptr_t)4095;
		code->end = code->start + 4096;
	}
	return pc >= 4096;
}

// One page of code, and the wild page.
static uintptr_t wild_page;

static bool find_honest_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)user;
	code->start = pc & ~(page - 1);
	code->end = code->start + page;
	return code->start == wild_page || code->start == ((uintptr_t)&find_any_code & ~(page - 1));
}

static struct unwind_context context = { .thread = &thread, .find_code = find_any_code };

static void walk(const struct unwind_start *start)
{
	stack = (struct unwind_stack){ .pcs = pcs, .hows = hows, .max = max };
	unwind_walk(mode, start, &context, &stack);
}

// The hook's start is rough, where walks can do with that.
static bool is_rough;

static void roughen(struct unwind_start *start)
{
	start->is_rough = true;
#if defined(__riscv) || (defined(__clang__) && (defined(__aarch64__) || defined(__arm__)))
	start->sp -= 2 * sizeof(start->sp);
	start->fp = 1;
#endif
}

// What a hook does: its caller is the innermost frame.
static __attribute__((noinline)) void hook(void)
{
	struct unwind_start start = UNWIND_HERE;

	if (is_rough)
		roughen(&start);
	walk(&start);
	__asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) int recurse(int n)
{
	int result = 0;

	if (n == 0)
		hook();
	else
		result = recurse(n - 1) + 1;
	__asm__ volatile("" : "+r"(result));
	return result;
}

static size_t count(uintptr_t pc)
{
	size_t n = 0;

	for (size_t i = 0; i < stack.n_pcs; i++)
		n += stack.pcs[i] == pc;
	return n;
}

static bool has_zero(void)
{
	return count(0) != 0 || count(1) != 0;
}

// True if the walk begins in recurse, whose frames the compiler has not merged.
static void check_recursion(void)
{
	CHECK_EQ(recurse(DEPTH), DEPTH);
	CHECK(stack.n_pcs > DEPTH);
	CHECK_EQ(count(stack.pcs[1]), DEPTH);
	CHECK(!has_zero());
}

static void tables_give_every_frame(void)
{
	mode = UNWIND_GCC;
	check_recursion();
#if defined(__x86_64__)
	CHECK_EQ(stack.cut, UNWIND_WHOLE); // _start is marked as the outermost frame
#endif
}

static void depth_limit_cuts(void)
{
	mode = UNWIND_GCC;
	max = 5;
	recurse(DEPTH);
	CHECK_EQ(stack.n_pcs, 5);
	CHECK_EQ(stack.cut, UNWIND_CUT_DEPTH);
	max = 1;
	recurse(DEPTH);
	CHECK_EQ(stack.n_pcs, 1);
	CHECK_EQ(stack.cut, UNWIND_CUT_DEPTH);
	max = STACK_MAX;
}

static void no_walker_gives_no_frame(void)
{
	mode = UNWIND_NONE;
	recurse(3);
	CHECK_EQ(stack.n_pcs, 0);
	CHECK_EQ(stack.cut, UNWIND_CUT_NO_WALK);
}

// Where the compiler links frames (this test is built with frame pointers) or the code can be read.
static void scan_gives_frames(void)
{
	mode = UNWIND_SCAN;
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
	check_recursion();
#else
	recurse(DEPTH);
	CHECK(stack.n_pcs >= 1);
	CHECK(!has_zero());
#endif
}

static void rough_start_gives_the_same(void)
{
	static uintptr_t exact_pcs[STACK_MAX];
	size_t n_exact = 0;
	int n_walks = 2;

	mode = UNWIND_SCAN;
	__asm__ volatile("" : "+r"(n_walks)); // one call, in a loop that stays one
	for (int i = 0; i < n_walks; i++) {
		memset(&thread, 0, sizeof(thread));
		is_rough = i == 1;
		recurse(DEPTH);
		if (!is_rough) {
			n_exact = stack.n_pcs;
			memcpy(exact_pcs, stack.pcs, n_exact * sizeof(exact_pcs[0]));
		}
	}
	is_rough = false;
	CHECK_EQ(stack.n_pcs, n_exact);
	CHECK(stack.n_pcs == n_exact &&
	      memcmp(stack.pcs, exact_pcs, n_exact * sizeof(exact_pcs[0])) == 0);
}

// A page of stack between two that cannot be read.
static uintptr_t *map_stack(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	return (uintptr_t *)(void *)(pages + page);
}

static void wild_stacks_do_no_harm(void)
{
	size_t n_words = (size_t)sysconf(_SC_PAGESIZE) / sizeof(uintptr_t);
	uintptr_t *words = map_stack();
	uint32_t random = 1;

	CHECK(words != NULL);
	if (words == NULL)
		return;
	mode = UNWIND_SCAN;
	wild_page = (uintptr_t)words;
	context.find_code = find_honest_code;
	for (int round = 0; round < 300; round++) {
		for (size_t i = 0; i < n_words; i++) {
			random = random * 1664525u + 1013904223u;
			// Addresses within and around the page, and anything.
			words[i] = random % 3 != 0 ? (uintptr_t)words + random % 16384 - 4096
						   : (uintptr_t)random;
		}
		struct unwind_start start = {
			.pc = (uintptr_t)recurse,
			.sp = (uintptr_t)&words[random % n_words],
			.fp = (uintptr_t)words + random % 8192,
		};
#if ARCH_HAS_FP2
		start.fp2 = start.fp;
#endif
		walk(&start);
		CHECK(stack.n_pcs >= 1 && stack.n_pcs <= max);
		CHECK(!has_zero());
	}
	struct unwind_start outside = { .pc = (uintptr_t)recurse,
					.sp = (uintptr_t)words - 64,
					.fp = (uintptr_t)words - 64 };
	walk(&outside);
	CHECK_EQ(stack.n_pcs, 1);
	CHECK_EQ(stack.cut, UNWIND_CUT_BAD_STACK);
}

static void bounds_hold_the_stack(void)
{
	static struct unwind_thread fresh; // larger than a thread's stack with musl
	struct stack_bounds bounds;
	uintptr_t local = 5, word = 0;
	uintptr_t here = (uintptr_t)&local & ~(uintptr_t)(sizeof(uintptr_t) - 1);

	memset(&fresh, 0, sizeof(fresh));
	CHECK(stack_bounds_find(&fresh.stack, here, &bounds));
	CHECK(!bounds.is_foreign);
	CHECK(bounds.low <= here && here < bounds.high);
	CHECK(stack_bounds_load(&bounds, here, &word));
	CHECK(!stack_bounds_load(&bounds, here + 1, &word));
	CHECK(!stack_bounds_load(&bounds, bounds.high, &word));
	CHECK(!stack_bounds_load(&bounds, bounds.low - sizeof(word), &word));
	CHECK(!stack_bounds_hold(&bounds, bounds.high - sizeof(word), 2 * sizeof(word)));
	CHECK(!stack_bounds_find(&fresh.stack, 64, &bounds));
}

// Of a foreign stack, what lies beyond a gap is something else, even where it can be read.
static void bounds_end_at_a_gap(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t low = (uintptr_t)pages, word = 0;
	struct stack_bounds bounds = { low, low + page, true };

	CHECK(pages != MAP_FAILED && mprotect(pages + 2 * page, page, PROT_NONE) == 0);
	CHECK(stack_bounds_load(&bounds, low + page, &word));
	CHECK(!stack_bounds_load(&bounds, low + 2 * page, &word));
	CHECK(!stack_bounds_load(&bounds, low + 3 * page, &word));
	munmap(pages, 4 * page);
}

static void *on_thread(void *unused)
{
	memset(&thread, 0, sizeof(thread));
	bounds_hold_the_stack();
	CHECK_EQ(thread.stack.high, 0);
	tables_give_every_frame();
	scan_gives_frames();
	CHECK(thread.stack.high <= (uintptr_t)pthread_self() || mode != UNWIND_SCAN);
	return unused;
}

// Who has no code scanned needs no memory for that.
static void unused_memory_stays_untouched(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct unwind_thread *fresh = mmap(NULL, sizeof(*fresh), PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(fresh != MAP_FAILED);
	uintptr_t work = (uintptr_t)&fresh->work, first = (work + page - 1) & ~(page - 1);

	unwind_thread_start(fresh);
	unwind_thread_forget_code(fresh);
	for (uintptr_t at = first; at + page <= work + sizeof(fresh->work); at += page) {
		unsigned char is_resident = 2;

		CHECK_EQ(mincore((void *)at, page, &is_resident), 0);
		CHECK_EQ(is_resident & 1, 0);
	}
	munmap(fresh, sizeof(*fresh));
}

int main(void)
{
	pthread_t id;

	tables_give_every_frame();
	depth_limit_cuts();
	no_walker_gives_no_frame();
	scan_gives_frames();
	bounds_hold_the_stack();
	bounds_end_at_a_gap();
	CHECK_EQ(pthread_create(&id, NULL, on_thread, NULL), 0);
	pthread_join(id, NULL);
	memset(&thread, 0, sizeof(thread));
	scan_gives_frames();
	rough_start_gives_the_same();
	wild_stacks_do_no_harm();
	unused_memory_stays_untouched();
	return check_result();
}
