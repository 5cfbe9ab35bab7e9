// SPDX-License-Identifier: GPL-3.0-or-later
// A stream whose every name is what the input says, through decoder, order, model and all reports: no report may hold a
// control character of a name, and every line of a callgrind file is one that readalloc itself begins.
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyses.h"
#include "crc32.h"
#include "decode.h"
#include "filter.h"
#include "model.h"
#include "output.h"
#include "report.h"
#include "report_events.h"
#include "snapshot_build.h"
#include "symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STREAM_MAX = 64 << 10,
	RECORD_ROOM = 16 << 10, // more than any record made here
	FRAMES_MAX = 8,
};

struct bytes {
	uint8_t at[STREAM_MAX + 2 * RECORD_ROOM];
	size_t size;
};

// What is left of the input.
struct input {
	const uint8_t *at;
	size_t left;
};

struct run {
	struct model model;
	struct order order;
	struct decoder decoder;
	struct analyses analyses;
	struct symbols *symbols;
	FILE *events;
};

static uint8_t draw(struct input *input)
{
	if (input->left == 0) {
		return 0;
	}
	input->left--;
	return *input->at++;
}

static void put(struct bytes *bytes, const void *from, size_t size)
{
	memcpy(bytes->at + bytes->size, from, size);
	bytes->size += size;
}

static void put_varint(struct bytes *bytes, uint64_t value)
{
	for (; value >= 0x80; value >>= 7) {
		bytes->at[bytes->size++] = (uint8_t)(value | 0x80);
	}
	bytes->at[bytes->size++] = (uint8_t)value;
}

// A name of the input's, with its length in front.
static void put_name(struct bytes *bytes, struct input *input)
{
	size_t size = draw(input);
	size = size < input->left ? size : input->left;
	put_varint(bytes, size);
	put(bytes, input->at, size);
	input->at += size;
	input->left -= size;
}

static void put_block(struct bytes *stream, unsigned type, unsigned thread, unsigned index,
		      const struct bytes *payload)
{
	uint8_t head[WIRE_BLOCK_HEADER_SIZE] = { 0 };
	memcpy(head, WIRE_SYNC, WIRE_SYNC_SIZE);
	head[WIRE_BLOCK_TYPE_AT] = (uint8_t)type;
	head[WIRE_BLOCK_THREAD_AT] = (uint8_t)thread;
	head[WIRE_BLOCK_INDEX_AT] = (uint8_t)index;
	for (int i = 0; i < 4; i++) {
		head[WIRE_BLOCK_LENGTH_AT + i] = (uint8_t)(payload->size >> (8 * i));
	}
	uint32_t crc =
		crc32_update(0, head + WIRE_BLOCK_TYPE_AT, WIRE_BLOCK_CRC_AT - WIRE_BLOCK_TYPE_AT);
	crc = crc32_update(crc, payload->at, payload->size);
	for (int i = 0; i < 4; i++) {
		head[WIRE_BLOCK_CRC_AT + i] = (uint8_t)(crc >> (8 * i));
	}
	put(stream, head, sizeof(head));
	put(stream, payload->at, payload->size);
}

static void put_preamble(struct bytes *stream, struct input *input)
{
	static struct bytes payload;
	static const uint8_t numbers[] = { WIRE_FIELD_WORD_SIZE, 1, 8, WIRE_FIELD_BYTE_ORDER, 1, 1,
					   WIRE_FIELD_PID,       1, 7 };
	static const uint8_t names[] = { WIRE_FIELD_PROGRAM, WIRE_FIELD_EXECUTABLE,
					 WIRE_FIELD_COMMAND_LINE, WIRE_FIELD_HOST_NAME };
	static const uint8_t version[] = { WIRE_MAJOR, 0, WIRE_MINOR, 0 };
	payload.size = 0;
	put(&payload, numbers, sizeof(numbers));
	for (size_t i = 0; i < sizeof(names); i++) {
		put_varint(&payload, names[i]);
		put_name(&payload, input);
	}
	put(stream, WIRE_MAGIC, WIRE_MAGIC_SIZE);
	put(stream, version, sizeof(version));
	put_block(stream, WIRE_PREAMBLE, 0, 0, &payload);
}

