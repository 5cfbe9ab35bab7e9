// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's totals: what is live or leaked, the peak, all that was allocated, and what is not as in a whole stream.
#include "summary_totals.h"

#include <inttypes.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "cost.h"
#include "memory_curve.h"
#include "sampling.h"
#include "summary_plot.h"
#include "summary_tables.h"
#include "summary_text.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

void summary_error_write(FILE *out, const struct snapshot *snapshot, const struct cost *cost,
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
	fprintf(out, "%-12s%15s %-5s %*s %12s %s", label, text_cost(exact, snapshot, n_bytes),
		text_noun(cost_magnitude(n_bytes), "byte", "bytes"),
		snapshot->base != NULL ? 11 : 10,
		cost_magnitude(n_bytes) < 1024 ? "" : text_cost_size(size, snapshot, n_bytes),
		text_cost(count, snapshot, n_blocks),
		text_noun(cost_magnitude(n_blocks), "block", "blocks"));
}

static void write_bytes(FILE *out, const char *label, const struct snapshot *snapshot,
			enum cost_column bytes, enum cost_column blocks)
{
	write_amount(out, label, snapshot, snapshot->total.column[bytes],
		     snapshot->total.column[blocks]);
	summary_error_write(out, snapshot, &snapshot->total, &snapshot->total_variance, bytes);
}

// What is mapped is live, and not leaked.
uint64_t summary_mapped(const struct snapshot *snapshot, enum cost_column column)
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
	uint64_t bytes = summary_mapped(snapshot, COST_live_bytes);
	uint64_t blocks = summary_mapped(snapshot, COST_live_blocks);
	bool has_leaks = snapshot_has_leaks(snapshot);
	write_amount(out, has_leaks ? "Leaked" : "Still live", snapshot,
		     total[COST_live_bytes] - bytes, total[COST_live_blocks] - blocks);
	summary_error_write(out, snapshot, &snapshot->total, &snapshot->total_variance,
			    COST_live_bytes);
	fprintf(out, ", %s the end%s\n", has_leaks ? "still live at" : "not freed before", when);
	if (summary_mapped(snapshot, COST_total_blocks) != 0) {
		write_amount(out, "Mapped", snapshot, bytes, blocks);
		fprintf(out, ", still mapped at the end%s, which is no leak\n", when);
	}
}

void summary_count_write(FILE *out, const char *label, uint64_t n, const char *meaning)
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
	summary_count_write(
		out, "Lost", snapshot->n_lost,
		text_noun(snapshot->n_lost,
			  "event did not arrive: all numbers above are lower bounds or off",
			  "events did not arrive: all numbers above are lower bounds or off"));
	for (unsigned i = 0; i < WIRE_LOST_END; i++) {
		unsigned reason = (i + 1) % WIRE_LOST_END; // what is not told comes last
		if (snapshot->lost[reason] != 0 &&
		    snapshot->lost[WIRE_LOST_UNTOLD] != snapshot->n_lost) {
			summary_count_write(out, "", snapshot->lost[reason], meanings[reason]);
		}
	}
}

// What is said to be live, and may have been released while events were lost.
static void write_unsure(FILE *out, const struct snapshot *snapshot)
{
	char bytes[NUMBER_TEXT_SIZE], meaning[NUMBER_TEXT_SIZE + 128];
	if (snapshot->unsure_blocks == 0) {
		return;
	}
	snprintf(meaning, sizeof(meaning), "live %s, of %s %s, %s may have been released",
		 text_noun(snapshot->unsure_blocks, "block", "blocks"),
		 text_number(bytes, snapshot->unsure_bytes),
		 text_noun(snapshot->unsure_bytes, "byte", "bytes"),
		 text_noun(snapshot->unsure_blocks, "is older than the last loss: it",
			   "are older than the last loss: they"));
	summary_count_write(out, "Unsure", snapshot->unsure_blocks, meaning);
}

// Frees of blocks that the stream does not tell of, and why that is so.
static void write_unknown_frees(FILE *out, const struct snapshot *snapshot)
{
	const char *label = "Unknown";
	const char *one = "free of a block whose allocation was not seen";
	const char *many = "frees of blocks whose allocation was not seen";
	if (snapshot->parent_stream != 0) {
		label = "Inherited";
		one = "free of a block from before the fork, which is the parent's";
		many = "frees of blocks from before the fork, which are the parent's";
	} else if (snapshot->has_pauses) {
		label = "Unrecorded";
		one = "free of a block from while recording was off, or smaller than is recorded";
		many = "frees of blocks from while recording was off, or smaller than is recorded";
	}
	if (snapshot->n_unknown_frees != 0) {
		summary_count_write(out, label, snapshot->n_unknown_frees,
				    text_noun(snapshot->n_unknown_frees, one, many));
	}
}

