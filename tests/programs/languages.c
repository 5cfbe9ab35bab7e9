// SPDX-License-Identifier: GPL-3.0-or-later
// Every call of dumpalloc.h, in what all standards of C from C99 on and of C++ have in common: says how many gave 1.
#include <dumpalloc.h>

#include <errno.h>
#include <wchar.h>

#ifdef __cplusplus
// Before main, outside of any function.
static int at_the_start = dumpalloc_tag("before main");

struct member {
	int tag;
	member() : tag(dumpalloc_snapshot("member"))
	{
	}
} static constructed;
#else
static int at_the_start;
static struct {
	int tag;
} constructed;
#endif

static int count_marks(void)
{
	int n = dumpalloc_is_tracing();

	n += dumpalloc_disable() + dumpalloc_enable();
	n += dumpalloc_disable_thread() + dumpalloc_enable_thread();
	n += dumpalloc_tag("a") + dumpalloc_tagf("%d %s", 1, "b") + dumpalloc_tagf("c");
	n += dumpalloc_snapshot("d") + dumpalloc_name_thread("e") + dumpalloc_flush();
	return n;
}

static int count_usage(void)
{
	struct dumpalloc_usage usage, more;
	struct dumpalloc_savepoint point;
	int n = dumpalloc_save(&point) + dumpalloc_measure(&usage);

	n += dumpalloc_compare(&point, &more) + dumpalloc_update(&point, &more);
	dumpalloc_assert(&point, 0);
	n += dumpalloc_pool_create(&point, "pool") + dumpalloc_pool_alloc(&point, &usage, 8);
	n += dumpalloc_pool_free(&point, &usage) + dumpalloc_pool_destroy(&point);
	return n;
}

// A format that cannot be carried out: what could be is the tag, and errno stays.
static int keeps_errno(void)
{
	static const wchar_t wrong[] = { 0xd800, 0 };

	errno = 77;
	(void)dumpalloc_tagf("cannot %ls", wrong);
	return errno == 77;
}

int main(void)
{
	int n = count_marks() + count_usage() + at_the_start + constructed.tag;

	// Results that nobody asks for, and a condition.
	dumpalloc_disable();
	dumpalloc_enable();
	if (!dumpalloc_tagf("%d", 2))
		dumpalloc_tag("f");
	else
		dumpalloc_flush();
	printf("%d %s\n", n, keeps_errno() ? "errno kept" : "errno changed");
	return 0;
}
