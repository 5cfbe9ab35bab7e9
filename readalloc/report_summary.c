// SPDX-License-Identifier: GPL-3.0-or-later
// The summary: what ran, the totals, and the call stacks that hold most, as text.
#include "pools.h"
#include "report.h"

#include "../libdumpalloc/wire.h"
#include "cost.h"
#include "memory_curve.h"
#include "sampling.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_findings.h"
#include "summary_misuse.h"
#include "summary_names.h"
#include "summary_plot.h"
#include "summary_quality.h"
#include "summary_stacks.h"
#include "summary_tables.h"
#include "summary_text.h"
#include "symbols.h"
#include "util.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double MICROSECONDS = 1e6;

enum {
	TOP_MAX = 10,
	FRAMES_MAX = 24, // of one stack; innermost
};

static const char *const cost_titles[N_COSTS] = {
#define X(field, word, title) [COST_##field] = (title),
	COST_LIST(X)
#undef X
};

// A list of call stacks, those that cost most first, unless they are to be sorted otherwise.
struct ranking {
	const struct row_sort *sort;
	enum cost_column bytes, blocks;
	const char *title;     // of the section
	const char *unchanged; // said where a difference has none
	const char *nothing;   // said where there is no stack
	size_t n_max;
	const struct charge *top[TOP_MAX];
	size_t n;
	size_t n_stacks; // that cost anything at all
};

static void write_text(FILE *out, const char *label, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		fprintf(out, "%-12s", label);
		text_escape(out, text, 0);
		fputc('\n', out);
	}
}

static void write_origin(FILE *out, const struct snapshot *snapshot)
{
	if (snapshot->parent_stream == 0) {
		return;
	}
	char count[NUMBER_TEXT_SIZE];
	fprintf(out, "%-12sfrom process %" PRIu64, "Forked", snapshot->parent_stream);
	if (snapshot->parent_position != 0) {
		fprintf(out, ", after event %s of its stream",
			text_number(count, snapshot->parent_position));
	}
	fputc('\n', out);
}

static void write_start(FILE *out, const char *label, const struct snapshot *snapshot)
{
	time_t start = (time_t)(snapshot->start_time / 1000000000);
	struct tm parts;
	char text[64];
	if (snapshot->start_time != 0 && gmtime_r(&start, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) > 0) {
		write_text(out, label, text);
	}
}

// Of a difference: what there is more or less than where.
static void write_base(FILE *out, const struct snapshot *base)
{
	if (base != NULL) {
		fputs("Compared    with ", out);
		text_escape(out, base->program != NULL ? base->program : "\?\?", 0);
		fprintf(out,
			", process %" PRIu64 "; + is what there is more, - what there is less\n",
			base->pid);
		write_start(out, "", base);
	}
}

static void write_sampling(FILE *out, const struct snapshot *snapshot)
{
	char size[NUMBER_TEXT_SIZE];
	if (snapshot->sampling != 0) {
		fprintf(out,
			"%-12sone point in %s: bytes and blocks are estimates, +- is the standard "
			"error;\n%-12sthe peak is rather too high, temporary and short-lived "
			"blocks "
			"are not known\n",
			"Sampled", text_size(size, snapshot->sampling), "");
	}
}

static void write_elision(FILE *out, const struct snapshot *snapshot)
{
	static const char *const reasons[WIRE_ELIDED_REASONS] = {
#define X(number, id, word, words) [number] = (words),
		WIRE_ELIDED_LIST(X)
#undef X
	};
	char n[NUMBER_TEXT_SIZE], limit[NUMBER_TEXT_SIZE];
	if (snapshot->elide_limit == 0) {
		return;
	}
	fprintf(out,
		"%-12s%s events of blocks that lived for %s events at most, by DUMPALLOC_ELIDE: "
		"what\n"
		"%-12sis live, the peak and all sums are exact; lives and times in between are "
		"not known\n",
		"Left out", text_number(n, snapshot->n_elided),
		text_number(limit, snapshot->elide_limit), "");
	if (snapshot->slice != NULL) {
		fprintf(out, "%-12sof a slice the peak may have been higher\n", "");
	}
	if (snapshot->elide_end != 0) {
		fprintf(out, "%-12sit was given up before the end, as %s\n", "",
			snapshot->elide_end < WIRE_ELIDED_REASONS ? reasons[snapshot->elide_end]
								  : "a later version can say");
	}
}

