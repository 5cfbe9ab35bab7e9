// SPDX-License-Identifier: GPL-3.0-or-later
// Callgrind files have exactly the costs of the snapshot, under recursion, inlining and cut stacks too.
#include "callgrind_profile.h"
#include "check.h"
#include "report.h"
#include "snapshot_builder.h"

static char *report(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	CHECK(report_callgrind_write(out, builder_finish(), NULL, NULL));
	CHECK_EQ(fclose(out), 0);
	return text;
}

// The part of the report from the first function on.
static void check_body(const char *expected)
{
	char *text = report();
	const char *body = strstr(text, "\nob=");
	CHECK_STR(body, expected);
	free(text);
}

static void header_says_what_ran(void)
{
	builder_start();
	builder_name("main", 0, "main", "/src/main.c", 7);
	builder_charge("main", WIRE_KIND_MALLOC, 2, 50);
	builder.command_line = "prog a\nb";
	char *text = report();
	CHECK_STR(text, "# callgrind format\n"
			"version: 1\n"
			"creator: readalloc\n"
			"pid: 42\n"
			"cmd: prog a\\x0ab\n"
			"part: 1\n"
			"desc: Duration: 12.500 s\n"
			"desc: Peak: 3.250 s\n"
			"positions: line\n"
			"event: LiveBytes : Live bytes\n"
			"event: LiveBlocks : Live blocks\n"
			"event: PeakBytes : Bytes at the peak\n"
			"event: PeakBlocks : Blocks at the peak\n"
			"event: TotalBytes : Bytes allocated\n"
			"event: TotalBlocks : Blocks allocated\n"
			"event: TemporaryBlocks : Temporary blocks\n"
			"event: TemporaryBytes : Temporary bytes\n"
			"event: RoundingBytes : Bytes more than asked for\n"
			"events: LiveBytes LiveBlocks PeakBytes PeakBlocks TotalBytes TotalBlocks "
			"TemporaryBlocks TemporaryBytes RoundingBytes\n"
			"summary: 100 2 100 2 100 2 0 0 0\n"
			"\n"
			"ob=(1) /usr/bin/prog\n"
			"fl=(1) /src/main.c\n"
			"fn=(1) main\n"
			"7 0 0 0 0 0 0 0 0 0\n"
			"cob=(2) [heap]\n"
			"cfi=(2) ???\n"
			"cfn=(2) malloc\n"
			"calls=2 0\n"
			"7 100 2 100 2 100 2 0 0 0\n"
			"\n"
			"ob=(2)\n"
			"fl=(2)\n"
			"fn=(2)\n"
			"0 100 2 100 2 100 2 0 0 0\n"
			"\n"
			"totals: 100 2 100 2 100 2 0 0 0\n");
	free(text);
}

static void a_snapshot_without_allocations_is_whole(void)
{
	builder_start();
	check_body(NULL);
	char *text = report();
	CHECK(strstr(text, "summary: 0 0 0 0 0 0 0 0 0\n") != NULL);
	CHECK(strstr(text, "totals: 0 0 0 0 0 0 0 0 0\n") != NULL);
	free(text);
}

static void mutual_recursion_counts_once(void)
{
	builder_start();
	builder_name("main", 0, "main", "/m.c", 1);
	builder_name("f", 0, "f", "/m.c", 2);
	builder_name("g", 0, "g", "/m.c", 3);
	builder_charge("main f g f", WIRE_KIND_MALLOC, 1, 10);
	check_body(
		"\nob=(1) /usr/bin/prog\nfl=(1) /m.c\nfn=(1) main\n"
		"1 0 0 0 0 0 0 0 0 0\n"
		"cob=(1)\ncfi=(1)\ncfn=(2) f\ncalls=1 0\n1 10 1 10 1 10 1 0 0 0\n"
		"\nob=(1)\nfl=(1)\nfn=(2)\n"
		"2 0 0 0 0 0 0 0 0 0\n"
		"cob=(1)\ncfi=(1)\ncfn=(3) g\ncalls=1 0\n2 10 1 10 1 10 1 0 0 0\n"
		"\nob=(1)\nfl=(1)\nfn=(3)\n"
		"3 0 0 0 0 0 0 0 0 0\n"
		"cob=(1)\ncfi=(1)\ncfn=(4) f'2\ncalls=1 0\n3 10 1 10 1 10 1 0 0 0\n"
		"\nob=(1)\nfl=(1)\nfn=(4)\n"
		"2 0 0 0 0 0 0 0 0 0\n"
		"cob=(2) [heap]\ncfi=(2) ???\ncfn=(5) malloc\ncalls=1 0\n2 10 1 10 1 10 1 0 0 0\n"
		"\nob=(2)\nfl=(2)\nfn=(5)\n0 10 1 10 1 10 1 0 0 0\n"
		"\ntotals: 10 1 10 1 10 1 0 0 0\n");
}

