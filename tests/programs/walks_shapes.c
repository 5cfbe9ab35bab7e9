// SPDX-License-Identifier: GPL-3.0-or-later
// Frames of many shapes: deep, dynamic, large, left by tail calls, made late, with exits inside.
#include "walks.h"

#include <alloca.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wvla" // such frames are wanted here

static NOINLINE int odd(int n);

static NOINLINE int even(int n)
{
	walks_use(n);
	return n == 0 ? 1 : odd(n - 1) + walks_sum;
}

static NOINLINE int odd(int n)
{
	volatile char text[64];

	text[3] = (char)n;
	walks_use(n);
	return n == 0 ? 0 : even(n - 1) + text[3];
}

static NOINLINE int dynamic(int n)
{
	volatile char *text = alloca((size_t)n * 16 + 8);

	text[0] = (char)n;
	walks_use(n);
	return (n == 0 ? 0 : dynamic(n - 1)) + text[0];
}

static NOINLINE int late_dynamic(int n)
{
	volatile char *text = NULL;

	walks_use(n);
	if (n % 2 == 0)
		text = alloca((size_t)n * 24 + 8);
	walks_use(n + 1);
	if (text != NULL)
		text[0] = 1;
	return n == 0 ? 0 : late_dynamic(n - 1) + (text != NULL ? text[0] : 2);
}

static NOINLINE int variable(int n)
{
	int numbers[n + 1][3];

	for (int i = 0; i <= n; i++)
		numbers[i][i % 3] = i + walks_sum;
	for (int i = 0; i < 2; i++) {
		char inner[n + i + 1];

		memset(inner, n, sizeof(inner));
		walks_use(inner[n]);
	}
	return (n == 0 ? 0 : variable(n - 1)) + numbers[n][n % 3];
}

static NOINLINE int large(int n)
{
	volatile char text[70000];

	text[69999] = (char)n;
	walks_use(n);
	return (n == 0 ? 0 : large(n - 1)) + text[69999];
}

// Just over what one 16-bit immediate holds, and with saved registers.
static NOINLINE int medium(int a, int b, int c, int d)
{
	volatile char text[32768];

	text[a] = (char)b;
	walks_use(a);
	walks_use(b);
	return (a == 0 ? 0 : medium(a - 1, b, c, d)) + text[a] + b + c + d;
}

static NOINLINE int large_dynamic(int n)
{
	volatile char text[40000];
	volatile char *more = alloca((size_t)n * 400 + 8);

	text[39999] = more[0] = (char)n;
	walks_use(n);
	return (n == 0 ? 0 : large_dynamic(n - 1)) + text[39999] + more[0];
}

static NOINLINE void tail(int n)
{
	walks_use(n);
	if (n > 0)
		tail(n - 1);
}

static NOINLINE void tail_other(int n)
{
	walks_use(n);
	if (n % 2 != 0)
		tail(n);
	else
		walks_use(n / 2);
}

static NOINLINE int many(int a, int b, int c, int d, int e, long long f, double g)
{
	walks_use(a);
	return (a == 0 ? 0 : many(a - 1, b, c, d, e, f + 1, g * 2)) + b * c + d - e + (int)f;
}

static NOINLINE int variadic(int n, ...)
{
	va_list arguments;
	int result = 0;

	va_start(arguments, n);
	for (int i = 0; i < n; i++) {
		result += va_arg(arguments, int);
		walks_use(result);
	}
	va_end(arguments);
	return n < 2 ? result : result + variadic(n - 1, 1, 2, 3, 4, 5);
}

static void print(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static NOINLINE void print(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, size, format, arguments);
	walks_use(text[0]);
	va_end(arguments);
}

static NOINLINE double floating(int n, double a, double b)
{
	double c = a * b + n, d = a - b;

	walks_use(n);
	return (n == 0 ? a : floating(n - 1, c, d)) * c + d;
}