static void write_head(FILE *out, const struct snapshot *snapshot)
{
	fputs("Heap of ", out);
	text_escape(out, snapshot->program != NULL ? snapshot->program : "??", 0);
	fprintf(out, ", process %" PRIu64, snapshot->pid);
	if (snapshot->parent_pid != 0) {
		fprintf(out, ", started by %" PRIu64, snapshot->parent_pid);
	}
	fputs("\n\n", out);
	write_origin(out, snapshot);
	write_text(out, "Command", snapshot->command_line);
	write_text(out, "Executable", snapshot->executable);
	write_start(out, "Started", snapshot);
	fprintf(out, "%-12s%.3f s\n", snapshot->slice != NULL ? "Slice of" : "Traced for",
		snapshot->duration - snapshot_begin(snapshot));
	write_base(out, snapshot->base);
	write_text(out, "Shown", snapshot->view);
	write_sampling(out, snapshot);
	write_elision(out, snapshot);
	write_text(out, "Damaged", snapshot->damage);
	fputc('\n', out);
}

static void write_error(FILE *out, const struct snapshot *snapshot, const struct cost *cost,
			const struct variance *variance, enum cost_column bytes)
{
	char size[NUMBER_TEXT_SIZE];
	if (snapshot->sampling != 0) {
		fprintf(out, ", +- %s",
			text_size(size, (uint64_t)(sampling_error(snapshot, cost, variance, bytes) +
						   0.5)));
	}
}

// One line of the table of totals, without its end.
static void write_amount(FILE *out, const char *label, const struct snapshot *snapshot,
			 uint64_t n_bytes, uint64_t n_blocks)
{
	char exact[NUMBER_TEXT_SIZE], size[NUMBER_TEXT_SIZE], count[NUMBER_TEXT_SIZE];
	uint64_t size_of = cost_magnitude(n_bytes);
	fprintf(out, "%-12s%15s bytes %10s %12s blocks", label, text_cost(exact, snapshot, n_bytes),
		size_of < 1024 ? "" : text_size(size, size_of),
		text_cost(count, snapshot, n_blocks));
}

static void write_bytes(FILE *out, const char *label, const struct snapshot *snapshot,
			enum cost_column bytes, enum cost_column blocks)
{
	write_amount(out, label, snapshot, snapshot->total.column[bytes],
		     snapshot->total.column[blocks]);
	write_error(out, snapshot, &snapshot->total, &snapshot->total_variance, bytes);
}

// What is mapped is live, and not leaked.
static uint64_t mapped(const struct snapshot *snapshot, enum cost_column column)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		bool is_mapping = charge_is_mapping(&snapshot->charges[i]);
		sum += is_mapping ? snapshot->charges[i].cost.column[column] : 0;
	}
	return sum;
}

static void write_live(FILE *out, const struct snapshot *snapshot, const char *when)
{
	const uint64_t *total = snapshot->total.column;
	uint64_t bytes = mapped(snapshot, COST_live_bytes);
	uint64_t blocks = mapped(snapshot, COST_live_blocks);
	write_amount(out, "Leaked", snapshot, total[COST_live_bytes] - bytes,
		     total[COST_live_blocks] - blocks);
	write_error(out, snapshot, &snapshot->total, &snapshot->total_variance, COST_live_bytes);
	fprintf(out, ", still live at the end%s\n", when);
	if (mapped(snapshot, COST_total_blocks) != 0) {
		write_amount(out, "Mapped", snapshot, bytes, blocks);
		fprintf(out, ", still mapped at the end%s, which is no leak\n", when);
	}
}

