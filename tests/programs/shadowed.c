// SPDX-License-Identifier: GPL-3.0-or-later
// A program that keeps a shadow stack, for walks through frames that no tables describe: callbacks
// of the C library, signals, coroutines, threads.
#include <pthread.h>
#include <search.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "walk_shadow.h"

#define NOINLINE  __attribute__((noinline))
#define BARRIER() __asm__ volatile("" ::: "memory")
#define ENTER()   shadow_push((uintptr_t)__builtin_return_address(0))
#define LEAVE()   shadow_pop()

// Around a call of the C library that calls back.
#define OUTSIDE(call)                                                                              \
	do {                                                                                       \
		shadow_push(WALK_SHADOW_ANY);                                                      \
		call;                                                                              \
		shadow_pop();                                                                      \
	} while (0)

enum { STACK_SIZE = 256 << 10, PAGE_SIZE = 65536, N_SORTED = 24, N_TREE = 12 };

static _Thread_local struct walk_shadow own_shadow;
static _Thread_local struct walk_shadow *shadow;
static volatile int sum;
static volatile char *guarded;
static jmp_buf target;
static ucontext_t main_context, coroutine_context;

const struct walk_shadow *walk_shadow_now(void)
{
	return shadow;
}

static void shadow_push(uintptr_t entry)
{
	if (shadow == NULL)
		shadow = &own_shadow;
	if (shadow->n == WALK_SHADOW_MAX)
		abort();
	shadow->entries[shadow->n++] = entry;
	BARRIER(); // compilers know that malloc does not look at it, but not of the one preloaded
}

static void shadow_pop(void)
{
	BARRIER();
	shadow->n--;
}

static NOINLINE void use(int n)
{
	ENTER();
	void *volatile block = malloc((size_t)(unsigned char)n + 1);

	free(block);
	sum = sum + n;
	LEAVE();
}

static NOINLINE int nested(int n)
{
	volatile char text[40];
	int result;

	ENTER();
	text[n] = 1;
	use(n);
	result = n == 0 ? sum : nested(n - 1) + text[n];
	LEAVE();
	return result;
}

static NOINLINE int compare(const void *a, const void *b)
{
	ENTER();
	use(3);
	LEAVE();
	return *(const int *)a - *(const int *)b;
}

static NOINLINE int compare_deeply(const void *a, const void *b)
{
	int result;

	ENTER();
	nested(2);
	result = compare(a, b);
	LEAVE();
	return result;
}

static NOINLINE void visit(const void *node, VISIT which, int depth)
{
	ENTER();
	if (which == postorder || which == leaf)
		use(depth + (node != NULL));
	LEAVE();
}

static NOINLINE void let_go(void *node)
{
	ENTER();
	use(node != NULL);
	LEAVE();
}

static NOINLINE void call_back(int (*order)(const void *, const void *))
{
	int numbers[N_SORTED];
	void *root = NULL;

	ENTER();
	for (int i = 0; i < N_SORTED; i++)
		numbers[i] = i * 7919 % 101;
	OUTSIDE(qsort(numbers, N_SORTED, sizeof(numbers[0]), order));
	OUTSIDE(bsearch(&numbers[5], numbers, N_SORTED, sizeof(numbers[0]), order));
	for (int i = 0; i < N_TREE; i++)
		OUTSIDE(tsearch(&numbers[i * 7 % N_TREE], &root, order));
	OUTSIDE(twalk(root, visit));
	for (int i = 0; i < N_TREE / 2; i++)
		OUTSIDE(tdelete(&numbers[i], &root, order));
	OUTSIDE(tdestroy(root, let_go));
	LEAVE();
}

static NOINLINE void sort_inside(int n)
{
	int numbers[4] = { 4, 3, 2, n };

	ENTER();
	OUTSIDE(qsort(numbers, 4, sizeof(numbers[0]), compare_deeply));
	LEAVE();
}

static NOINLINE void handle(int number)
{
	ENTER();
	use(number & 15);
	sort_inside(number);
	LEAVE();
}

static NOINLINE void handle_fault(int number)
{
	ENTER();
	handle(number);
	mprotect((void *)(unsigned long)guarded, PAGE_SIZE, PROT_READ | PROT_WRITE);
	LEAVE();
}

static NOINLINE int fault(int n)
{
	int result;

	ENTER();
	if (n > 0) {
		result = fault(n - 1);
	} else {
		mprotect((void *)(unsigned long)guarded, PAGE_SIZE, PROT_NONE);
		OUTSIDE(guarded[100] = 1);
		result = guarded[100];
	}
	LEAVE();
	return result;
}

static NOINLINE void raise_all(int flags)
{
	struct sigaction action = { .sa_handler = handle };

	ENTER();
	action.sa_flags = flags;
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = handle_fault;
	sigaction(SIGSEGV, &action, NULL);
	for (int i = 0; i < 3; i++) {
		OUTSIDE(raise(SIGUSR1));
		sum = sum + fault(i);
	}
	LEAVE();
}

static NOINLINE void signals(void)
{
	stack_t stack = { .ss_size = STACK_SIZE };
	void *page =
		mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		abort();
	guarded = page;
	ENTER();
	stack.ss_sp = malloc(STACK_SIZE);
	raise_all(0);
	sigaltstack(&stack, NULL);
	raise_all(SA_ONSTACK);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	signal(SIGSEGV, SIG_DFL);
	free(stack.ss_sp);
	LEAVE();
}

static NOINLINE void jump(void)
{
	unsigned n;

	ENTER();
	n = shadow->n;
	for (volatile int i = 0; i < 4; i++) {
		if (setjmp(target) != 0) {
			shadow->n = n;
			use(i);
			continue;
		}
		nested(i);
		sort_inside(i);
		longjmp(target, 1);
	}
	LEAVE();
}

static void switch_to(struct walk_shadow *other, ucontext_t *from, const ucontext_t *to)
{
	struct walk_shadow *own = shadow;

	shadow = other;
	swapcontext(from, to);
	shadow = own;
}

static void coroutine(void)
{
	ENTER();
	for (;;) {
		nested(5);
		sort_inside(2);
		switch_to(&own_shadow, &coroutine_context, &main_context);
	}
}

static NOINLINE void switch_stacks(void)
{
	static struct walk_shadow coroutine_shadow;
	void *stack =
		mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED || getcontext(&coroutine_context) != 0)
		abort();
	coroutine_context.uc_stack.ss_sp = stack;
	coroutine_context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&coroutine_context, coroutine, 0);
	ENTER();
	for (int i = 0; i < 3; i++) {
		switch_to(&coroutine_shadow, &main_context, &coroutine_context);
		nested(3);
	}
	LEAVE();
}

static NOINLINE void *work(void *unused)
{
	ENTER();
	call_back(compare);
	call_back(compare_deeply);
	LEAVE();
	return unused;
}

int main(void)
{
	pthread_t threads[2];
	int error = 0;

	ENTER();
	work(NULL);
	signals();
	jump();
	switch_stacks();
	for (int i = 0; i < 2; i++) {
		OUTSIDE(error |= pthread_create(&threads[i], NULL, work, NULL));
		if (error != 0)
			return 1;
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	LEAVE();
	puts("done");
	return 0;
}
