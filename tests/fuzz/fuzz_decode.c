// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a stream, through decoder, order, model, events report, snapshot and every other report; as they are, and with every
// checksum made right, so that what lies behind the checksums is reached.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyses.h"
#include "crc32.h"
#include "decode.h"
#include "filter.h"
#include "model.h"
#include "report.h"
#include "report_events.h"
#include "snapshot_build.h"
#include "symbols.h"
#include "verify.h"
#include "view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct model model;
	struct order order;
	struct decoder decoder;
	struct analyses analyses;
	struct symbols *symbols;
	FILE *out;
};

static void event_take(void *context, const struct event *event)
{
	struct run *run = context;
	model_apply(&run->model, event);
	report_events_write(run->out, event, &run->model, run->decoder.preamble.walker,
			    run->symbols);
}

// The sum of all charges is the total, and no live block is without a charge.
static void model_check(const struct model *model)
{
	struct cost sum = { .column = { 0 } };
	for (size_t i = 0; i < model->n_charges; i++) {
		struct charge charge = model_charge_at(model, i);
		for (int column = 0; column < N_COSTS; column++) {
			sum.column[column] += charge.cost.column[column];
		}
	}
	if (memcmp(&sum, &model->total, sizeof(sum)) != 0 ||
	    model->total.column[COST_live_blocks] != model->live.n) {
		abort();
	}
}

static void reports_write(FILE *nowhere, const struct snapshot *snapshot, struct symbols *symbols)
{
	const struct report_options options = { .threshold = -1 };
	const struct report *report;
	for (size_t i = 0; (report = report_at(i)); i++) {
		if (report->write && !report->write(nowhere, snapshot, symbols, &options)) {
			abort();
		}
	}
}

// The same of what filters leave: here half of the kinds.
static void view_write(FILE *nowhere, const struct snapshot *snapshot, struct symbols *symbols)
{
	struct view_settings settings = { 0 };
	if (!filters_add(&settings.filters, "--exclude", "kind=/[mc]alloc/", true)) {
		abort();
	}
	struct view *view = view_new(snapshot, symbols, &settings, true);
	reports_write(nowhere, &view->snapshot, symbols);
	view_free(view);
	view_settings_free(&settings);
}

static FILE *nowhere_open(void)
{
	static FILE *nowhere;
	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
	}
	return nowhere;
}

// A stream is whole only where the decoder found nothing wrong.
static void stream_verify(const uint8_t *data, size_t size, FILE *nowhere)
{
	struct verify *verify = verify_new();
	struct decoder *decoder = verify_decoder(verify);
	decoder_feed(decoder, data, size, true);
	if (verify_conclude(verify, false, nowhere) &&
	    (decoder->damage.reason || !decoder->has_end || !decoder->has_preamble)) {
		abort();
	}
	verify_free(verify);
}

// Feeds `n_first` bytes and then the rest, as a slow writer would.
static void stream_decode(const uint8_t *data, size_t size, size_t n_first)
{
	FILE *nowhere = nowhere_open();
	stream_verify(data, size, nowhere);
	struct run run = { .out = nowhere };
	struct filters filters = { 0 };
	if (!filters_add(&filters, "--exclude", "life<1ms", true)) {
		abort();
	}
	run.analyses.filters = &filters;
	run.symbols = symbols_new(NULL, &(struct symbols_target){ 0, 0, 0 });
	model_init(&run.model);
	order_init(&run.order, event_take, &run);
	analyses_start(&run.analyses, ~0u, &run.model);
	decoder_init(&run.decoder, &run.model, &run.order);
	size_t used = decoder_feed(&run.decoder, data, n_first, false);
	used += decoder_feed(&run.decoder, data + used, size - used, true);
	order_end(&run.order, run.decoder.end_events, run.decoder.preamble.sequence_bits);
	model_check(&run.model);
	if (run.decoder.has_preamble) {
		struct snapshot *snapshot = snapshot_build(&run.model, &run.decoder.preamble,
							   run.order.n_missing, NULL);
		analyses_show(&run.analyses, &run.model, snapshot);
		reports_write(nowhere, snapshot, run.symbols);
		view_write(nowhere, snapshot, run.symbols);
		snapshot_free(snapshot);
	}
	if (used != size) {
		abort();
	}
	order_free(&run.order);
	decoder_free(&run.decoder);
	symbols_free(run.symbols);
	analyses_free(&run.analyses);
	filters_free(&filters);
	model_free(&run.model);
}

static void checksums_repair(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + WIRE_BLOCK_HEADER_SIZE <= size; at++) {
		uint32_t length = bytes_u32(data + at + WIRE_BLOCK_LENGTH_AT);
		if (memcmp(data + at, WIRE_SYNC, WIRE_SYNC_SIZE) != 0 ||
		    length > size - at - WIRE_BLOCK_HEADER_SIZE) {
			continue;
		}
		uint32_t crc = crc32_update(0, data + at + WIRE_BLOCK_TYPE_AT,
					    WIRE_BLOCK_CRC_AT - WIRE_BLOCK_TYPE_AT);
		crc = crc32_update(crc, data + at + WIRE_BLOCK_HEADER_SIZE, length);
		for (int i = 0; i < 4; i++) {
			data[at + WIRE_BLOCK_CRC_AT + i] = (uint8_t)(crc >> (8 * i));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stream_decode(data, size, size / 2);
	uint8_t *repaired = malloc(size ? size : 1);
	if (!repaired) {
		return 0;
	}
	memcpy(repaired, data, size);
	checksums_repair(repaired, size);
	stream_decode(repaired, size, size / 3);
	free(repaired);
	return 0;
}