static void write_count(FILE *out, const char *label, uint64_t n, const char *meaning)
{
	char text[NUMBER_TEXT_SIZE];
	fprintf(out, "%-12s%15s %s\n", label, text_number(text, n), meaning);
}

// Why events are lost, as far as the stream tells it.
static void write_losses(FILE *out, const struct snapshot *snapshot)
{
	static const char *const meanings[WIRE_LOST_END] = {
		[WIRE_LOST_UNTOLD] = "of them for a reason that the stream does not tell",
#define X(number, id, word, words) [number] = "of them " words,
		WIRE_LOST_LIST(X)
#undef X
	};
	if (snapshot->n_lost == 0) {
		return;
	}
	write_count(out, "Lost", snapshot->n_lost,
		    "events did not arrive: all numbers above are lower bounds or off");
	for (unsigned i = 0; i < WIRE_LOST_END; i++) {
		unsigned reason = (i + 1) % WIRE_LOST_END; // what is not told comes last
		if (snapshot->lost[reason] != 0 &&
		    snapshot->lost[WIRE_LOST_UNTOLD] != snapshot->n_lost) {
			write_count(out, "", snapshot->lost[reason], meanings[reason]);
		}
	}
}

// Frees of blocks that the stream does not tell of, and why that is so.
static void write_unknown_frees(FILE *out, const struct snapshot *snapshot)
{
	const char *label = "Unknown", *meaning = "frees of blocks whose allocation was not seen";
	if (snapshot->parent_stream != 0) {
		label = "Inherited";
		meaning = "frees of blocks from before the fork, which are the parent's";
	} else if (snapshot->has_pauses) {
		label = "Unrecorded";
		meaning =
			"frees of blocks from while recording was off, or smaller than is recorded";
	}
	if (snapshot->n_unknown_frees != 0) {
		write_count(out, label, snapshot->n_unknown_frees, meaning);
	}
}

// Of a difference nothing but costs is known.
static void write_changes(FILE *out, const struct snapshot *snapshot)
{
	write_live(out, snapshot, "");
	write_bytes(out, "Peak", snapshot, COST_peak_bytes, COST_peak_blocks);
	fputs(", each at its own time\n", out);
	write_bytes(out, "Allocated", snapshot, COST_total_bytes, COST_total_blocks);
	fputs(", all together\n", out);
	if (snapshot->sampling == 0 && snapshot->base->sampling == 0) {
		write_bytes(out, "Temporary", snapshot, COST_temporary_bytes,
			    COST_temporary_blocks);
		fputc('\n', out);
	}
}

// What was live when the slice began: no part of any other number. Filters do not know it.
static void write_before(FILE *out, const struct snapshot *snapshot)
{
	const struct snapshot_slice *slice = snapshot->slice;
	char bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE];
	if (slice == NULL || slice->from == NULL || strcmp(slice->text, snapshot->view) != 0) {
		return;
	}
	fprintf(out, "%-12s%15s bytes %10s %12s blocks, live when the slice began, not counted\n",
		"Before", text_number(bytes, slice->before_bytes), "",
		text_number(blocks, slice->before_blocks));
	fprintf(out, "%-12s%15s bytes %10s %12s blocks of them were freed in it\n", "",
		text_number(bytes, slice->before_freed_bytes), "",
		text_number(blocks, slice->before_freed_blocks));
}

// The process's memory as its kernel counts it, at the moment of the whole run when most of it was resident.
static void write_memory(FILE *out, const struct memory_curve *memory)
{
	char resident[NUMBER_TEXT_SIZE], text[NUMBER_TEXT_SIZE];
	if (!memory_curve_has(memory)) {
		return;
	}
	const struct memory_point *most = &memory->most;
	fprintf(out, "%-12s%15s bytes at most, at %.3f s, the greatest of %s looks", "Resident",
		text_number(resident, most->bytes[WIRE_MEMORY_RESIDENT]),
		(double)most->time / MICROSECONDS, text_number(text, memory->n_seen));
	if (most->bytes[WIRE_MEMORY_PRIVATE] != 0) {
		fprintf(out, "; %s of them private",
			text_number(text, most->bytes[WIRE_MEMORY_PRIVATE]));
	}
	putc('\n', out);
}

