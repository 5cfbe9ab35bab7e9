// SPDX-License-Identifier: GPL-3.0-or-later
// interrupted N: allocates in N signal handlers, on the stack in use and N more on another, while code of
// all shapes runs: leaves, prologues and epilogues, large frames, tail calls.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#if defined(__clang__)
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif

enum { STACK_SIZE = 256 << 10 };

static volatile sig_atomic_t n_left;
static volatile unsigned sink;
static void *volatile block; // seen by nobody, an allocation is left out by clang

// For one signal, soon: a machine may be slow, and is to get on.
static void set_timer(void)
{
	const struct itimerval timer = { .it_value = { 0, 100 + n_left * 37 % 400 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void handle(int signal)
{
	(void)signal;
	block = malloc(24);
	free(block);
	n_left = n_left - 1;
	if (n_left > 0)
		set_timer();
}

// Leaves: without a frame, with one, and with a loop.
static APART unsigned leaf_bare(unsigned a, unsigned b)
{
	return a * 3 + (b ^ a);
}

static APART unsigned leaf_framed(unsigned a)
{
	volatile unsigned numbers[24];

	for (unsigned i = 0; i < 24; i++)
		numbers[i] = a + i;
	return numbers[a % 24];
}

static APART unsigned leaf_looping(const unsigned char *bytes, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum = (sum << 1 | sum >> 31) ^ bytes[i];
	return sum;
}

// Saves what there is to save, and is over at once.
static APART unsigned saves_much(unsigned a, unsigned b, unsigned c, unsigned d)
{
	unsigned e = leaf_bare(a, b), f = leaf_bare(b, c), g = leaf_bare(c, d);

	sink = a + b + c + d;
	return leaf_framed(e ^ f) + leaf_bare(f, g) + a * e + b * f + c * g + d;
}

static APART unsigned tail_called(unsigned a)
{
	return a < 100 ? a + 1 : leaf_bare(a, 7);
}

static APART unsigned tail_calls(unsigned a)
{
	sink = leaf_bare(a, a);
	return tail_called(a + 1);
}

static APART unsigned large_frame(unsigned a)
{
	unsigned char bytes[40000];

	memset(bytes, (int)a, sizeof(bytes));
	return leaf_looping(bytes + a % 1000, 64);
}

static APART unsigned variable_frame(unsigned n)
{
	unsigned char *bytes = __builtin_alloca(n);

	memset(bytes, 1, n);
	return leaf_looping(bytes, n);
}

static APART unsigned recurses(unsigned depth)
{
	if (depth == 0)
		return saves_much(sink, 2, 3, 4);
	return recurses(depth - 1) + leaf_bare(depth, 1);
}

static APART unsigned switches(unsigned a)
{
	switch (a % 7) {
	case 0:
		return leaf_bare(a, 1);
	case 1:
		return leaf_framed(a) + 1;
	case 2:
		return a * 5;
	case 3:
		return tail_calls(a) - 1;
	case 4:
		return saves_much(a, 1, a, 2);
	case 5:
		return a ^ 0x55aa;
	default:
		return 3;
	}
}

static APART void work(void)
{
	for (unsigned i = 0; n_left > 0; i++) {
		sink = switches(i) + recurses(i % 5) + tail_calls(i);
		sink = sink + variable_frame(16 + i % 300);
		if (i % 16 == 0)
			sink = sink + large_frame(i);
	}
}

static void run(int n, int flags)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART | flags };

	n_left = n;
	sigaction(SIGALRM, &action, NULL);
	set_timer();
	work();
}

int main(int argc, char **argv)
{
	static char other[STACK_SIZE];
	const stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	int n = argc > 1 ? atoi(argv[1]) : 100;

	run(n, 0);
	if (sigaltstack(&stack, NULL) != 0)
		return 1;
	run(n, SA_ONSTACK);
	return 0;
}
