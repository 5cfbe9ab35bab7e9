// SPDX-License-Identifier: GPL-3.0-or-later
// Callbacks through the C library, and through code of the program's own that is built like it.
#include "walks.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { N_SORTED = 24, N_TREE = 12 };

static NOINLINE int compare(const void *a, const void *b)
{
	walks_use(3);
	return *(const int *)a - *(const int *)b;
}

static NOINLINE int compare_reverse(const void *a, const void *b, void *sign)
{
	walks_use(*(int *)sign);
	return compare(b, a) * *(int *)sign;
}

static void visit(const void *node, VISIT which, int depth)
{
	if (which == postorder || which == leaf)
		walks_use(depth + (node != NULL));
}

static void let_go(void *node)
{
	walks_use(node != NULL);
}

// A merge sort as the C library's is.
static NOINLINE void merge_sort(int *numbers, int n, int *room,
				int (*order)(const void *, const void *))
{
	int half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	merge_sort(numbers, half, room, order);
	merge_sort(numbers + half, n - half, room, order);
	while (i < half && j < n)
		room[k++] = order(&numbers[i], &numbers[j]) <= 0 ? numbers[i++] : numbers[j++];
	while (i < half)
		room[k++] = numbers[i++];
	memcpy(numbers, room, (size_t)k * sizeof(*room));
}

static void fill(int *numbers)
{
	for (int i = 0; i < N_SORTED; i++)
		numbers[i] = i * 7919 % 101;
}

void walks_callbacks(void)
{
	int numbers[N_SORTED], room[N_SORTED], sign = 1;
	void *root = NULL;

	fill(numbers);
	merge_sort(numbers, N_SORTED, room, compare);
	fill(numbers);
	qsort(numbers, N_SORTED, sizeof(numbers[0]), compare);
	bsearch(&numbers[5], numbers, N_SORTED, sizeof(numbers[0]), compare);
	qsort_r(numbers, N_SORTED, sizeof(numbers[0]), compare_reverse, &sign);
	fill(numbers);
	for (int i = 0; i < N_TREE; i++)
		tsearch(&numbers[i], &root, compare);
	twalk(root, visit);
	tfind(&numbers[3], &root, compare);
	for (int i = 0; i < N_TREE / 2; i++)
		tdelete(&numbers[i], &root, compare);
	tdestroy(root, let_go);
}