static void inlined_functions_are_functions(void)
{
	builder_start();
	builder_name("main", 0, "main", "/m.c", 1);
	builder_name("in", 1, "inner", "/inner.h", 20);
	builder_name("in", 1, "outer", "/x.c", 30);
	builder_charge("main in", WIRE_KIND_NEW_ARRAY, 1, 8);
	check_body("\nob=(1) /usr/bin/prog\nfl=(1) /m.c\nfn=(1) main\n"
		   "1 0 0 0 0 0 0 0 0 0\n"
		   "cob=(2) /usr/lib/libx.so\ncfi=(2) /x.c\ncfn=(2) outer\ncalls=1 0\n"
		   "1 8 1 8 1 8 1 0 0 0\n"
		   "\nob=(2)\nfl=(3) /inner.h\nfn=(3) inner\n"
		   "20 0 0 0 0 0 0 0 0 0\n"
		   "cob=(3) [heap]\ncfi=(4) ???\ncfn=(4) operator new[]\ncalls=1 0\n"
		   "20 8 1 8 1 8 1 0 0 0\n"
		   "\nob=(2)\nfl=(2)\nfn=(2)\n"
		   "30 0 0 0 0 0 0 0 0 0\n"
		   "cob=(2)\ncfi=(3)\ncfn=(3)\ncalls=1 0\n30 8 1 8 1 8 1 0 0 0\n"
		   "\nob=(3)\nfl=(4)\nfn=(4)\n0 8 1 8 1 8 1 0 0 0\n"
		   "\ntotals: 8 1 8 1 8 1 0 0 0\n");
}

static void lines_of_other_files_stay_in_their_function(void)
{
	builder_start();
	builder_name("a", 0, "yyparse", "/y.tab.c", 5);
	builder_name("b", 0, "yyparse", "/parse.y", 9);
	builder_names[1].frames[0].home = builder_names[0].frames[0].home;
	builder_charge("a", WIRE_KIND_MALLOC, 1, 1);
	builder_charge("b", WIRE_KIND_MALLOC, 1, 2);
	check_body("\nob=(1) /usr/bin/prog\nfl=(1) /y.tab.c\nfn=(1) yyparse\n"
		   "fi=(2) /parse.y\n"
		   "9 0 0 0 0 0 0 0 0 0\n"
		   "cob=(2) [heap]\ncfi=(3) ???\ncfn=(2) malloc\ncalls=1 0\n9 2 1 2 1 2 1 0 0 0\n"
		   "fe=(1)\n"
		   "5 0 0 0 0 0 0 0 0 0\n"
		   "cob=(2)\ncfi=(3)\ncfn=(2)\ncalls=1 0\n5 1 1 1 1 1 1 0 0 0\n"
		   "\nob=(2)\nfl=(3)\nfn=(2)\n0 3 2 3 2 3 2 0 0 0\n"
		   "\ntotals: 3 2 3 2 3 2 0 0 0\n");
}

