// SPDX-License-Identifier: GPL-3.0-or-later
// The summary has the exact totals, ranks the call stacks and fits the screen.
#include "check.h"
#include "pools.h"
#include "report.h"
#include "snapshot_builder.h"
#include "summary_text.h"

static char *report(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	CHECK(report_summary_write(out, builder_finish(), NULL, &(struct report_options){ 0 }));
	CHECK_EQ(fclose(out), 0);
	return text;
}

static void numbers_are_exact_and_readable(void)
{
	char text[NUMBER_TEXT_SIZE];
	CHECK_STR(text_number(text, 0), "0");
	CHECK_STR(text_number(text, 999), "999");
	CHECK_STR(text_number(text, 1000), "1,000");
	CHECK_STR(text_number(text, UINT64_MAX), "18,446,744,073,709,551,615");
	CHECK_STR(text_size(text, 1023), "1023 bytes");
	CHECK_STR(text_size(text, 1024), "1.0 KiB");
	CHECK_STR(text_size(text, 1048575), "1.0 MiB");
	CHECK_STR(text_size(text, UINT64_MAX), "16.0 EiB");
	CHECK(text_percent(1, 4) == 25.0);
	CHECK(text_percent(0, 0) == 0.0);
}

static void totals_and_stacks_are_told(void)
{
	builder_start();
	builder_name("main", 0, "main", "/src/main.c", 7);
	builder_name("grow", 1, "inner", "/src/x.h", 20);
	builder_name("grow", 1, "grow", "/src/x.c", 30);
	builder_name("stripped", 1, NULL, NULL, 0);
	builder_charge("main grow", WIRE_KIND_MALLOC, 1, 1000);
	builder_charge("main stripped", WIRE_KIND_NEW, 2, 1500);
	builder_charge("main grow", WIRE_KIND_CALLOC, 1, 10)->cut = WIRE_CUT_DEPTH;
	struct charge *freed = builder_charge("main", WIRE_KIND_MALLOC, 4, 5);
	memset(freed->cost.column, 0, sizeof(freed->cost.column));
	freed->cost.column[COST_total_bytes] = 20;
	freed->cost.column[COST_total_blocks] = 4;
	freed->cost.column[COST_temporary_blocks] = 2;
	freed->cost.column[COST_temporary_bytes] = 1500;
	char *text = report();
	const char *allocated = strstr(text, "\nAllocated: ");
	CHECK(allocated != NULL);
	CHECK_STR(
		allocated != NULL ? allocated : "",
		"\nAllocated: 4 of 4 call stacks, 100.0 % of the bytes\n"
		"\n  1. 3,000 bytes (74.4 %) in 2 blocks by operator new\n"
		"      ??  (/usr/lib/libx.so+0x1020)\n"
		"      main  (/src/main.c:7)\n"
		"\n  2. 1,000 bytes (24.8 %) in 1 block by malloc\n"
		"      inner  (/src/x.h:20)\n"
		"      grow  (/src/x.c:30)\n"
		"      main  (/src/main.c:7)\n"
		"\n  3. 20 bytes (0.5 %) in 4 blocks by malloc\n"
		"      main  (/src/main.c:7)\n"
		"\n  4. 10 bytes (0.2 %) in 1 block by calloc\n"
		"      inner  (/src/x.h:20)\n"
		"      grow  (/src/x.c:30)\n"
		"      main  (/src/main.c:7)\n"
		"      ... the stack was cut here\n"
		"\nBy module, the innermost that is not the C or C++ library\n\n"
		"        Live bytes Bytes at the peak   Bytes allocated            Blocks\n"
		"             4,010             4,010             4,010                 4  "
		"/usr/lib/libx.so\n"
		"                 0                 0                20                 4  "
		"/usr/bin/prog\n"
		"\nBy allocator function\n\n"
		"        Live bytes Bytes at the peak   Bytes allocated            Blocks\n"
		"             3,000             3,000             3,000                 2  "
		"operator "
		"new\n"
		"             1,000             1,000             1,020                 5  malloc\n"
		"                10                10                10                 1  "
		"calloc\n");
	char *live = strstr(text, "\nStill live: ");
	CHECK(live != NULL);
	if (live != NULL) {
		*live = '\0';
	}
	CHECK_STR(
		text,
		"Heap of prog, process 42, started by 41\n"
		"\n"
		"Command     prog --flag\n"
		"Executable  /usr/bin/prog\n"
		"Started     2023-11-14 22:13:20 UTC\n"
		"Traced for  12.500 s\n"
		"\n"
		"Findings: none of wrong frees, failed calls, growth, leaks, a short peak, "
		"rounding "
		"and churn\n"
		"\n"
		"The program has not come to its normal end: what is live is not called a leak.\n"
		"\n"
		"Still live            4,010 bytes    3.9 KiB            4 blocks, not freed "
		"before the end\n"
		"Peak                  4,010 bytes    3.9 KiB            4 blocks, live at 3.250 "
		"s\n"
		"Allocated             4,030 bytes    3.9 KiB            8 blocks, all together\n"
		"Temporary             1,500 bytes    1.5 KiB            2 blocks, 25.0 % of all\n"
		"\n"
		"Events                    8 allocations, frees and reallocations\n"
		"Call stacks               7 whole (87.5 %), found by walker auto\n"
		"                          1 cut at the depth limit of 128 frames (12.5 %)\n"
		"Frames                    4 by unwind tables (100.0 %)\n"
		"\n"
		"12.5 % of the stacks are deeper than 128 frames: DUMPALLOC_DEPTH allows up to "
		"1024\n");
	free(text);
}

