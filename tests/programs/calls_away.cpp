// SPDX-License-Identifier: GPL-3.0-or-later
// Each call of dumpalloc.h in C++, twice: as it is, and with DUMPALLOC_NDEBUG, where nothing may be left of any. Counts
// how often an argument was evaluated.
#ifdef CALLS_AWAY
#define DUMPALLOC_NDEBUG
#define FUNCTION call_what_is_away
#else
#define FUNCTION call_all
#endif

#include <cstdio>

#include "libdumpalloc/dumpalloc.h"

extern int n_evaluated;
int call_all();
int call_what_is_away();

[[maybe_unused]] static const char *text()
{
	n_evaluated++;
	return "text";
}

// What the calls gave, together.
int FUNCTION()
{
	static char area[64];
	dumpalloc_savepoint point = {};
	dumpalloc_usage usage = {};
	int n = dumpalloc_is_tracing() + dumpalloc_disable() + dumpalloc_enable();

	n += dumpalloc_disable_thread() + dumpalloc_enable_thread();
	n += dumpalloc_tag(text()) + dumpalloc_tagf("%s", text()) + dumpalloc_snapshot(text());
	n += dumpalloc_name_thread(text()) + dumpalloc_flush() + dumpalloc_measure(&usage);
	n += dumpalloc_save(&point) + dumpalloc_compare(&point, &usage) +
	     dumpalloc_update(&point, &usage);
	dumpalloc_assert(&point, 0);
	n += dumpalloc_pool_create(area, text()) + dumpalloc_pool_alloc(area, area, sizeof area);
	n += dumpalloc_pool_free(area, area) + dumpalloc_pool_destroy(area);
	return n + (usage.blocks > 1000);
}

#ifndef CALLS_AWAY
int n_evaluated;

int main()
{
	int n = call_all(), n_text = n_evaluated;

	n_evaluated = 0;
	int n_away = call_what_is_away();
	std::printf("%d %d, away %d %d\n", n, n_text, n_away, n_evaluated);
	return 0;
}
#endif
