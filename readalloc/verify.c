// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a stream is whole, or what is missing and where.
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "event.h"
#include "input.h"
#include "model.h"
#include "options.h"
#include "progress.h"
#include "pump.h"
#include "summary_text.h"
#include "util.h"
#include "verify_notes.h"

struct verify {
	struct model model; // for its stacks, which decoding needs; nothing is applied to it
	struct order order;
	struct decoder decoder;
	struct decode_watch watch;
	struct verify_notes notes;
	uint64_t next;   // sequence number
	uint64_t n_told; // events that records tell were lost
};

static void event_take(void *context, const struct event *event)
{
	struct verify *verify = context;
	if (event->seq < verify->next) {
		number_ranges_remove(&verify->notes.holes, event->seq);
		return;
	}
	if (event->seq > verify->next) {
		number_ranges_add(&verify->notes.holes, verify->next, event->seq - 1);
	}
	verify->next = event->seq + 1;
	if (event->type == EVENT_NOTE && event->note->type == WIRE_LOST) {
		verify->n_told += event->note->number;
		verify_notes_lost(&verify->notes, verify->decoder.threads[event->thread], event);
	}
}

struct verify *verify_new(void)
{
	struct verify *verify = xcalloc(1, sizeof(*verify));
	model_init(&verify->model);
	order_init(&verify->order, event_take, verify);
	decoder_init(&verify->decoder, &verify->model, &verify->order);
	verify->watch = verify_notes_watch;
	verify->watch.context = &verify->notes;
	verify->decoder.watch = &verify->watch;
	verify->next = 1;
	return verify;
}

void verify_free(struct verify *verify)
{
	order_free(&verify->order);
	decoder_free(&verify->decoder);
	model_free(&verify->model);
	free(verify);
}

struct decoder *verify_decoder(struct verify *verify)
{
	return &verify->decoder;
}

// Counts what did not come behind the last event.
static void numbers_end(struct verify *verify)
{
	struct decoder *decoder = &verify->decoder;
	if (!decoder->has_end) {
		order_flush(&verify->order);
		return;
	}
	order_end(&verify->order, decoder->end_events, decoder->preamble.sequence_bits);
	if (verify->order.next > verify->next) {
		number_ranges_add(&verify->notes.holes, verify->next, verify->order.next - 1);
	}
}

// What the writer says was lost, by records or at the end.
static uint64_t n_told(const struct verify *verify)
{
	uint64_t at_end = verify->decoder.end_lost;
	return at_end > verify->n_told ? at_end : verify->n_told;
}

static void write_end(const struct verify *verify, bool is_stopped, FILE *out)
{
	const struct decoder *decoder = &verify->decoder;
	if (n_told(verify) > verify->n_told) {
		fprintf(out,
			"the end mark counts %" PRIu64 " %s lost, %" PRIu64
			" of which no record tells\n",
			n_told(verify), text_noun(n_told(verify), "event", "events"),
			n_told(verify) - verify->n_told);
	}
	if (decoder->has_end && decoder->end_reason == WIRE_END_SINK_FULL) {
		fprintf(out,
			"byte %" PRIu64 ": the writer ran out of room and stopped: what came after "
			"is not in the stream\n",
			decoder->offset);
	} else if (!decoder->has_end) {
		fprintf(out, "byte %" PRIu64 ": %s\n", decoder->offset,
			is_stopped ? "the reading was stopped: what follows is not known"
				   : "no end mark: the stream was cut off, or is still written");
	}
}

static void write_head(const struct verify *verify, FILE *out)
{
	const struct decoder *decoder = &verify->decoder;
	text_escape(out, decoder->preamble.program, false);
	fprintf(out,
		", process %" PRIu64 ": %" PRIu64 " bytes, %" PRIu64
		" %s, threads: %zu, events: %" PRIu64 "\n",
		decoder->preamble.pid, decoder->offset, decoder->n_blocks,
		text_noun(decoder->n_blocks, "block", "blocks"), decoder->n_threads,
		verify->order.next - 1 - verify->order.n_missing);
}

// The verdict: all that is wrong, in numbers.
static bool write_verdict(const struct verify *verify, FILE *out)
{
	const struct decoder *decoder = &verify->decoder;
	const struct damage *damage = &decoder->damage;
	uint64_t missing = verify->order.n_missing;
	uint64_t n_lost = missing > n_told(verify) ? missing : n_told(verify);
	bool is_whole = decoder->has_preamble && !damage->reason && decoder->has_end &&
			decoder->end_reason != WIRE_END_SINK_FULL && n_lost == 0;
	if (is_whole) {
		fputs("whole\n", out);
		return true;
	}
	fprintf(out,
		"not whole: damaged places: %" PRIu64 ", bytes skipped: %" PRIu64
		", blocks missing: %" PRIu64 ", events missing: %s%" PRIu64 ", end mark: %s\n",
		damage->n_places, damage->n_skipped, damage->n_blocks,
		decoder->has_end ? "" : "at least ", n_lost,
		decoder->has_end ? "there" : "missing");
	return false;
}

bool verify_conclude(struct verify *verify, bool is_stopped, FILE *out)
{
	const struct decoder *decoder = &verify->decoder;
	numbers_end(verify);
	verify_notes_write(&verify->notes, out);
	if (!decoder->has_header && !decoder->damage.reason) {
		fputs("no stream: no data\n", out);
		return false;
	}
	if (decoder->is_foreign || !decoder->has_block) {
		fputs("no stream: nothing of it can be read\n", out);
		return false;
	}
	write_end(verify, is_stopped, out);
	if (decoder->has_preamble) {
		write_head(verify, out);
	} else {
		fputs("the preamble is missing: nothing else can be read\n", out);
	}
	return write_verdict(verify, out);
}

static size_t feed(void *context, const uint8_t *bytes, size_t size, bool is_last)
{
	return decoder_feed(&((struct verify *)context)->decoder, bytes, size, is_last);
}

static void harm(void *context, uint64_t n_ahead, const char *reason)
{
	struct decoder *decoder = &((struct verify *)context)->decoder;
	decoder_damage(decoder, decoder->offset + n_ahead, reason);
}

static void report_none(void *context)
{
	(void)context;
}

static bool is_over(void *context)
{
	const struct verify *verify = context;
	return verify->decoder.is_foreign || verify->decoder.has_successor;
}

static void look(void *context, struct progress_state *state)
{
	const struct verify *verify = context;
	state->n_events = verify->next - 1;
}

int verify_run(const struct options *options, struct input *input)
{
	struct verify *verify = verify_new();
	const struct pump pump = { .decoder = &verify->decoder,
				   .is_endless = options->is_following,
				   .has_progress = !options->no_progress,
				   .context = verify,
				   .feed = feed,
				   .harm = harm,
				   .report = report_none,
				   .is_over = is_over,
				   .look = look };
	enum input_result result = pump_run(&pump, input);
	int exit_code = EXIT_SYSTEM;
	if (result == INPUT_FAILED) {
		say("%s: %s", options_input_label(options), strerror(errno));
	} else {
		bool is_whole = verify_conclude(verify, result == INPUT_STOP, stdout);
		exit_code = is_whole ? EXIT_WELL : EXIT_DAMAGED;
		if (fflush(stdout) != 0) {
			say("standard output: %s", strerror(errno));
			exit_code = EXIT_SYSTEM;
		}
	}
	verify_free(verify);
	return exit_code;
}
