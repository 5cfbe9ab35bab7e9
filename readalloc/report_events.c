// SPDX-License-Identifier: GPL-3.0-or-later
// The report `events`: every event in order, one line each, with its frames.
#include "report_events.h"

#include <inttypes.h>
#include <string.h>

#include "event.h"
#include "model.h"
#include "site_name.h"
#include "stack_quality.h"
#include "symbols.h"
#include "util.h"

static const uint64_t MICROSECONDS = 1000000;

static const char *note_word(enum wire_extended type)
{
	switch (type) {
#define X(number, id, name)                                                                        \
	case WIRE_##id:                                                                            \
		return name;
		WIRE_EXTENDED_LIST(X)
#undef X
	}
	return "unknown";
}

static void head_write(FILE *out, const char *name, const struct event *event)
{
	fprintf(out, "%s seq=%" PRIu64 " tid=%" PRIu32 " time=%" PRIu64 ".%06" PRIu64, name,
		event->seq, event->tid, event->time / MICROSECONDS, event->time % MICROSECONDS);
}

// `word` NULL: the number has none, as it is of a later version.
static void word_write(FILE *out, const char *key, const char *word, unsigned number)
{
	if (word) {
		fprintf(out, " %s=%s", key, word);
	} else {
		fprintf(out, " %s=%u", key, number);
	}
}

static void kind_write(FILE *out, const struct event *event)
{
	word_write(out, "kind", kind_word(event->kind), event->kind);
}

static const char *how_word(unsigned how)
{
	static const char *const words[WIRE_HOW_MASK + 1] = {
#define X(number, id, word, words) [number] = (word),
		WIRE_HOW_LIST(X)
#undef X
	};
	return words[how];
}

static const char *cut_word(unsigned cut)
{
	static const char *const words[1u << WIRE_CUT_BITS] = {
#define X(number, id, word) [number] = (word),
		WIRE_CUT_LIST(X)
#undef X
	};
	return words[cut];
}

// Ends the line of an event that has a stack.
static void cut_write(FILE *out, const struct event *event)
{
	// An empty stack shows by itself that there was no walk.
	if (event->cut != WIRE_CUT_WHOLE && event->cut != WIRE_CUT_NO_WALK) {
		word_write(out, "cut", cut_word(event->cut), event->cut);
	}
	putc('\n', out);
}

static void symbol_write(FILE *out, const struct symbol *symbol)
{
	putc(' ', out);
	text_escape(out, symbol->function ? symbol->function : "\?\?", false);
	putc(' ', out);
	if (!symbol->file) {
		fputs("\?\?", out);
		return;
	}
	text_escape(out, symbol->file, true);
	if (symbol->line != 0) {
		fprintf(out, ":%" PRIu32, symbol->line);
	} else {
		fputs(":\?\?", out);
	}
}

// How most frames are found by the walker of the stream.
static unsigned usual_how(uint64_t walker)
{
	return walker == WIRE_WALKER_AUTO ? WIRE_WALKER_TABLES : (unsigned)walker;
}

static void how_write(FILE *out, unsigned how, unsigned usual)
{
	unsigned way = how & WIRE_HOW_MASK;
	if (way != WIRE_HOW_HOOK && way != usual) {
		word_write(out, "how", how_word(way), way);
	}
	if (how & WIRE_HOW_EXACT) {
		fputs(" exact", out);
	}
}

// One line for each source frame of a program counter, innermost first.
static void frame_write(FILE *out, const struct raw_node *frame, const struct site *site,
			unsigned usual, bool is_doubtful, struct symbols *symbols)
{
	struct symbol_list list = symbols_find(symbols, site);
	for (size_t i = 0; i < list.n; i++) {
		fprintf(out, "\t0x%" PRIx64 " ", frame->pc);
		text_escape(out, site->module ? site->module->path : "\?\?", true);
		fprintf(out, "+0x%" PRIx64, site->offset);
		symbol_write(out, &list.frames[i]);
		how_write(out, frame->how, usual);
		fputs(is_doubtful ? " doubtful\n" : "\n", out);
	}
}