// The frame is needed on one way only; compilers make it there.
static NOINLINE int shrink_wrapped(const int *numbers, int n)
{
	int a, b, c;

	if (numbers == NULL)
		return -1;
	if (numbers[0] > n)
		return numbers[0];
	a = numbers[1] * n;
	b = numbers[2] + n;
	c = numbers[3] - n;
	walks_use(a & 15);
	walks_use((a + b) & 15);
	if (n == 0)
		return a;
	return shrink_wrapped(numbers, n - 1) + a * b - c;
}

static NOINLINE int several_returns(int n)
{
	int first = n * 3;

	if (n < 0)
		return 1;
	walks_use(n);
	if (n % 5 == 0)
		return first;
	walks_use(n + 1);
	if (n % 3 == 0) {
		walks_use(n + 2);
		return first + walks_sum;
	}
	for (int i = 0; i < 3; i++) {
		if (i == n)
			return i;
		walks_use(i);
	}
	return several_returns(n - 1) + first;
}

static NOINLINE int choose(int n)
{
	int result = n;

	switch (n) {
	case 0:
		walks_use(0);
		return 3;
	case 1:
		result += even(2);
		break;
	case 2:
		walks_use(2);
		break;
	case 3:
		result += dynamic(2);
		return result;
	case 4:
		walks_use(4);
		walks_use(5);
		result *= 2;
		break;
	case 5:
		result = many(1, 2, 3, 4, 5, 6, 7);
		break;
	case 6:
		return walks_sum;
	case 7:
		tail(2);
		break;
	case 8:
		walks_use(8);
		__attribute__((fallthrough));
	case 9:
		walks_use(9);
		result ^= 5;
		break;
	default:
		walks_use(n);
		result = -1;
		break;
	}
	walks_use(result & 15);
	return result + choose(n - 1);
}

// A bytecode interpreter: computed goto, calls back to itself.
static NOINLINE int interpret(const char *code, int depth)
{
	static const void *const labels[] = { &&stop, &&add, &&call, &&back, &&use };
	int value = 0, left = 3;

	goto *labels[(int)*code++];
add:
	value += 7;
	walks_use(value & 15);
	goto *labels[(int)*code++];
call:
	if (depth > 0)
		value += interpret(code, depth - 1);
	goto *labels[(int)*code++];
back:
	if (left-- > 0)
		code -= 2;
	goto *labels[(int)*code++];
use:
	walks_use(left & 15);
	goto *labels[(int)*code++];
stop:
	return value;
}

static NOINLINE int apply(int (*const *functions)(int), int n, int argument)
{
	int result = 0;

	for (int i = 0; i < n; i++)
		result += functions[i](argument);
	walks_use(result & 15);
	return result;
}

void walks_shapes(void)
{
	static int (*const functions[])(int) = { even,         odd,      dynamic,
						 late_dynamic, variable, several_returns };
	static int (*const large_functions[])(int) = { large, large_dynamic };
	static const char code[] = { 1, 4, 2, 1, 4, 3, 0 };
	static const int numbers[] = { 1, 2, 3, 4 };
	char text[40];

	walks_sum = walks_sum + even(40);
	walks_sum = walks_sum + apply(functions, 6, 7);
	walks_sum = walks_sum + apply(large_functions, 2, 3);
	walks_sum = walks_sum + medium(3, 4, 5, 6);
	tail(9);
	for (int i = 0; i < 5; i++)
		tail_other(i);
	walks_sum = walks_sum + many(9, 1, 2, 3, 4, 5, 6);
	walks_sum = walks_sum + variadic(5, 1, 2, 3, 4, 5);
	print(text, sizeof(text), "%d %s %.3f", 3, "three", 3.0);
	walks_sum = walks_sum + (floating(6, 1.5, 0.25) > 3);
	walks_sum = walks_sum + shrink_wrapped(numbers, 5) + shrink_wrapped(numbers, -3);
	walks_sum = walks_sum + choose(11);
	walks_sum = walks_sum + interpret(code, 3);
}
