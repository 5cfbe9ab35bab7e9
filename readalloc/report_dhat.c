// SPDX-License-Identifier: GPL-3.0-or-later
// DHAT's JSON, version 2, for dh_view.html: totals, maxima and lifetimes of each stack.
#include "report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "life_times.h"
#include "lives.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "snapshot_title.h"
#include "symbols.h"
#include "text_buffer.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

enum { SHORT_LIFE = 10000 }; // microseconds

enum { N_KINDS = UINT8_MAX + 1, N_CUTS = 1 << WIRE_CUT_BITS };

// The viewer takes no two records with the same frames. So frames are not joined by their names: each call site has its
// own, as each kind of allocator and each reason for a cut has.
struct writer {
	FILE *out;
	const struct snapshot *snapshot;
	struct symbols *symbols;
	size_t *first; // of each site: the number of its innermost frame
};

enum {
	FRAME_ROOT,
	FRAME_NO_STACK,
	FRAMES_KINDS, // N_KINDS of them
	FRAMES_CUTS = FRAMES_KINDS + N_KINDS,
	FRAMES_SITES = FRAMES_CUTS + N_CUTS,
};

static uint64_t microseconds(double seconds)
{
	return (uint64_t)(seconds * MICROSECONDS + 0.5);
}

static void frames_number(struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	snapshot_resolve(snapshot, writer->symbols);
	writer->first = xcalloc(snapshot->n_sites + 1, sizeof(*writer->first));
	writer->first[0] = FRAMES_SITES;
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		writer->first[i + 1] =
			writer->first[i] + symbols_find(writer->symbols, &snapshot->sites[i]).n;
	}
}

static void write_head(const struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	char *title = snapshot_title(snapshot);
	fputs("{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\"\n"
	      ",\"bklt\":true,\"bkacc\":false,\"tu\":\"us\",\"Mtu\":\"s\"",
	      writer->out);
	fprintf(writer->out, ",\"tuth\":%d\n,\"cmd\":", SHORT_LIFE);
	json_text(writer->out, title);
	free(title);
	fprintf(writer->out, "\n,\"pid\":%" PRIu64 ",\"te\":%" PRIu64 ",\"tg\":%" PRIu64 "\n",
		snapshot->pid, microseconds(snapshot->duration), microseconds(snapshot->peak_time));
}

static void write_stack(const struct writer *writer, const struct charge *charge)
{
	const struct snapshot *snapshot = writer->snapshot;
	fprintf(writer->out, "[%u", FRAMES_KINDS + (unsigned)charge->kind % N_KINDS);
	if (charge->stack == STACK_ROOT) {
		fprintf(writer->out, ",%d", FRAME_NO_STACK);
	}
	for (uint32_t node = charge->stack; node != STACK_ROOT;
	     node = snapshot->nodes[node].parent) {
		uint32_t site = snapshot->nodes[node].site;
		for (size_t i = writer->first[site]; i < writer->first[site + 1]; i++) {
			fprintf(writer->out, ",%zu", i);
		}
	}
	if (charge->cut != WIRE_CUT_WHOLE) {
		fprintf(writer->out, ",%u", FRAMES_CUTS + (unsigned)charge->cut % N_CUTS);
	}
	putc(']', writer->out);
}

static void write_record(const struct writer *writer, const struct charge *charge,
			 const struct charge_life *life, uint64_t lifetime)
{
	const uint64_t *column = charge->cost.column;
	fprintf(writer->out,
		"{\"tb\":%" PRIu64 ",\"tbk\":%" PRIu64 ",\"tl\":%" PRIu64 ",\"mb\":%" PRIu64
		",\"mbk\":%" PRIu64 ",\"gb\":%" PRIu64 ",\"gbk\":%" PRIu64 ",\"eb\":%" PRIu64
		",\"ebk\":%" PRIu64 ",\"fs\":",
		column[COST_total_bytes], column[COST_total_blocks], lifetime, life->most_bytes,
		life->most_blocks, column[COST_peak_bytes], column[COST_peak_blocks],
		column[COST_live_bytes], column[COST_live_blocks]);
	write_stack(writer, charge);
	putc('}', writer->out);
}

// No two charges have become one, as the report needs all wrappers.
static void write_records(const struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	const struct charge_life *lives = snapshot->lives->charges;
	struct life_time *times = life_times_new(snapshot);
	bool is_first = true;
	fputs(",\"pps\":\n[", writer->out);
	for (size_t i = 0; i < snapshot->lives->n_charges; i++) {
		size_t seen = snapshot->charge_of != NULL ? snapshot->charge_of[i] : i;
		if (seen < snapshot->n_charges) {
			fputs(is_first ? "" : "\n,", writer->out);
			write_record(writer, &snapshot->charges[seen], &lives[i],
				     times[seen].lifetime + times[seen].age);
			is_first = false;
		}
	}
	fputs("]\n", writer->out);
	free(times);
}

static void write_frame(const struct writer *writer, const struct site *site,
			const struct symbol *symbol)
{
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	struct text_buffer buffer;
	FILE *frame = text_buffer_open(&buffer);
	uint64_t bias = site->module != NULL ? site->module->load_bias : 0;
	fprintf(frame, "0x%" PRIX64 ": %s", bias + site->offset,
		symbol->function != NULL ? symbol->function : unknown);
	if (symbol->file != NULL) {
		fprintf(frame, " (%s:%" PRIu32 ")", symbol->file, symbol->line);
	} else if (site->module != NULL && site->module->path[0] != '\0') {
		fprintf(frame, " (in %s)", site->module->path);
	}
	char *text = text_buffer_close(&buffer);
	putc(',', writer->out);
	json_text(writer->out, text);
	putc('\n', writer->out);
	free(text);
}

static void write_frames(const struct writer *writer)
{
	const struct snapshot *snapshot = writer->snapshot;
	fputs(",\"ftbl\":\n[\"[root]\",\"(no stack)\"\n", writer->out);
	for (unsigned kind = 0; kind < N_KINDS; kind++) {
		putc(',', writer->out);
		json_text(writer->out, kind_name(kind));
	}
	for (unsigned cut = 0; cut < N_CUTS; cut++) {
		fprintf(writer->out, ",\"(stack cut: %s)\"", cut_name(cut));
	}
	putc('\n', writer->out);
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		struct symbol_list list = symbols_find(writer->symbols, &snapshot->sites[i]);
		for (size_t k = 0; k < list.n; k++) {
			write_frame(writer, &snapshot->sites[i], &list.frames[k]);
		}
	}
	fputs("]}\n", writer->out);
}

bool report_dhat_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		       const struct report_options *options)
{
	(void)options;
	assert(snapshot->lives);
	struct writer writer = { .out = out, .snapshot = snapshot, .symbols = symbols };
	frames_number(&writer);
	write_head(&writer);
	write_records(&writer);
	write_frames(&writer);
	free(writer.first);
	return fflush(out) == 0 && !ferror(out);
}