static void put_stack(struct bytes *bytes, struct input *input)
{
	unsigned n = draw(input) % FRAMES_MAX;
	put_varint(bytes, 0);
	put_varint(bytes, n << WIRE_CUT_BITS | draw(input) % 8);
	for (unsigned i = 0; i < n; i++) {
		uint8_t frame = draw(input);
		put_varint(bytes, 0);
		put_varint(bytes, frame);
		put_varint(bytes, frame >> 4);
		put_varint(bytes, (uint64_t)frame << 8);
	}
}

static void put_record(struct bytes *payload, struct input *input)
{
	static struct bytes body;
	unsigned head = draw(input);
	unsigned op = head % 4;
	if (op == WIRE_OP_EXTENDED) {
		static const uint8_t types[] = { WIRE_THREAD,   WIRE_MAP,        WIRE_TAG,
						 WIRE_MESSAGE,  WIRE_UNMAP,      WIRE_FAIL,
						 WIRE_LOST,     WIRE_FORK,       WIRE_SNAPSHOT,
						 WIRE_PAUSE,    WIRE_RESUME,     WIRE_POOL,
						 WIRE_POOL_END, WIRE_POOL_ALLOC, WIRE_POOL_FREE };
		unsigned type = types[head / 4 % sizeof(types)];
		body.size = 0;
		put_varint(&body, 1); // seq
		if (type == WIRE_MAP) {
			put_varint(&body, draw(input));
			put_varint(&body, draw(input));
			put_varint(&body, (uint64_t)draw(input) << 8);
			put_name(&body, input);
			put_varint(&body, 0);
			put_varint(&body, 1);
			put_varint(&body, 0);
			put_varint(&body, (uint64_t)draw(input) << 8);
			put_varint(&body, 5);
		} else if (type == WIRE_TAG || type == WIRE_MESSAGE || type == WIRE_SNAPSHOT) {
			put_name(&body, input);
		} else if (type == WIRE_THREAD || type == WIRE_POOL) {
			put_varint(&body, 1);
			put_name(&body, input);
		} else if (type == WIRE_POOL_ALLOC) {
			put_varint(&body, draw(input) % 4);
			put_varint(&body, draw(input));
			put_varint(&body, draw(input) % 16);
			put_stack(&body, input);
		} else if (type == WIRE_FAIL) {
			for (int i = 0; i < 5; i++) {
				put_varint(&body, i == 0 ? 0 : draw(input));
			}
			put_stack(&body, input);
		} else {
			put_varint(&body, draw(input));
			put_varint(&body, draw(input));
		}
		put_varint(payload, 0);
		put_varint(payload, type);
		put_varint(payload, body.size);
		put(payload, body.at, body.size);
		return;
	}
	unsigned flags = op == WIRE_OP_FREE ? WIRE_FLAG_KIND | WIRE_FLAG_STACK
					    : WIRE_FLAG_KIND | WIRE_FLAG_STACK | WIRE_FLAG_ADDR;
	put_varint(payload, 0);
	put_varint(payload, WIRE_TIME);
	put_varint(payload, 1);
	put_varint(payload, head / 4);
	payload->at[payload->size++] = (uint8_t)(op | flags);
	if (op == WIRE_OP_REALLOC) {
		put_varint(payload, 1);
	}
	put_varint(payload, draw(input) % 40);
	if (op == WIRE_OP_REALLOC) {
		put_varint(payload, draw(input) % 16);
	}
	if (op != WIRE_OP_FREE) {
		put_varint(payload, draw(input));
	}
	put_varint(payload, draw(input) % 16);
	put_stack(payload, input);
}

static void stream_make(struct bytes *stream, struct input *input)
{
	static struct bytes payload;
	static const uint8_t restart[] = { 0, WIRE_RESTART, 5, 8, 0, 0x80, 0x10, 1 };
	stream->size = 0;
	put_preamble(stream, input);
	payload.size = 0;
	put(&payload, restart, sizeof(restart));
	while (input->left != 0 && payload.size < STREAM_MAX / 2) {
		put_record(&payload, input);
	}
	put_block(stream, WIRE_RECORDS, 1, 0, &payload);
}

