// SPDX-License-Identifier: LGPL-2.1-or-later
// unwind-check: how well the scanner does on the user's own files.
#include "unwind/unwind_check.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

static const char help[] =
	"Usage: unwind-check [OPTION]... FILE...\n"
	"Scans the code of each ELF FILE as libdumpalloc does to walk stacks without unwind "
	"tables,\n"
	"and compares the rule it finds for every call with FILE's .eh_frame and .debug_frame.\n"
	"\n"
	"  --debug FILE    take tables also from FILE, a separate debug file of the same build\n"
	"  --list          list the calls that the scanner gets wrong\n"
	"  --list-unknown  list the calls that the scanner has no answer for\n"
	"  --cold          forget between calls what is remembered of long functions\n"
	"  --every         compare at every instruction, as where a signal interrupts it\n"
	"  --quiet         print only the total\n"
	"  --exidx         compare .ARM.exidx with the other tables, instead of the scanner\n"
	"  --help          print this\n"
	"\n"
	"Exit status: 0 all files were compared, 1 a file could not be, 2 usage.\n";

enum {
	OPTION_DEBUG = 1,
	OPTION_LIST,
	OPTION_LIST_UNKNOWN,
	OPTION_COLD,
	OPTION_EVERY,
	OPTION_QUIET,
	OPTION_EXIDX,
	OPTION_HELP,
};

static double percent(uint64_t part, uint64_t all)
{
	return all == 0 ? 0 : 100.0 * (double)part / (double)all;
}

static void print_counts(const char *name, const struct check_options *options,
			 const struct check_counts *counts)
{
	uint64_t n = counts->n_sites;
	printf("%s: %" PRIu64 " %s: %.3f %% right, %.4f %% wrong (%" PRIu64
	       "), %.3f %% unknown (%" PRIu64 "); visited: mean %.1f, most %" PRIu64
	       "; without a row: %" PRIu64 "\n",
	       name, n, options->is_every ? "instructions" : "calls", percent(counts->n_right, n),
	       percent(counts->n_wrong, n), counts->n_wrong, percent(counts->n_unknown, n),
	       counts->n_unknown, n == 0 ? 0 : (double)counts->n_visited / (double)n,
	       counts->max_visited, counts->n_tableless);
}

static void add_counts(struct check_counts *total, const struct check_counts *counts)
{
	total->n_sites += counts->n_sites;
	total->n_right += counts->n_right;
	total->n_wrong += counts->n_wrong;
	total->n_unknown += counts->n_unknown;
	total->n_visited += counts->n_visited;
	total->n_tableless += counts->n_tableless;
	if (counts->max_visited > total->max_visited) {
		total->max_visited = counts->max_visited;
	}
}

static bool check_path(const char *path, const char *debug_path,
		       const struct check_options *options, struct check_counts *counts)
{
	struct elf_image file, debug = { 0 };
	const char *blamed = path;
	const char *error = elf_open(&file, path);
	if (error == NULL && debug_path != NULL) {
		error = elf_open(&debug, debug_path);
		blamed = error != NULL ? debug_path : path;
		if (error == NULL && !elf_is_same_build(&file, &debug)) {
			error = "is not of the same build as the debug file";
		}
	}
	if (error == NULL) {
		error = check_file(&file, debug_path != NULL ? &debug : &file, options, stdout,
				   counts);
	}
	if (error != NULL) {
		fprintf(stderr, "unwind-check: %s: %s\n", blamed, error);
	}
	elf_close(&debug);
	elf_close(&file);
	return error == NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "debug", required_argument, NULL, OPTION_DEBUG },
		{ "list", no_argument, NULL, OPTION_LIST },
		{ "list-unknown", no_argument, NULL, OPTION_LIST_UNKNOWN },
		{ "cold", no_argument, NULL, OPTION_COLD },
		{ "every", no_argument, NULL, OPTION_EVERY },
		{ "quiet", no_argument, NULL, OPTION_QUIET },
		{ "exidx", no_argument, NULL, OPTION_EXIDX },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ NULL, 0, NULL, 0 },
	};
	struct check_options check = { 0 };
	struct check_counts total = { 0 };
	const char *debug = NULL;
	int status = 0;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case OPTION_DEBUG:
			debug = optarg;
			break;
		case OPTION_LIST:
			check.lists_wrong = true;
			break;
		case OPTION_LIST_UNKNOWN:
			check.lists_unknown = true;
			break;
		case OPTION_COLD:
			check.is_cold = true;
			break;
		case OPTION_EVERY:
			check.is_every = true;
			break;
		case OPTION_QUIET:
			check.is_quiet = true;
			break;
		case OPTION_EXIDX:
			check.is_exidx = true;
			break;
		case OPTION_HELP:
			return fputs(help, stdout) < 0;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (optind == argc) {
		fputs(help, stderr);
		return 2;
	}
	int n_files = argc - optind;
	for (; optind < argc; optind++) {
		struct check_counts counts = { 0 };
		if (!check_path(argv[optind], debug, &check, &counts)) {
			status = 1;
			continue;
		}
		if (!check.is_quiet) {
			print_counts(argv[optind], &check, &counts);
		}
		add_counts(&total, &counts);
	}
	if (check.is_quiet || n_files > 1) {
		print_counts("total", &check, &total);
	}
	return fflush(stdout) != 0 ? 1 : status;
}
