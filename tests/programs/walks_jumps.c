// SPDX-License-Identifier: GPL-3.0-or-later
// Ways to come to a frame other than by a call: longjmp, signals on either stack, coroutines.
#include "libc_gaps.h"
#include "walks.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK_SIZE = 256 << 10, PAGE_SIZE = 65536 };

static jmp_buf target;
static volatile char *guarded;

static NOINLINE int nested(int n)
{
	walks_use(n);
	return n == 0 ? walks_sum : nested(n - 1) + n;
}

static NOINLINE __attribute__((noreturn)) void leave(int n)
{
	walks_use(n);
	longjmp(target, 1);
}

static NOINLINE int leave_sometimes(int n)
{
	walks_use(n);
	if (n % 3 == 0)
		leave(n);
	walks_use(n);
	return n;
}

// A call that never returns is the last instruction: its return address is in the next function.
static NOINLINE void leave_last(int n)
{
	walks_use(n);
	leave(n + 1);
}

static NOINLINE void after_leave_last(int n)
{
	volatile char text[96];

	text[n] = 1;
	walks_use(n);
	if (text[n] == 1)
		leave_last(n);
}

static void jump(void)
{
	for (volatile int i = 0; i < 9; i++) {
		if (setjmp(target) == 0)
			leave_sometimes(i);
		else
			walks_use(i);
	}
	for (volatile int i = 0; i < 3; i++) {
		if (setjmp(target) == 0)
			after_leave_last(i);
	}
}

static void handle(int number)
{
	walks_use(number);
	walks_use(nested(3) % 100 + 100);
}

static void handle_details(int number, siginfo_t *details, void *context)
{
	handle(number);
	walks_use(details->si_signo + (context != NULL));
}

static void handle_fault(int number)
{
	handle(number);
	mprotect((void *)(unsigned long)guarded, PAGE_SIZE, PROT_READ | PROT_WRITE);
}

// The signal comes at this frame's own instruction, not in the kernel's wrapper of the library.
static NOINLINE int fault(int n)
{
	if (n > 0)
		return fault(n - 1) + n;
	mprotect((void *)(unsigned long)guarded, PAGE_SIZE, PROT_NONE);
	guarded[100] = 1;
	return guarded[100];
}

static void raise_all(int flags)
{
	struct sigaction action = { .sa_handler = handle };

	action.sa_flags = flags;
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = handle_fault;
	sigaction(SIGSEGV, &action, NULL);
	action.sa_sigaction = handle_details;
	action.sa_flags |= SA_SIGINFO;
	sigaction(SIGUSR2, &action, NULL);
	for (int i = 0; i < 3; i++) {
		raise(SIGUSR1);
		raise(SIGUSR2);
		walks_sum = walks_sum + fault(i);
	}
}

static void signals(void)
{
	stack_t stack = { .ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE };
	void *page =
		mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		abort();
	guarded = page;
	raise_all(0);
	sigaltstack(&stack, NULL);
	raise_all(SA_ONSTACK);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	signal(SIGSEGV, SIG_DFL);
	free(stack.ss_sp);
}

#if LIBC_HAS_CONTEXTS
static ucontext_t main_context, coroutine_context;

static void coroutine(void)
{
	for (;;) {
		nested(5);
		swapcontext(&coroutine_context, &main_context);
	}
}

static void switch_stacks(void)
{
	void *stack =
		mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED || getcontext(&coroutine_context) != 0)
		abort();
	coroutine_context.uc_stack.ss_sp = stack;
	coroutine_context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&coroutine_context, coroutine, 0);
	for (int i = 0; i < 5; i++) {
		swapcontext(&main_context, &coroutine_context);
		nested(3);
	}
}
#else
static void switch_stacks(void)
{
}
#endif

void walks_jumps(void)
{
	jump();
	signals();
	switch_stacks();
}