// Frames are counted by how they were found, the caller of the hook aside; stacks by why they end.
static void ways_and_ends_of_stacks_are_counted(void)
{
	builder_start();
	builder_name("main", 0, "main", "/a.c", 1);
	builder_name("lib", 1, "lib", "/b.c", 1);
	builder_name("leaf", 1, "leaf", "/b.c", 2);
	builder_name("wild", -1, NULL, NULL, 0);
	builder_charge("main lib leaf", WIRE_KIND_MALLOC, 900, 1);
	builder_charge("lib leaf", WIRE_KIND_MALLOC, 60, 1)->cut = WIRE_CUT_NO_RULE;
	builder_charge("main", WIRE_KIND_MALLOC, 15, 1)->cut = WIRE_CUT_NO_RULE;
	builder_charge("wild", WIRE_KIND_MALLOC, 14, 1)->cut = WIRE_CUT_NO_CODE;
	builder_charge("main", WIRE_KIND_CALLOC, 10, 1)->cut = WIRE_CUT_BAD_STACK;
	builder_charge("main", WIRE_KIND_VALLOC, 1, 1)->cut = 7;
	builder_nodes[2].how = WIRE_HOW_SCAN; // lib, as main calls it
	char *text = report();
	char *stacks = strstr(text, "Call stacks "), *end = strstr(text, "\n\nStill live: ");
	CHECK(stacks != NULL && end != NULL);
	if (stacks != NULL && end != NULL) {
		end[1] = '\0';
		CHECK_STR(
			stacks,
			"Call stacks             900 whole (90.0 %), found by walker auto\n"
			"                         75 cut where nothing tells who called (7.5 %)\n"
			"                         14 cut in code of no known file (1.4 %)\n"
			"                         10 cut where the stack is not as it should be "
			"(1.0 %)\n"
			"                          1 cut for another reason (0.1 %)\n"
			"Frames                  900 from the instructions (48.4 %)\n"
			"                        960 by unwind tables (51.6 %)\n"
			"\n7.5 % of the stacks end early: no unwind tables and no answer from the "
			"instructions in /usr/lib/libx.so (60 stacks), /usr/bin/prog (15 stacks): "
			"build with -fasynchronous-unwind-tables\n"
			"\n1.4 % of the stacks end early: they lead to code of no known file, such "
			"as is made at run time\n"
			"\n1.0 % of the stacks end early: the stack holds no good frame beyond "
			"/usr/bin/prog (10 stacks)\n");
	}
	free(text);
}

// More than 32 bits have room for, together and of one stack.
static void frames_of_many_allocations_are_counted(void)
{
	builder_start();
	builder_name("main", 0, "main", "/a.c", 1);
	builder_name("lib", 1, "lib", "/b.c", 1);
	builder_name("leaf", 1, "leaf", "/b.c", 2);
	builder_charge("main lib leaf", WIRE_KIND_MALLOC, 9000000000, 1);
	builder_charge("main lib", WIRE_KIND_MALLOC, 3000000000, 1);
	builder_charge("main leaf", WIRE_KIND_MALLOC, 3000000000, 1);
	builder_nodes[1].how = WIRE_HOW_SCAN; // main
	char *text = report();
	CHECK(strstr(text, "Frames       15,000,000,000 from the instructions (62.5 %)\n"
			   "              9,000,000,000 by unwind tables (37.5 %)\n") != NULL);
	free(text);
}