static void stack_write(FILE *out, const struct event *event, struct model *model, uint64_t walker,
			struct symbols *symbols)
{
	if (event->stack == STACK_UNKNOWN) {
		return;
	}
	// The two trees have the same shape: a raw node's ancestors stand for the node's ancestors.
	const struct stacks *stacks = &model->stacks;
	uint32_t node = stacks_resolve(&model->stacks, &model->modules, event->stack);
	struct site inner = { .module = NULL };
	bool is_doubtful = false; // what is outside a doubtful frame is, too
	for (uint32_t raw = event->stack; raw != RAW_ROOT; raw = stacks->raw[raw].parent) {
		struct site site = stacks->sites[stacks->nodes[node].site];
		unsigned how = stacks->raw[raw].how & WIRE_HOW_MASK;
		if (raw != event->stack && stack_quality_asks(how)) {
			how |= stacks->raw[raw].parent == RAW_ROOT ? EDGE_OUTERMOST : 0;
			is_doubtful |= edge_is_doubtful(
				call_edges_check(symbols_edges(symbols), &inner, &site, how));
		}
		frame_write(out, &stacks->raw[raw], &site, usual_how(walker), is_doubtful, symbols);
		inner = site;
		node = stacks->nodes[node].parent;
	}
}

static void text_write(FILE *out, const char *key, const char *text, bool blanks_too)
{
	fprintf(out, " %s=", key);
	text_escape(out, text, blanks_too);
}

static void map_write(FILE *out, const struct note *note)
{
	fprintf(out, " module=%" PRIu64 " flags=%" PRIu64 " bias=0x%" PRIx64, note->number,
		note->flags, note->load_bias);
	text_write(out, "path", note->text, true);
	fputs(" build_id=", out);
	for (uint32_t i = 0; i < note->build_id_size; i++) {
		fprintf(out, "%02x", note->build_id[i]);
	}
	for (uint32_t i = 0; i < note->n_segments; i++) {
		const struct note_segment *segment = &note->segments[i];
		fprintf(out, " segment=0x%" PRIx64 "+0x%" PRIx64 ":%s%s%s", segment->addr,
			segment->size, segment->flags & WIRE_SEGMENT_READ ? "r" : "-",
			segment->flags & WIRE_SEGMENT_WRITE ? "w" : "-",
			segment->flags & WIRE_SEGMENT_EXECUTE ? "x" : "-");
	}
}

static void lost_write(FILE *out, const struct note *note)
{
	static const char *const words[WIRE_LOST_END] = {
#define X(number, id, word, words) [number] = (word),
		WIRE_LOST_LIST(X)
#undef X
	};
	fprintf(out, " events=%" PRIu64, note->number);
	if (note->flags < WIRE_LOST_END && words[note->flags]) {
		fprintf(out, " reason=%s", words[note->flags]);
	} else {
		fprintf(out, " reason=%" PRIu64, note->flags);
	}
}

static const char *scope_word(uint64_t scope)
{
	switch (scope) {
#define X(number, id, word)                                                                        \
	case number:                                                                               \
		return word;
		WIRE_SCOPE_LIST(X)
#undef X
	default:
		return "unknown";
	}
}

static void elided_write(FILE *out, const struct note *note)
{
	static const char *const words[WIRE_ELIDED_REASONS] = {
#define X(number, id, word, words) [number] = (word),
		WIRE_ELIDED_LIST(X)
#undef X
	};
	if (note->number < WIRE_ELIDED_REASONS && words[note->number]) {
		fprintf(out, " reason=%s", words[note->number]);
	} else {
		fprintf(out, " reason=%" PRIu64, note->number);
	}
}

