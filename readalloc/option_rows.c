// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of options.
#include "option_rows.h"

#include <stddef.h>

#include "options.h"

// Where in the options a flag or a text goes.
#define TO(member) offsetof(struct options, member)

static const struct option_row rows[] = {
	{ 'i', "input", "FILE", "read the stream from FILE instead of standard input",
	  .take = take_input },
	{ 0, "follow", NULL,
	  "with -i: where FILE ends wait for more, until the end of the stream or a signal; also "
	  "when another FILE takes its place, or FILE is not there yet",
	  .flag = TO(is_following) },
	{ 0, "checkpoint", "FILE",
	  "with -i: keep the state of the reading in FILE, so that the same command goes on from "
	  "there after the reader was killed; not with -f events or -f heaptrack",
	  .text = TO(checkpoint) },
	{ 0, "checkpoint-every", "INTERVAL",
	  "with --checkpoint: write FILE each time so much time has passed (90s, 5m, 1h), or so "
	  "much was read (64M, 1G); 5m if not given; also at the end and when the reader is told "
	  "to stop",
	  .take = take_checkpoint_every },
	{ 'f', "format", "NAME", "write the report NAME; may be given several times",
	  .take = take_format },
	{ 'o', "output", "PATH",
	  "write the report named before to PATH; - is standard output; a directory takes "
	  "every report without a PATH of its own",
	  .take = take_output },
	{ 0, "extra", "DIR",
	  "look for the target's files in DIR too, after ROOTFS; may be given several times",
	  .take = take_extra },
	{ 0, "listen", "[ADDR:]PORT",
	  "take any number of streams at this port, of the loopback unless ADDR is given, with "
	  "udp: in front as datagrams, or at the Unix socket unix:PATH; each "
	  "has its reports in files, and a summary of all goes to standard output",
	  .text = TO(listen) },
	{ 0, "connect", "HOST:PORT",
	  "fetch streams from a device that was told to listen, as soon as and whenever there is "
	  "one; else as --listen; may be given several times, also together with it",
	  .take = take_connect },
	{ 0, "announce", NULL,
	  "with --listen: tell devices of the local net that ask for a reader "
	  "(DUMPALLOC_SERVER=auto) where it is",
	  .flag = TO(is_announcing) },
	{ 0, "memory", "SIZE",
	  "with --listen: end the largest stream when all hold more than SIZE bytes (k, M and G "
	  "multiply); half of this machine's memory if not given",
	  .take = take_memory },
	{ 0, "rootfs", "DIR",
	  "lay DIR over ROOTFS, which may then be left out: of two files of a path that of the "
	  "tree named first is meant; may be given several times",
	  .take = take_rootfs },
	{ 0, "debug-path", "DIR",
	  "look for debug files in DIR too: a tree of .build-id, a whole staging tree, or the "
	  "files themselves; may be given several times",
	  .take = take_debug_path },
	{ 0, "debuginfod", NULL,
	  "ask the servers that DEBUGINFOD_URLS names for debug files that are nowhere else",
	  .flag = TO(asks_servers) },
	{ 0, "source-map", "FROM=TO",
	  "show source files below the directory FROM as below TO; may be given several times, "
	  "the first that fits counts",
	  .take = take_source_map },
	{ 0, "no-demangle", NULL, "show the names of functions as the linker has them",
	  .flag = TO(style.keeps_mangled) },
	{ 0, "doctor", NULL,
	  "read no stream: say which names will be unknown in the programs named behind ROOTFS "
	  "and in all they need, and what to do about it",
	  .flag = TO(is_doctor) },
	{ 0, "verify", NULL,
	  "write no report: say whether the stream is whole, or what is missing and where; no "
	  "ROOTFS is needed",
	  .flag = TO(is_verify) },
	{ 0, "metric", "NAME",
	  "what the report named before shows, where it shows one cost alone: live_bytes (the "
	  "default), live_blocks, "
	  "peak_bytes, peak_blocks, total_bytes, total_blocks, temporary_blocks, temporary_bytes "
	  "or rounding_bytes; before any report: all of them",
	  .take = take_metric },
	{ 0, "threshold", "PERCENT",
	  "leave out of the report named before what has less of the whole; before any report: of "
	  "all",
	  .take = take_threshold },
	{ 0, "view", "NAME",
	  "how the tree named before is drawn: top-down (the default), from the outermost "
	  "functions to those that allocate; bottom-up, from these to their callers; or "
	  "caller-callee, each function with its callers and those it calls; before any report: "
	  "of all",
	  .take = take_view },
	{ 0, "sort", "COLUMN",
	  "sort the rows of the report named before by this column: numbers with the greatest "
	  "first, texts from A to Z; COLUMN:up and COLUMN:down have it otherwise; before any "
	  "report: of all that have such rows",
	  .take = take_sort },
	{ 0, "include", "KEY=PATTERN",
	  "show only what matches: allocations made through a function, file or module, of a kind, "
	  "by a thread, or of a size (size>=4k), and of what is live that of an age (age>10m), of "
	  "what was released that of a life (life<1ms); "
	  "PATTERN is a glob or a /regular expression/; may be given several times: one of each "
	  "key is enough, but all of sizes, ages and lives have to match",
	  .take = take_include },
	{ 0, "exclude", "KEY=PATTERN", "do not show what matches; may be given several times",
	  .take = take_exclude },
	{ 0, "from", "WHEN",
	  "let all reports be of the part of the run that begins then: what is live is what was "
	  "allocated in it and not freed before its end; WHEN is a time since the start (90s, "
	  "1.5m, 250ms), tag:TEXT, the first tag with that text (or glob), snapshot:N or NAME, or "
	  "event:N",
	  .take = take_from },
	{ 0, "to", "WHEN",
	  "the same, of the part that ends then; a tag or a snapshot is the first one after that "
	  "of --from",
	  .take = take_to },
	{ 0, "skip", "PATTERN",
	  "leave functions that match out of the inner end of stacks, so that the cost is that of "
	  "their callers; besides a list of well-known ones, such as xmalloc and g_malloc; may be "
	  "given several "
	  "times",
	  .take = take_skip },
	{ 0, "no-skip", NULL, "skip no function but those named with --skip",
	  .flag = TO(view.wrappers.has_no_builtin) },
	{ 0, "suppressions", "FILE",
	  "do not count as leaked what the suppressions in FILE are for, those of Valgrind or of "
	  "LeakSanitizer; may be given several times",
	  .take = take_suppressions },
	{ 0, "gen-suppressions", "PATH",
	  "the same as -f suppressions -o PATH: suppressions for all that leaks",
	  .take = take_gen_suppressions },
	{ 0, "fail-if", "CONDITION",
	  "end with code 4 if it holds: MEASURE > LIMIT or MEASURE(FUNCTION) > LIMIT, also with "
	  ">=, <, "
	  "<=, == and !=; MEASURE is leaked, peak, total or temporary, or one with _blocks behind "
	  "it, rounding, failures, double_frees, mismatched_frees, unknown_frees, lost, or "
	  "growth, whose limit is of the form 1k/min; may "
	  "be given several times; without -f no report "
	  "is written",
	  .take = take_fail_if },
	{ 0, "junit", "FILE", "with --fail-if: write the results to FILE as JUnit's XML",
	  .text = TO(junit) },
	{ 0, "base", "FILE",
	  "show what there is more or less than in the run whose stream is FILE; stacks of the "
	  "same "
	  "functions are the same",
	  .text = TO(base) },
	{ 0, "base-rootfs", "DIR",
	  "with --base: the root file system that run had, if it is another; may be given several "
	  "times",
	  .take = take_base_rootfs },
	{ 0, "base-from", "WHEN",
	  "of what the run is compared with, take the part that begins then, as --from says; "
	  "without "
	  "--base it is another part of the same run: --from 1h --to 2h --base-to 1h shows what "
	  "the second hour has more than the first",
	  .take = take_base_from },
	{ 0, "base-to", "WHEN", "the same, of the part that ends then", .take = take_base_to },
	{ 0, "no-progress", NULL, "do not show on the terminal how far the reading is",
	  .flag = TO(no_progress) },
	{ 0, "formats", NULL, "list the reports", .take = take_formats },
	{ 0, "help", NULL, "print this help", .take = take_help },
	{ 0, "version", NULL, "print the version", .take = take_version },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)N_ROWS <= (int)OPTION_ROWS_MAX, "getopt_long is told of all");

const struct option_row *option_row_at(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}