// Each pair counts once, against the module the inner frame is in; what is behind a doubtful frame alone does not.
static void scanned_frames_are_held_against_the_code(void)
{
	builder_start();
	builder_name("start", 0, "start", "/a.c", 1);
	builder_name("main", 0, "main", "/a.c", 1);
	builder_name("lib", 1, "lib", "/b.c", 1);
	builder_name("leaf", 1, "leaf", "/b.c", 2);
	builder_name("table", 1, "table", "/b.c", 3);
	builder_charge("start main lib leaf", WIRE_KIND_MALLOC, 90, 1);
	builder_charge("start main lib", WIRE_KIND_MALLOC, 5, 1);
	builder_charge("main leaf", WIRE_KIND_MALLOC, 3, 1);
	builder_charge("main leaf", WIRE_KIND_CALLOC, 2, 1);
	builder_charge("table leaf", WIRE_KIND_MALLOC, 1, 1);
	for (size_t i = 1; i < builder.n_nodes; i++) {
		builder_nodes[i].how = WIRE_HOW_SCAN;
	}
	builder_nodes[builder_charges[4].stack - 1].how = WIRE_HOW_TABLES;
	builder_verdicts[3][2] = EDGE_CONFIRMED;
	builder_verdicts[2][1] = EDGE_BEHIND_CALL;
	builder_verdicts[1][0] = EDGE_CONFIRMED;
	builder_verdicts[3][1] = EDGE_OTHER_FUNCTION;
	builder_verdicts[3][4] = EDGE_NO_CALL; // found by tables: not asked
	char *text = report();
	const char *quality = strstr(text, "\nStack quality: ");
	CHECK_STR(quality != NULL ? quality : "",
		  "\nStack quality: 75.0 % of 4 calls between frames found without tables hold, by "
		  "the "
		  "code of the files\n"
		  "5 allocations (5.0 %) have doubtful frames in their stacks, beyond the modules "
		  "named first\n\n"
		  "  66.7 % of         3  /usr/lib/libx.so: 1 confirmed, 1 behind a call of who "
		  "knows "
		  "what, 1 behind a call of another function\n"
		  " 100.0 % of         1  /usr/bin/prog: 1 confirmed\n");
	free(text);

	// The program's start was found only behind a frame that is wrong: nothing is held against main.
	builder_verdicts[2][1] = EDGE_NO_CALL;
	builder_verdicts[1][0] = EDGE_NO_CALL;
	text = report();
	quality = strstr(text, "\nStack quality: ");
	CHECK(quality != NULL && strstr(quality, "/usr/bin/prog") == NULL);
	CHECK(quality != NULL && strstr(quality, "\n100 allocations (99.0 %) have") != NULL);
	free(text);
}

static void a_few_cut_stacks_need_no_advice(void)
{
	builder_start();
	builder_name("main", 0, "main", "/a.c", 1);
	builder_charge("main", WIRE_KIND_MALLOC, 1000, 1);
	builder_charge("main", WIRE_KIND_MALLOC, 9, 1)->cut = WIRE_CUT_NO_RULE;
	char *text = report();
	CHECK(strstr(text, "9 cut where nothing tells who called (0.9 %)\n\nStill live") != NULL);
	free(text);
}

static void an_unknown_walker_is_not_named(void)
{
	static const uint64_t walkers[] = { WIRE_WALKER_NONE, 99, UINT64_MAX };
	for (size_t i = 0; i < 3; i++) {
		builder_start();
		builder.walker = walkers[i];
		builder_name("main", 0, "main", "/a.c", 1);
		builder_charge("main", WIRE_KIND_MALLOC, 1, 1)->cut = WIRE_CUT_NO_RULE;
		char *text = report();
		CHECK(strstr(text, "\nCall stacks               0 whole (0.0 %)\n") != NULL);
		CHECK(strstr(text,
			     "early: nothing tells who called in /usr/bin/prog (1 stack)\n") !=
		      NULL);
		free(text);
	}
}