static void note_write(FILE *out, const struct event *event)
{
	const struct note *note = event->note;
	head_write(out, note_word(note->type), event);
	switch (note->type) {
	case WIRE_THREAD:
		text_write(out, "name", note->text, false);
		break;
	case WIRE_MAP:
		map_write(out, note);
		break;
	case WIRE_UNMAP:
		fprintf(out, " module=%" PRIu64, note->number);
		break;
	case WIRE_TAG:
	case WIRE_MESSAGE:
		text_write(out, "text", note->text, false);
		break;
	case WIRE_SNAPSHOT:
		text_write(out, "name", note->text, false);
		break;
	case WIRE_PAUSE:
	case WIRE_RESUME:
		fprintf(out, " scope=%s", scope_word(note->number));
		break;
	case WIRE_POOL:
		fprintf(out, " pool=0x%" PRIx64, note->number);
		text_write(out, "name", note->text, false);
		break;
	case WIRE_POOL_END:
		fprintf(out, " pool=0x%" PRIx64, note->number);
		break;
	case WIRE_LOST:
		lost_write(out, note);
		break;
	case WIRE_FORK:
		fprintf(out, " pid=%" PRIu64, note->number);
		break;
	case WIRE_THREAD_EXIT:
	case WIRE_EXIT:
	case WIRE_RESTART:
	case WIRE_TIME:
	case WIRE_FAIL:
	case WIRE_POOL_ALLOC:
	case WIRE_POOL_FREE:
	case WIRE_MAPPING:
		break;
	case WIRE_ELIDED_END:
		elided_write(out, note);
		break;
	case WIRE_ELIDED_SUM:
		kind_write(out, event);
		fprintf(out,
			" blocks=%" PRIu64 " bytes=%" PRIu64 " rounding=%" PRIu64
			" temporary=%" PRIu64 " temporary_bytes=%" PRIu64 " short=%" PRIu64,
			note->elided.blocks, note->elided.bytes, note->elided.rounding,
			note->elided.temporary_blocks, note->elided.temporary_bytes,
			note->elided.short_blocks);
		cut_write(out, event);
		return;
	}
	putc('\n', out);
}

static void fail_write(FILE *out, const struct event *event)
{
	head_write(out, "fail", event);
	kind_write(out, event);
	fprintf(out, " size=%" PRIu64 " errno=%" PRIu64, event->size, event->usable);
	if (event->old != 0) {
		fprintf(out, " old=0x%" PRIx64, event->old);
	}
	cut_write(out, event);
}

void report_events_write(FILE *out, const struct event *event, struct model *model, uint64_t walker,
			 struct symbols *symbols)
{
	switch ((enum event_type)event->type) {
	case EVENT_NOTHING:
	case EVENT_REALLOC_FREE:
		// The realloc's own line tells it.
		return;
	case EVENT_ALLOC:
		head_write(out, "alloc", event);
		kind_write(out, event);
		fprintf(out, " size=%" PRIu64 " usable=%" PRIu64 " addr=0x%" PRIx64, event->size,
			event->usable, event->addr);
		cut_write(out, event);
		break;
	case EVENT_FREE:
		head_write(out, "free", event);
		kind_write(out, event);
		if (event->marks & EVENT_IS_TOLD) {
			fprintf(out, " size=%" PRIu64, event->size);
		}
		fprintf(out, " addr=0x%" PRIx64, event->addr);
		cut_write(out, event);
		break;
	case EVENT_REALLOC:
		head_write(out, "realloc", event);
		kind_write(out, event);
		fprintf(out,
			" old=0x%" PRIx64 " size=%" PRIu64 " usable=%" PRIu64 " addr=0x%" PRIx64,
			event->old, event->size, event->usable, event->addr);
		cut_write(out, event);
		break;
	case EVENT_FAIL:
		fail_write(out, event);
		break;
	case EVENT_NOTE:
		note_write(out, event);
		break;
	case EVENT_POOL_ALLOC:
		head_write(out, "pool_alloc", event);
		fprintf(out, " pool=0x%" PRIx64 " size=%" PRIu64 " addr=0x%" PRIx64, event->old,
			event->size, event->addr);
		cut_write(out, event);
		break;
	case EVENT_POOL_FREE:
		head_write(out, "pool_free", event);
		fprintf(out, " pool=0x%" PRIx64 " addr=0x%" PRIx64 "\n", event->old, event->addr);
		break;
	case EVENT_MAPPED:
	case EVENT_UNMAPPED:
		head_write(out, event->type == EVENT_MAPPED ? "mapped" : "unmapped", event);
		kind_write(out, event);
		fprintf(out, " size=%" PRIu64 " addr=0x%" PRIx64, event->size, event->addr);
		cut_write(out, event);
		break;
	}
	stack_write(out, event, model, walker, symbols);
}