static void write_totals(FILE *out, const struct snapshot *snapshot)
{
	const uint64_t *total = snapshot->total.column;
	write_live(out, snapshot, snapshot->slice != NULL ? " of the slice" : "");
	write_bytes(out, "Peak", snapshot, COST_peak_bytes, COST_peak_blocks);
	fprintf(out, ", live at %.3f s\n", snapshot->peak_time);
	write_bytes(out, "Allocated", snapshot, COST_total_bytes, COST_total_blocks);
	fputs(", all together\n", out);
	if (snapshot->sampling == 0) {
		write_bytes(out, "Temporary", snapshot, COST_temporary_bytes,
			    COST_temporary_blocks);
		fprintf(out, ", %.1f %% of all\n",
			text_percent(total[COST_temporary_blocks], total[COST_total_blocks]));
	}
	write_before(out, snapshot);
	write_memory(out, snapshot->memory);
	summary_census_write(out, snapshot);
	summary_plot_write(out, snapshot);
	fputc('\n', out);
	write_count(out, "Events", snapshot->n_events,
		    snapshot->sampling == 0 ? "allocations, frees and reallocations"
					    : "allocations, frees and reallocations were recorded");
	if (snapshot->n_failures != 0) {
		write_count(out, "Failures", snapshot->n_failures, "calls that got no memory");
	}
	write_unknown_frees(out, snapshot);
	if (snapshot->n_double_frees != 0) {
		write_count(out, "Twice freed", snapshot->n_double_frees,
			    "frees of blocks that had been freed, see below");
	}
	if (snapshot->n_mismatched_frees != 0) {
		write_count(out, "Mismatched", snapshot->n_mismatched_frees,
			    "frees by a function that does not go with the allocator, see below");
	}
	if (snapshot->n_uncertain_frees != 0) {
		const char *path = snapshot->own_operators->path;
		const char *slash = strrchr(path, '/');
		char text[256];
		snprintf(text, sizeof(text),
			 "frees that may go with the allocator: %.99s has C++ operators of its "
			 "own, which are not seen",
			 slash ? slash + 1 : path);
		write_count(out, "Uncertain", snapshot->n_uncertain_frees, text);
	}
	if (snapshot->n_missed_frees != 0) {
		write_count(out, "Missed", snapshot->n_missed_frees,
			    "frees were not seen: an address was allocated again while its block "
			    "was live");
	}
	write_losses(out, snapshot);
}

// What suppressions took out of the leaks.
static void write_suppressed(FILE *out, const struct snapshot *snapshot)
{
	char bytes[NUMBER_TEXT_SIZE], blocks[NUMBER_TEXT_SIZE];
	if (snapshot->n_suppressed != 0) {
		fputs("\nSuppressed leaks\n", out);
	}
	for (size_t i = 0; i < snapshot->n_suppressed; i++) {
		const struct suppressed *one = &snapshot->suppressed[i];
		fprintf(out, "%15s bytes in %s %s: ", text_number(bytes, one->bytes),
			text_number(blocks, one->blocks), one->blocks == 1 ? "block" : "blocks");
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
		text_escape(out, *pool->name ? pool->name : "(no name)", false);
		fputc('\n', out);
	}
}

// Whether stacks are to be sorted by a cost; they have no other columns.
static bool is_sorted(const struct ranking *ranking)
{
	return ranking->sort->text != NULL && ranking->sort->column < N_COSTS;
}