// Of a difference nothing but costs is known.
void summary_changes_write(FILE *out, const struct snapshot *snapshot)
{
	write_live(out, snapshot,
		   snapshot->slice != NULL || snapshot->base->slice != NULL ? " of each part" : "");
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
	fprintf(out, "%-12s%15s %-5s %10s %12s %s, live when the slice began, not counted\n",
		"Before", text_number(bytes, slice->before_bytes),
		text_noun(slice->before_bytes, "byte", "bytes"), "",
		text_number(blocks, slice->before_blocks),
		text_noun(slice->before_blocks, "block", "blocks"));
	fprintf(out, "%-12s%15s %-5s %10s %12s %s freed in it\n", "",
		text_number(bytes, slice->before_freed_bytes),
		text_noun(slice->before_freed_bytes, "byte", "bytes"), "",
		text_number(blocks, slice->before_freed_blocks),
		text_noun(slice->before_freed_blocks, "block of them was", "blocks of them were"));
}

// The process's memory as its kernel counts it, at the moment of the whole run when most of it was resident.
static void write_memory(FILE *out, const struct memory_curve *memory)
{
	char resident[NUMBER_TEXT_SIZE], text[NUMBER_TEXT_SIZE];
	if (!memory_curve_has(memory)) {
		return;
	}
	const struct memory_point *most = &memory->most;
	fprintf(out, "%-12s%15s bytes at most, at %.3f s, the greatest of %s %s", "Resident",
		text_number(resident, most->bytes[WIRE_MEMORY_RESIDENT]),
		(double)most->time / MICROSECONDS, text_number(text, memory->n_seen),
		text_noun(memory->n_seen, "look", "looks"));
	if (most->bytes[WIRE_MEMORY_PRIVATE] != 0) {
		fprintf(out, "; %s of them private",
			text_number(text, most->bytes[WIRE_MEMORY_PRIVATE]));
	}
	putc('\n', out);
}

void summary_totals_write(FILE *out, const struct snapshot *snapshot)
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
	summary_count_write(out, "Events", snapshot->n_events,
			    snapshot->sampling == 0
				    ? "allocations, frees and reallocations"
				    : "allocations, frees and reallocations were recorded");
	if (snapshot->n_failures != 0) {
		summary_count_write(out, "Failures", snapshot->n_failures,
				    text_noun(snapshot->n_failures, "call that got no memory",
					      "calls that got no memory"));
	}
	write_unknown_frees(out, snapshot);
	if (snapshot->n_double_frees != 0) {
		summary_count_write(out, "Twice freed", snapshot->n_double_frees,
				    text_noun(snapshot->n_double_frees,
					      "free of a block that had been freed, see below",
					      "frees of blocks that had been freed, see below"));
	}
	if (snapshot->n_mismatched_frees != 0) {
		summary_count_write(
			out, "Mismatched", snapshot->n_mismatched_frees,
			text_noun(snapshot->n_mismatched_frees,
				  "free by a function that does not go with the allocator, or as "
				  "a wrong size, see below",
				  "frees by a function that does not go with the allocator, or as "
				  "a wrong size, see below"));
	}
	if (snapshot->n_uncertain_frees != 0) {
		const char *path = snapshot->own_operators->path;
		const char *slash = strrchr(path, '/');
		char text[256];
		snprintf(text, sizeof(text),
			 "%s that may go with the allocator: %.99s has C++ operators of its "
			 "own, which are not seen",
			 text_noun(snapshot->n_uncertain_frees, "free", "frees"),
			 slash ? slash + 1 : path);
		summary_count_write(out, "Uncertain", snapshot->n_uncertain_frees, text);
	}
	if (snapshot->n_missed_frees != 0) {
		summary_count_write(
			out, "Missed", snapshot->n_missed_frees,
			text_noun(
				snapshot->n_missed_frees,
				"free was not seen: an address was allocated again while its block "
				"was live",
				"frees were not seen: an address was allocated again while its "
				"block "
				"was live"));
	}
	write_losses(out, snapshot);
	write_unsure(out, snapshot);
}