static void no_stacks_were_wanted(void)
{
	builder_start();
	builder.walker = WIRE_WALKER_NONE;
	builder_charge("", WIRE_KIND_MALLOC, 3, 1)->cut = WIRE_CUT_NO_WALK;
	char *text = report();
	CHECK(strstr(text, "\nCall stacks            none were recorded\n\nStill live") != NULL);
	free(text);
}

static void what_went_wrong_is_told(void)
{
	builder_start();
	builder.n_failures = 1;
	builder.n_unknown_frees = 2;
	builder.n_missed_frees = 4;
	builder.n_lost = 3;
	builder.unsure_blocks = 2;
	builder.unsure_bytes = 1234;
	builder.damage = "checksum wrong at byte 17\nfake line";
	char *text = report();
	CHECK(strstr(text, "\nDamaged     checksum wrong at byte 17\\x0afake line\n") != NULL);
	CHECK(strstr(text, "\nFailures                  1 call that") != NULL);
	CHECK(strstr(text, "\nUnknown                   2 frees") != NULL);
	CHECK(strstr(text, "\nMissed                    4 frees") != NULL);
	CHECK(strstr(text, "\nLost                      3 events") != NULL);
	CHECK(strstr(text,
		     "\nUnsure                    2 live blocks, of 1,234 bytes, are older") !=
	      NULL);
	CHECK(strstr(text, "\nNothing is still live.\n") != NULL);
	CHECK(strstr(text, "\nNothing was allocated.\n") != NULL);
	free(text);
}

static void wrong_frees_are_listed_with_their_stacks(void)
{
	builder_start();
	builder_name("main", 0, "main", "/src/a.c", 3);
	builder_name("free", 0, "twice", "/src/a.c", 8);
	builder_charge("main", WIRE_KIND_NEW, 1, 8);
	struct misuse misuses[] = {
		{ .type = MISUSE_MISMATCH,
		  .kind = WIRE_KIND_FREE,
		  .charge = 0,
		  .stack = UINT32_MAX,
		  .first_stack = UINT32_MAX,
		  .n = 1200,
		  .seq = 5,
		  .addr = 0x40 },
		{ .type = MISUSE_DOUBLE,
		  .kind = WIRE_KIND_FREE,
		  .first_kind = WIRE_KIND_DELETE,
		  .charge = UINT32_MAX,
		  .stack = builder_node(STACK_ROOT, "free"),
		  .first_stack = UINT32_MAX,
		  .n = 1,
		  .seq = 7,
		  .addr = 0x50 },
		{ .type = MISUSE_SIZE,
		  .kind = WIRE_KIND_DELETE,
		  .charge = 0,
		  .stack = UINT32_MAX,
		  .first_stack = UINT32_MAX,
		  .n = 3,
		  .seq = 9,
		  .addr = 0x60,
		  .size = 1024,
		  .told = 20 },
	};
	builder.misuses = misuses;
	builder.n_misuses = 3;
	builder.n_double_frees = 1;
	builder.n_mismatched_frees = 1200;
	char *text = report();
	CHECK(strstr(text, "\nTwice freed               1 free of a block") != NULL);
	CHECK(strstr(text, "\nMismatched            1,200 frees by a function") != NULL);
	CHECK(strstr(text,
		     "\nWrong frees: 3 of 3 kinds\n\n"
		     "  1. 1,200 frees by the wrong function, the first of 0x40 at event 5\n"
		     "    allocated by operator new\n"
		     "      main  (/src/a.c:3)\n"
		     "    freed by free\n"
		     "      no call stack was recorded: DUMPALLOC_FREE_STACKS=1 records it\n\n"
		     "  2. 1 free of a block freed before, the first of 0x50 at event 7\n"
		     "    allocated before the first event\n"
		     "    freed by operator delete\n"
		     "      no call stack was recorded: DUMPALLOC_FREE_STACKS=1 records it\n"
		     "    freed again by free\n"
		     "      twice  (/src/a.c:8)\n\n"
		     "  3. 3 frees as the wrong size, the first of 0x60 at event 9: allocated "
		     "1,024 bytes, released as 20 bytes\n"
		     "    allocated by operator new\n"
		     "      main  (/src/a.c:3)\n"
		     "    freed by operator delete\n"
		     "      no call stack was recorded: DUMPALLOC_FREE_STACKS=1 records it\n") !=
	      NULL);
	CHECK(strstr(text, "Freed as the wrong size: 3 blocks by operator delete as 20 bytes, "
			   "allocated by operator new as 1,024; allocated here") != NULL);
	free(text);
}