// Whether `one` comes before `two`.
static bool ranks_before(const struct ranking *ranking, const struct charge *one,
			 const struct charge *two)
{
	const uint64_t *a = one->cost.column, *b = two->cost.column;
	if (is_sorted(ranking)) {
		uint64_t a_cost = cost_magnitude(a[ranking->sort->column]);
		uint64_t b_cost = cost_magnitude(b[ranking->sort->column]);
		if (a_cost != b_cost) {
			return (a_cost > b_cost) != ranking->sort->is_ascending;
		}
	}
	uint64_t a_bytes = cost_magnitude(a[ranking->bytes]);
	uint64_t b_bytes = cost_magnitude(b[ranking->bytes]);
	if (a_bytes != b_bytes) {
		return a_bytes > b_bytes;
	}
	return cost_magnitude(a[ranking->blocks]) > cost_magnitude(b[ranking->blocks]);
}

static void rank(struct ranking *ranking, const struct charge *charge)
{
	bool is_nothing = charge->cost.column[ranking->blocks] == 0 &&
			  charge->cost.column[ranking->bytes] == 0;
	if (is_nothing || (ranking->bytes == COST_live_bytes && charge_is_mapping(charge))) {
		return;
	}
	ranking->n_stacks++;
	size_t i = ranking->n;
	while (i > 0 && ranks_before(ranking, charge, ranking->top[i - 1])) {
		i--;
	}
	if (i == ranking->n_max) {
		return;
	}
	if (ranking->n < ranking->n_max) {
		ranking->n++;
	}
	for (size_t k = ranking->n - 1; k > i; k--) {
		ranking->top[k] = ranking->top[k - 1];
	}
	ranking->top[i] = charge;
}

// Of a difference the mappings are in it.
static uint64_t ranking_whole(const struct ranking *ranking, const struct snapshot *snapshot)
{
	bool has_no_mappings = ranking->bytes == COST_live_bytes && snapshot->base == NULL;
	return cost_whole(snapshot, ranking->bytes) -
	       (has_no_mappings ? mapped(snapshot, COST_live_bytes) : 0);
}

static void prepare(const struct ranking *ranking, const struct snapshot *snapshot,
		    struct symbols *symbols)
{
	const struct site *sites[TOP_MAX * FRAMES_MAX];
	size_t n = 0;
	for (size_t i = 0; i < ranking->n; i++) {
		size_t depth = 0;
		for (uint32_t node = ranking->top[i]->stack;
		     node != STACK_ROOT && depth < FRAMES_MAX;
		     node = snapshot->nodes[node].parent, depth++) {
			sites[n++] = &snapshot->sites[snapshot->nodes[node].site];
		}
	}
	symbols_prepare(symbols, sites, n);
}

static void write_stack(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			const struct charge *charge)
{
	size_t n_written = 0, n_more = 0;
	if (charge->stack == STACK_ROOT) {
		fputs("      no call stack was recorded\n", out);
	}
	for (uint32_t node = charge->stack; node != STACK_ROOT;
	     node = snapshot->nodes[node].parent) {
		if (n_written >= FRAMES_MAX) {
			n_more++;
			continue;
		}
		const struct site *site = &snapshot->sites[snapshot->nodes[node].site];
		struct symbol_list list = symbols_find(symbols, site);
		for (size_t i = 0; i < list.n; i++, n_written++) {
			text_frame(out, &list.frames[i], site);
		}
	}
	if (n_more > 0) {
		fprintf(out, "      and %zu more\n", n_more);
	}
	if (charge->cut != WIRE_CUT_WHOLE) {
		fputs("      ... the stack was cut here\n", out);
	}
}