static void event_take(void *context, const struct event *event)
{
	struct run *run = context;
	model_apply(&run->model, event);
	report_events_write(run->events, event, &run->model, run->decoder.preamble.walker,
			    run->symbols);
}

// What no report may do to a terminal.
static void text_check(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		bool is_c1 = c == 0xc2 && i + 1 < size && (text[i + 1] & 0xe0) == 0x80;
		bool is_line_end = c == '\r' && i + 1 < size && text[i + 1] == '\n'; // of csv
		if ((c < 0x20 && c != '\n' && c != '\t' && !is_line_end) || c == 0x7f || is_c1) {
			abort();
		}
	}
}

static void callgrind_check(const char *text)
{
	static const char *const keys[] = {
		"# callgrind", "version: ", "creator: ", "pid: ",    "cmd: ",   "part: ", "desc: ",
		"positions: ", "event: ",   "events:",   "summary:", "totals:", "ob=(",   "fl=(",
		"fi=(",        "fe=(",      "fn=(",      "cob=(",    "cfi=(",   "cfn=(",  "calls="
	};
	while (*text) {
		bool is_known = (*text >= '0' && *text <= '9') || *text == '\n';
		for (size_t i = 0; !is_known && i < sizeof(keys) / sizeof(keys[0]); i++) {
			is_known = strncmp(text, keys[i], strlen(keys[i])) == 0;
		}
		if (!is_known) {
			abort();
		}
		text = strchr(text, '\n') + 1;
	}
}

// Only reports in files that say so are packed: what is in them is not shown by a terminal.
static bool is_packed(const struct report *report, const char *text, size_t size)
{
	size_t length = strlen(report->suffix);
	return length > 3 && strcmp(report->suffix + length - 3, ".gz") == 0 && size > 2 &&
	       memcmp(text, "\x1f\x8b", 2) == 0;
}

static void reports_check(struct run *run)
{
	struct snapshot *snapshot = snapshot_build(&run->model, &run->decoder.preamble,
						   run->order.n_missing, "damaged");
	analyses_show(&run->analyses, &run->model, snapshot);
	const struct report *report;
	for (size_t i = 0; (report = report_at(i)); i++) {
		if (!report->write) {
			continue;
		}
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		report->write(out, snapshot, run->symbols, &(struct report_options){ 0 });
		fclose(out);
		if (!is_packed(report, text, size)) {
			text_check(text, size);
		}
		if (strcmp(report->name, "callgrind") == 0) {
			callgrind_check(text);
		}
		free(text);
	}
	snapshot_free(snapshot);
	char *path = output_default_path("d", run->decoder.preamble.program, 7, 1, "callgrind");
	if (strncmp(path, "d/", 2) != 0 || strchr(path + 2, '/') || path[2] == '.' ||
	    path[2] == '-') {
		abort();
	}
	text_check(path, strlen(path));
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytes stream;
	struct input input = { data, size };
	stream_make(&stream, &input);
	char *events;
	size_t events_size;
	struct run run = { .events = open_memstream(&events, &events_size) };
	struct filters filters = { 0 };
	if (!filters_add(&filters, "--exclude", "life<1ms", true)) {
		abort();
	}
	run.analyses.filters = &filters;
	run.symbols = symbols_new(NULL, &(struct symbols_target){ 0, 0, 0 });
	model_init(&run.model);
	analyses_start(&run.analyses, UINT_MAX, &run.model);
	order_init(&run.order, event_take, &run);
	decoder_init(&run.decoder, &run.model, &run.order);
	decoder_feed(&run.decoder, stream.at, stream.size, true);
	order_flush(&run.order);
	if (!run.decoder.has_preamble) {
		abort();
	}
	reports_check(&run);
	fclose(run.events);
	text_check(events, events_size);
	free(events);
	order_free(&run.order);
	decoder_free(&run.decoder);
	symbols_free(run.symbols);
	analyses_free(&run.analyses);
	filters_free(&filters);
	model_free(&run.model);
	return 0;
}
