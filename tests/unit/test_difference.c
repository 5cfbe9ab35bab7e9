// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks of two builds are the same if a person would say so.
#include "difference.h"

#include "check.h"
#include "snapshot_builder.h"

enum { STACKS_MAX = 4 };

// A stack, its functions separated by bars, outermost first, and how many blocks of one byte it has.
struct stack {
	const char *functions;
	uint64_t n_blocks;
};

struct run {
	struct snapshot snapshot;
	struct stack_node nodes[BUILDER_MAX];
	struct charge charges[BUILDER_MAX];
	char names[BUILDER_MAX][8];
};

// The functions of each run are call sites of its own. Without `has_lines` nothing but functions is known.
static void run_build(struct run *run, const struct stack *stacks, bool has_lines)
{
	size_t first = builder_n_names;
	builder.n_nodes = 1;
	builder.n_charges = 0;
	for (size_t i = 0; i < STACKS_MAX && stacks[i].functions != NULL; i++) {
		char *text = strdup(stacks[i].functions), *rest = NULL, path[256] = "";
		size_t used = 0;
		for (char *function = strtok_r(text, "|", &rest); function != NULL;
		     function = strtok_r(NULL, "|", &rest)) {
			size_t at = builder_n_names;
			char *name = run->names[at];
			snprintf(name, sizeof(run->names[at]), "s%zu", at);
			builder_name(name, 0, strdup(function), has_lines ? "/src/a.cpp" : NULL, 1);
			used += (size_t)snprintf(path + used, sizeof(path) - used, "%s ", name);
		}
		builder_charge(path, WIRE_KIND_MALLOC, stacks[i].n_blocks, 1);
		free(text);
	}
	run->snapshot = *builder_finish();
	memcpy(run->nodes, builder_nodes, sizeof(run->nodes));
	memcpy(run->charges, builder_charges, sizeof(run->charges));
	for (size_t i = 1; i < builder.n_nodes; i++) {
		run->nodes[i].site -= (uint32_t)first;
	}
	run->snapshot.sites = builder_sites + first;
	run->snapshot.n_sites = builder_n_names - first;
	run->snapshot.nodes = run->nodes;
	run->snapshot.charges = run->charges;
}

// The number of stacks that differ; the sum of what there is more becomes `*sum`.
static size_t differing(const struct stack *base, const struct stack *now, int64_t *sum)
{
	static struct run runs[2];
	memset(runs, 0, sizeof(runs));
	builder_start();
	run_build(&runs[0], base, true);
	run_build(&runs[1], now, true);
	struct difference *difference =
		difference_new(&runs[1].snapshot, NULL, &runs[0].snapshot, NULL);
	size_t n = difference->snapshot.n_charges;
	*sum = 0;
	for (size_t i = 0; i < n; i++) {
		*sum += (int64_t)difference->snapshot.charges[i].cost.column[COST_live_bytes];
	}
	difference_free(difference);
	for (size_t i = 0; i < builder_n_names; i++) {
		free((char *)(uintptr_t)builder_names[i].frames[0].function);
	}
	return n;
}

static const struct {
	const char *what;
	struct stack base[STACKS_MAX], now[STACKS_MAX];
	size_t n;
	int64_t sum;
} cases[] = {
	{ "nothing", { { "main|f(int)", 8 } }, { { "main|f(int)", 8 } }, 0, 0 },
	{ "overloads",
	  { { "main|a::f(int)", 10 }, { "main|a::f(long)", 30 } },
	  { { "main|a::f(int)", 30 }, { "main|a::f(long)", 10 } },
	  2,
	  0 },
	{ "methods of two classes",
	  { { "main|a::put(int)", 10 }, { "main|b::put(int)", 30 } },
	  { { "main|a::put(int)", 15 }, { "main|b::put(int)", 30 } },
	  1,
	  5 },
	{ "functions of C",
	  { { "main|f", 10 }, { "main|g", 30 } },
	  { { "main|f", 10 }, { "main|h", 30 } },
	  2,
	  0 },
	{ "an inlined function", { { "main|a::B::f(int)", 10 } }, { { "main|f", 10 } }, 0, 0 },
	{ "an inlined template",
	  { { "main|a<int>* (anonymous namespace)::make<int, b>(int)", 10 } },
	  { { "main|make<int>", 10 } },
	  0,
	  0 },
	{ "overloads that are inlined",
	  { { "main|a::f(int)", 10 }, { "main|a::f(long)", 30 } },
	  { { "main|f", 40 } },
	  0,
	  0 },
	{ "an overload that is inlined here and there",
	  { { "main|f(int)", 10 }, { "main|g|f(int)", 30 } },
	  { { "main|f(int)", 10 }, { "main|g|f", 30 } },
	  0,
	  0 },
	{ "other arguments", { { "main|f(int)", 10 } }, { { "main|f(long)", 12 } }, 1, 2 },
	{ "one more overload",
	  { { "main|f(int)", 10 } },
	  { { "main|f(int)", 10 }, { "main|f(long)", 12 } },
	  1,
	  12 },
	{ "a lambda",
	  { { "main|g(int)::{lambda(a)#1}::operator()(a) const", 10 } },
	  { { "main|g(int)::$_3::operator()(a) const", 10 } },
	  0,
	  0 },
	{ "a tag", { { "main|f[abi:cxx11](int)", 10 } }, { { "main|f(int)", 10 } }, 0, 0 },
	{ "a variant",
	  { { "main|f(int) [clone .isra.0]", 10 } },
	  { { "main|f(int) [clone .cold]", 10 } },
	  0,
	  0 },
	{ "the library's own way",
	  { { "main|f(int)|std::vector<int>::push_back(int&&)", 10 } },
	  { { "main|f(int)|std::vector<int>::emplace_back<int>(int&&)|std::grow(int)", 10 } },
	  0,
	  0 },
	{ "two ways that both have",
	  { { "main|f(int)|std::a::x(int)", 10 }, { "main|f(int)|std::b::y(int)", 20 } },
	  { { "main|f(int)|std::a::x(int)", 15 }, { "main|f(int)|std::b::y(int)", 16 } },
	  2,
	  1 },
	{ "the library alone", { { "std::a::x(int)", 10 } }, { { "std::b::y(int)", 10 } }, 2, 0 },
	{ "a recursion that became a loop",
	  { { "main|r(int)", 1 }, { "main|r(int)|r(int)", 2 }, { "main|r(int)|r(int)|r(int)", 3 } },
	  { { "main|r(int)", 6 } },
	  0,
	  0 },
	{ "a recursion that stays",
	  { { "main|r(int)", 1 }, { "main|r(int)|r(int)", 2 } },
	  { { "main|r(int)", 1 }, { "main|r(int)|r(int)", 5 } },
	  1,
	  3 },
};

static void stacks_are_matched(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t sum;
		size_t n = differing(cases[i].base, cases[i].now, &sum);
		if (n != cases[i].n || sum != cases[i].sum) {
			fprintf(stderr, "%s: %zu stacks differ, by %lld\n", cases[i].what, n,
				(long long)sum);
		}
		CHECK_EQ(n, cases[i].n);
		CHECK_EQ(sum, cases[i].sum);
		// The other way round it is the same, with the other sign.
		CHECK_EQ(differing(cases[i].now, cases[i].base, &sum), cases[i].n);
		CHECK_EQ(sum, -cases[i].sum);
	}
}

int main(void)
{
	stacks_are_matched();
	return check_result();
}