static void write_ranking(FILE *out, const struct ranking *ranking, const struct snapshot *snapshot,
			  struct symbols *symbols)
{
	uint64_t whole = ranking_whole(ranking, snapshot), shown = 0;
	char text[NUMBER_TEXT_SIZE], count[NUMBER_TEXT_SIZE];
	for (size_t i = 0; i < ranking->n; i++) {
		shown += cost_magnitude(ranking->top[i]->cost.column[ranking->bytes]);
	}
	if (ranking->n == 0) {
		fprintf(out, "\n%s\n",
			snapshot->base != NULL ? ranking->unchanged : ranking->nothing);
		return;
	}
	fprintf(out, "\n%s%s: %zu of %zu call stacks, %.1f %% of the bytes", ranking->title,
		snapshot->base != NULL ? ", changes" : "", ranking->n, ranking->n_stacks,
		text_percent(shown, whole));
	if (is_sorted(ranking)) {
		fprintf(out, ", sorted by: %s", cost_titles[ranking->sort->column]);
	}
	fputc('\n', out);
	prepare(ranking, snapshot, symbols);
	for (size_t i = 0; i < ranking->n; i++) {
		const struct charge *charge = ranking->top[i];
		uint64_t bytes = charge->cost.column[ranking->bytes];
		uint64_t blocks = charge->cost.column[ranking->blocks];
		fprintf(out, "\n%3zu. %s bytes (%.1f %%) in %s %s by %s", i + 1,
			text_cost(text, snapshot, bytes),
			text_percent(cost_magnitude(bytes), whole),
			text_cost(count, snapshot, blocks),
			cost_magnitude(blocks) == 1 ? "block" : "blocks", kind_name(charge->kind));
		write_error(out, snapshot, &charge->cost, snapshot_variance(snapshot, charge),
			    ranking->bytes);
		if (is_sorted(ranking)) {
			fprintf(out, "; %s: %s", cost_titles[ranking->sort->column],
				text_cost(text, snapshot,
					  charge->cost.column[ranking->sort->column]));
		}
		putc('\n', out);
		write_stack(out, snapshot, symbols, charge);
	}
}

// What there is to say of a run besides its stacks.
static void write_run(FILE *out, const struct snapshot *snapshot, struct symbols *symbols)
{
	summary_findings_write(out, snapshot, symbols);
	write_totals(out, snapshot);
	summary_stacks_write(out, snapshot);
	if (snapshot->n_skipped != 0) {
		write_count(out, "Skipped", snapshot->n_skipped,
			    "call stacks begin at the callers of wrappers such as xmalloc "
			    "(--no-skip)");
	}
	write_suppressed(out, snapshot);
	write_pools(out, snapshot);
	summary_misuse_write(out, snapshot, symbols);
}

bool report_summary_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			  const struct report_options *options)
{
	struct ranking rankings[] = {
		{ .bytes = COST_live_bytes,
		  .blocks = COST_live_blocks,
		  .title = "Leaked",
		  .unchanged = "Nothing has changed in what is leaked.",
		  .nothing = "Nothing was leaked.",
		  .n_max = TOP_MAX },
		{ .bytes = COST_peak_bytes,
		  .blocks = COST_peak_blocks,
		  .title = "Live at the peak",
		  .unchanged = "Nothing has changed at the peak.",
		  .nothing = "Nothing was live at the peak.",
		  .n_max = TOP_MAX / 2 },
		{ .bytes = COST_total_bytes,
		  .blocks = COST_total_blocks,
		  .title = "Allocated",
		  .unchanged = "Nothing has changed in what is allocated.",
		  .nothing = "Nothing was allocated.",
		  .n_max = TOP_MAX / 2 },
	};
	write_head(out, snapshot);
	if (snapshot->base != NULL) {
		write_changes(out, snapshot);
	} else {
		write_run(out, snapshot, symbols);
	}
	for (size_t k = 0; k < sizeof(rankings) / sizeof(rankings[0]); k++) {
		rankings[k].sort = &options->sort;
		for (size_t i = 0; i < snapshot->n_charges; i++) {
			rank(&rankings[k], &snapshot->charges[i]);
		}
		write_ranking(out, &rankings[k], snapshot, symbols);
	}
	if (snapshot->base == NULL) {
		summary_tables_write(out, snapshot, &options->sort);
		summary_quality_write(out, snapshot, symbols);
	}
	summary_names_write(out, symbols);
	return fflush(out) == 0 && !ferror(out);
}