static void unknown_functions_are_named_by_offset(void)
{
	builder_start();
	builder_name("a", 1, NULL, NULL, 0);
	builder_name("b", -1, NULL, NULL, 0);
	builder_charge("b a", WIRE_KIND_CALLOC, 1, 4);
	check_body("\nob=(1) /usr/lib/libx.so\nfl=(1) ???\nfn=(1) libx.so+0x1000\n"
		   "cob=(2) [heap]\ncfi=(1)\ncfn=(2) calloc\ncalls=1 0\n0 4 1 4 1 4 1 0 0 0\n"
		   "\nob=(3) ???\nfl=(1)\nfn=(3) 0x1010\n"
		   "cob=(1)\ncfi=(1)\ncfn=(1)\ncalls=1 0\n0 4 1 4 1 4 1 0 0 0\n"
		   "\nob=(2)\nfl=(1)\nfn=(2)\n0 4 1 4 1 4 1 0 0 0\n"
		   "\ntotals: 4 1 4 1 4 1 0 0 0\n");
}

static void cut_stacks_get_a_caller_that_says_so(void)
{
	builder_start();
	builder_name("main", 0, "main", "/m.c", 1);
	builder_name("f", 0, "f", "/m.c", 2);
	builder_charge("main f", WIRE_KIND_MALLOC, 1, 10);
	builder_charge("f", WIRE_KIND_MALLOC, 1, 5)->cut = WIRE_CUT_DEPTH;
	char *text = report();
	CHECK(strstr(text, "fn=(4) (stack cut)\n"
			   "cob=(1)\ncfi=(1)\ncfn=(2)\ncalls=1 0\n0 5 1 5 1 5 1 0 0 0\n") != NULL);
	CHECK(strstr(text, "cfn=(2) f\ncalls=1 0\n1 10 1 10 1 10 1 0 0 0\n") != NULL);
	free(text);
}

static void names_cannot_break_lines(void)
{
	builder_start();
	builder_name("a", 0, "f\ncalls=9 9", "/a\r\n.c", 1);
	builder_charge("a", WIRE_KIND_MALLOC, 1, 1);
	char *text = report();
	CHECK(strstr(text, "fl=(1) /a\\x0d\\x0a.c\nfn=(1) f\\x0acalls=9 9\n") != NULL);
	free(text);
}

static void a_line_is_never_taken_for_self_cost(void)
{
	builder_start();
	builder_name("a", 0, "f", "/a.c", 1);
	struct charge *charge = builder_charge("a", WIRE_KIND_MALLOC, 1, 7);
	charge->cost.column[COST_total_blocks] = 0;
	char *text = report();
	CHECK(strstr(text, "calls=0") == NULL);
	free(text);
}

static void costs_are_the_same_however_few_are_asked_for_at_a_time(void)
{
	builder_start();
	builder_name("main", 0, "main", "/m.c", 1);
	builder_name("f", 0, "f", "/m.c", 2);
	builder_name("in", 1, "inner", "/inner.h", 20);
	builder_name("in", 1, "outer", "/x.c", 30);
	builder_charge("main f in", WIRE_KIND_MALLOC, 1, 10);
	builder_charge("main f in f", WIRE_KIND_CALLOC, 2, 30);
	builder_charge("main in", WIRE_KIND_MALLOC, 3, 7);
	builder_charge("f", WIRE_KIND_MALLOC, 1, 1)->cut = WIRE_CUT_DEPTH;
	builder_charge("", WIRE_KIND_MALLOC, 1, 5);
	struct profile *profile = profile_new(builder_finish(), NULL);
	CHECK(profile->n_calls > 8);
	CHECK(profile_costs_room(profile) >= profile->n_calls);
	struct cost all[32], one;
	profile_costs(profile, 0, profile->n_calls, all);
	for (size_t i = 0; i < profile->n_calls; i++) {
		profile_costs(profile, i, 1, &one);
		CHECK(memcmp(&one, &all[i], sizeof(one)) == 0);
		CHECK(one.column[COST_total_blocks] != 0);
	}
	profile_free(profile);
}

int main(void)
{
	header_says_what_ran();
	a_snapshot_without_allocations_is_whole();
	mutual_recursion_counts_once();
	inlined_functions_are_functions();
	lines_of_other_files_stay_in_their_function();
	unknown_functions_are_named_by_offset();
	cut_stacks_get_a_caller_that_says_so();
	names_cannot_break_lines();
	a_line_is_never_taken_for_self_cost();
	costs_are_the_same_however_few_are_asked_for_at_a_time();
	return check_result();
}