static void a_forked_child_frees_what_it_inherited(void)
{
	builder_start();
	builder.n_unknown_frees = 12;
	builder.parent_stream = 41;
	builder.parent_position = 123456;
	char *text = report();
	CHECK(strstr(text, "\n\nForked      from process 41, after event 123,456 of its stream\n"
			   "Command     prog") != NULL);
	CHECK(strstr(text, "\nInherited                12 frees of blocks from before the fork") !=
	      NULL);
	CHECK(strstr(text, "\nUnknown") == NULL);
	free(text);
	builder.parent_position = 0;
	text = report();
	CHECK(strstr(text, "\nForked      from process 41\n") != NULL);
	free(text);
}

static void the_largest_come_first_and_the_rest_is_counted(void)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f",
					     "g", "h", "i", "j", "k", "l" };
	builder_start();
	for (size_t i = 0; i < 12; i++) {
		builder_name(names[i], 0, names[i], "/a.c", 1);
		builder_charge(names[i], WIRE_KIND_MALLOC, 1, 100 * (i * 5 % 12 + 1));
	}
	char *text = report();
	CHECK(strstr(text, "\nStill live: 10 of 12 call stacks, 96.2 % of the bytes\n") != NULL);
	const char *first = strstr(text, "\n  1. 1,200 bytes"),
		   *last = strstr(text, "\n 10. 300 bytes");
	CHECK(first != NULL && last != NULL && first < last);
	CHECK(strstr(text, "200 bytes (2.6 %)") == NULL);
	CHECK(strstr(text, "\nLive at the peak: 5 of 12 call stacks") != NULL);
	free(text);
}

// Killed, cut off, or still running: nobody knows whether it would have been freed.
static void what_is_live_is_leaked_only_after_a_normal_end(void)
{
	static const struct snapshot_slice begins = { .text = "from 1s", .from = "1s" };
	static const struct snapshot_slice ends = { .text = "to 2s", .to = "2s" };
	static const struct {
		bool has_exited;
		const struct snapshot_slice *slice;
		const char *total, *stacks;
	} cases[] = {
		{ false, NULL, "\nStill live ", "\nStill live: 1 of 1" },
		{ true, NULL, "\nLeaked ", "\nLeaked: 1 of 1" },
		{ false, &begins, "\nStill live ", "\nStill live: 1 of 1" },
		{ false, &ends, "\nLeaked ", "\nLeaked: 1 of 1" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		builder_start();
		builder.has_exited = cases[i].has_exited;
		builder.slice = cases[i].slice;
		builder.view = builder.slice != NULL ? builder.slice->text : NULL;
		builder_name("main", 0, "main", "/a.c", 1);
		builder_charge("main", WIRE_KIND_MALLOC, 1, 1);
		char *text = report();
		CHECK(strstr(text, cases[i].total) != NULL);
		CHECK(strstr(text, cases[i].stacks) != NULL);
		CHECK((strstr(text, "Leaked") != NULL) == (cases[i].total[1] == 'L'));
		free(text);
	}
}

// A library's own frames alone would not say whose fault it is.
static void finding_in_a_library_tells_who_of_the_program_called_it(void)
{
	static const struct {
		const char *stack, *end;
	} cases[] = {
		{ "main run tick l5 l4 l3 l2 l1",
		  "      l4  (/usr/lib/libx.so+0x1030)\n      ...\n      tick  (/src/tick.c:7)\n"
		  "      and its callers\n" },
		{ "tick l5 l4 l3 l2 l1", "      l4  (/usr/lib/libx.so+0x1030)\n      ...\n      "
					 "tick  (/src/tick.c:7)\n\n" },
		{ "main run tick l4 l3 l2 l1",
		  "      l4  (/usr/lib/libx.so+0x1030)\n      tick  (/src/tick.c:7)\n"
		  "      and its callers\n" },
		// Every stack has these.
		{ "start main l5 l4 l3 l2 l1",
		  "      l4  (/usr/lib/libx.so+0x1030)\n      and its callers\n" },
	};
	static const char *const of_library[] = { "l1", "l2", "l3", "l4", "l5" };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		builder_start();
		builder.has_exited = true;
		builder.executable = "/usr/bin/prog";
		for (size_t k = 0; k < sizeof(of_library) / sizeof(of_library[0]); k++) {
			builder_name(of_library[k], 1, of_library[k], NULL, 0);
		}
		builder_name("tick", 0, "tick", "/src/tick.c", 7);
		builder_name("run", 0, "run", "/src/run.c", 8);
		builder_name("main", 0, "main", "/src/main.c", 9);
		builder_name("start", 0, "_start", NULL, 0);
		builder_charge(cases[i].stack, WIRE_KIND_MALLOC, 1, 5000);
		char *text = report();
		CHECK(strstr(text, cases[i].end) != NULL);
		free(text);
	}
}

