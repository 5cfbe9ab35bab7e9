// SPDX-License-Identifier: GPL-3.0-or-later
// The summary: what ran, the totals, and the call stacks that hold most, as text.
#include "pools.h"
#include "report.h"

#include "snapshot.h"
#include "summary_findings.h"
#include "summary_head.h"
#include "summary_misuse.h"
#include "summary_names.h"
#include "summary_quality.h"
#include "summary_ranking.h"
#include "summary_stacks.h"
#include "summary_tables.h"
#include "summary_text.h"
#include "summary_totals.h"
#include "util.h"

#include <inttypes.h>

enum { POOL_NAME_SHOWN = 80 };

// What suppressions took out of the leaks.
static void write_suppressed(FILE *out, const struct snapshot *snapshot)
{
	char bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE];
	if (snapshot->n_suppressed != 0) {
		fputs("\nSuppressed leaks\n", out);
	}
	for (size_t i = 0; i < snapshot->n_suppressed; i++) {
		const struct suppressed *one = &snapshot->suppressed[i];
		fprintf(out, "%15s %s in %s %s: ", text_number(bytes, one->bytes),
			text_noun(one->bytes, "byte", "bytes"), text_number(blocks, one->blocks),
			text_noun(one->blocks, "block", "blocks"));
		text_escape(out, one->name, 0);
		putc('\n', out);
	}
}

// What the program's own allocators have handed out, which is no part of the numbers above.
static void write_pools(FILE *out, const struct snapshot *snapshot)
{
	char live[NUMBER_TEXT_SIZE], peak[NUMBER_TEXT_SIZE], total[NUMBER_TEXT_SIZE];
	char count[NUMBER_TEXT_SIZE];
	if (snapshot->n_pools != 0) {
		fprintf(out,
			"\nPools of the program, apart from all above\n%15s %15s %15s %12s %7s  "
			"name\n",
			"live bytes", "peak bytes", "allocated", "in blocks", "pools");
	}
	for (size_t i = 0; i < snapshot->n_pools; i++) {
		const struct pool_total *pool = &snapshot->pools[i];
		fprintf(out, "%15s %15s %15s %12s %7" PRIu64 "  ",
			text_number(live, pool->live_bytes), text_number(peak, pool->peak_bytes),
			text_number(total, pool->total_bytes),
			text_number(count, pool->total_blocks), pool->n_pools);
		text_escape_short(out, *pool->name ? pool->name : "(no name)", POOL_NAME_SHOWN);
		fputc('\n', out);
	}
	for (size_t i = 0; i < snapshot->n_pools; i++) {
		const struct pool_total *pool = &snapshot->pools[i];
		if (pool->n_unknown_frees == 0) {
			continue;
		}
		fprintf(out, "%15s %s of blocks that such a pool did not have: ",
			text_number(count, pool->n_unknown_frees),
			text_noun(pool->n_unknown_frees, "free", "frees"));
		text_escape_short(out, *pool->name ? pool->name : "(no name)", POOL_NAME_SHOWN);
		fputc('\n', out);
	}
}

// What there is to say of a run besides its stacks.
static void write_run(FILE *out, const struct snapshot *snapshot, struct symbols *symbols)
{
	summary_findings_write(out, snapshot, symbols);
	summary_totals_write(out, snapshot);
	summary_stacks_write(out, snapshot);
	if (snapshot->n_skipped != 0) {
		summary_count_write(
			out, "Skipped", snapshot->n_skipped,
			text_noun(snapshot->n_skipped,
				  "call stack begins at the caller of a wrapper such as "
				  "xmalloc (--no-skip)",
				  "call stacks begin at the callers of wrappers such as "
				  "xmalloc (--no-skip)"));
	}
	write_suppressed(out, snapshot);
	write_pools(out, snapshot);
	summary_misuse_write(out, snapshot, symbols);
}

bool report_summary_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			  const struct report_options *options)
{
	bool has_leaks = snapshot_has_leaks(snapshot);
	struct ranking rankings[] = {
		{ .bytes = COST_live_bytes,
		  .blocks = COST_live_blocks,
		  .title = has_leaks ? "Leaked" : "Still live",
		  .unchanged = has_leaks ? "Nothing has changed in what is leaked."
					 : "Nothing has changed in what is still live.",
		  .nothing = has_leaks ? "Nothing was leaked." : "Nothing is still live.",
		  .n_max = RANKING_MAX },
		{ .bytes = COST_peak_bytes,
		  .blocks = COST_peak_blocks,
		  .title = "Live at the peak",
		  .unchanged = "Nothing has changed at the peak.",
		  .nothing = "Nothing was live at the peak.",
		  .n_max = RANKING_MAX / 2 },
		{ .bytes = COST_total_bytes,
		  .blocks = COST_total_blocks,
		  .title = "Allocated",
		  .unchanged = "Nothing has changed in what is allocated.",
		  .nothing = "Nothing was allocated.",
		  .n_max = RANKING_MAX / 2 },
	};
	summary_head_write(out, snapshot);
	if (snapshot->base != NULL) {
		summary_changes_write(out, snapshot);
	} else {
		write_run(out, snapshot, symbols);
	}
	for (size_t k = 0; k < sizeof(rankings) / sizeof(rankings[0]); k++) {
		rankings[k].sort = &options->sort;
		for (size_t i = 0; i < snapshot->n_charges; i++) {
			ranking_add(&rankings[k], &snapshot->charges[i]);
		}
		ranking_write(out, &rankings[k], snapshot, symbols);
	}
	if (snapshot->base == NULL) {
		summary_tables_write(out, snapshot, &options->sort);
		summary_quality_write(out, snapshot, symbols);
	}
	summary_names_write(out, symbols);
	return fflush(out) == 0 && !ferror(out);
}
