// SPDX-License-Identifier: GPL-3.0-or-later
// Allocates from frames of every shape a walker must step out of.
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define NOINLINE __attribute__((noinline))

enum { STACK_SIZE = 256 << 10, SORTED = 60 };

static volatile int sum;
static jmp_buf target;
static ucontext_t main_context, coroutine_context;

static NOINLINE void use(int n)
{
	void *volatile block = malloc((size_t)n + 1);

	free(block);
	sum = sum + n;
}

static int odd(int n);

static NOINLINE int even(int n)
{
	use(n);
	return n == 0 ? 1 : odd(n - 1) + sum;
}

static NOINLINE int odd(int n)
{
	volatile char text[64];

	text[3] = (char)n;
	use(n);
	return n == 0 ? 0 : even(n - 1) + text[3];
}

static NOINLINE int dynamic(int n)
{
	volatile char *text = alloca((size_t)n * 16 + 8);

	text[0] = (char)n;
	use(n);
	return (n == 0 ? 0 : dynamic(n - 1)) + text[0];
}

static NOINLINE int large(int n)
{
	volatile char text[70000];

	text[69999] = (char)n;
	use(n);
	return (n == 0 ? 0 : large(n - 1)) + text[69999];
}

static NOINLINE void tail(int n)
{
	use(n);
	if (n > 0)
		tail(n - 1);
}

static NOINLINE __attribute__((noreturn)) void leave(int n)
{
	use(n);
	longjmp(target, 1);
}

static NOINLINE int leave_sometimes(int n)
{
	if (n % 3 == 0)
		leave(n);
	use(n);
	return n;
}

static NOINLINE int many(int a, int b, int c, int d, int e, long long f, double g)
{
	use(a);
	return (a == 0 ? 0 : many(a - 1, b, c, d, e, f + 1, g * 2)) + b * c + d - e + (int)f;
}

static int compare(const void *a, const void *b)
{
	use(3);
	return *(const int *)a - *(const int *)b;
}

static void handle(int number)
{
	use(number);
	use(even(3) % 100 + 100);
}

static void raise_all(void)
{
	struct sigaction action = { .sa_handler = handle };
	stack_t stack = { .ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE };

	sigaction(SIGUSR1, &action, NULL);
	sigaltstack(&stack, NULL);
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	for (int i = 0; i < 10; i++) {
		raise(SIGUSR1);
		raise(SIGUSR2);
	}
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
}

static void coroutine(void)
{
	for (;;) {
		even(5);
		dynamic(4);
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
	for (int i = 0; i < 10; i++) {
		swapcontext(&main_context, &coroutine_context);
		odd(7);
	}
}

static void *work(void *unused)
{
	int numbers[SORTED];

	for (int i = 0; i < SORTED; i++)
		numbers[i] = i * 7919 % 101;
	for (int round = 0; round < 10; round++) {
		sum = sum + even(30) + dynamic(12) + large(1) + many(9, 1, 2, 3, 4, 5, 6);
		tail(9);
		qsort(numbers, SORTED, sizeof(numbers[0]), compare);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[3];

	work(NULL);
	sum = sum + large(6);
	for (volatile int i = 0; i < 9; i++) {
		if (setjmp(target) == 0)
			leave_sometimes(i);
	}
	raise_all();
	switch_stacks();
	for (int i = 0; i < 3; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			return 1;
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	puts("done");
	return 0;
}