static void long_names_of_pools_are_shortened(void)
{
	char name[4097] = "\n";
	memset(name + 1, 'x', sizeof(name) - 2);
	const struct pool_total pools[] = { { .name = name, .n_pools = 1 } };
	builder_start();
	builder.pools = pools;
	builder.n_pools = 1;
	builder_name("main", 0, "main", "/a.c", 1);
	builder_charge("main", WIRE_KIND_MALLOC, 1, 1);
	char *text = report();
	char *at = strstr(text, "\\x0axxx");
	CHECK(at != NULL);
	CHECK(at != NULL && strspn(at + 4, "x") == 79 && strncmp(at + 83, "...\n", 4) == 0);
	free(text);
}

// In a difference of which both have ended; what has become less has a sign in each column.
static void changes_have_signs(void)
{
	struct snapshot base = { .program = "prog", .has_exited = true };
	builder_start();
	builder.has_exited = true;
	builder.base = &base;
	builder_name("main", 0, "main", "/a.c", 1);
	struct charge *charge = builder_charge("main", WIRE_KIND_MALLOC, 1, 3000);
	charge->cost.column[COST_live_bytes] = (uint64_t)-3000;
	charge->cost.column[COST_live_blocks] = (uint64_t)-1;
	char *text = report();
	CHECK(strstr(text, "\nLeaked               -3,000 bytes    -2.9 KiB           -1 block, "
			   "still live at the end\n") != NULL);
	CHECK(strstr(text, "\nAllocated            +3,000 bytes    +2.9 KiB           +1 block, "
			   "all together\n") != NULL);
	free(text);
	base.has_exited = false;
	text = report();
	CHECK(strstr(text, "\nStill live           -3,000 bytes ") != NULL);
	CHECK(strstr(text, "\nStill live, changes: 1 of 1") != NULL);
	free(text);
}

static void long_places_lose_directories_not_names(void)
{
	char path[300];
	size_t length = 0;
	for (int i = 0; i < 20; i++) {
		length += (size_t)snprintf(path + length, sizeof(path) - length, "/directory");
	}
	snprintf(path + length, sizeof(path) - length, "/file.c");
	struct symbol symbol = { "function", path, 12, path, NULL };
	struct site site = { .offset = 0x10 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	text_frame(out, &symbol, &site);
	fclose(out);
	CHECK(size <= 101);
	CHECK(strstr(text, "function  (.../directory/") != NULL);
	CHECK(strstr(text, "/file.c:12)\n") != NULL);
	free(text);
}

int main(void)
{
	numbers_are_exact_and_readable();
	totals_and_stacks_are_told();
	ways_and_ends_of_stacks_are_counted();
	frames_of_many_allocations_are_counted();
	scanned_frames_are_held_against_the_code();
	a_few_cut_stacks_need_no_advice();
	an_unknown_walker_is_not_named();
	no_stacks_were_wanted();
	what_went_wrong_is_told();
	wrong_frees_are_listed_with_their_stacks();
	a_forked_child_frees_what_it_inherited();
	the_largest_come_first_and_the_rest_is_counted();
	what_is_live_is_leaked_only_after_a_normal_end();
	finding_in_a_library_tells_who_of_the_program_called_it();
	long_names_of_pools_are_shortened();
	changes_have_signs();
	long_places_lose_directories_not_names();
	return check_result();
}
