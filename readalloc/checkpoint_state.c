// SPDX-License-Identifier: GPL-3.0-or-later
// What is in a checkpoint, section by section.
#include "checkpoint_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "gunzip.h"
#include "options.h"
#include "pump.h"
#include "session.h"
#include "session_slice.h"
#include "text_buffer.h"
#include "util.h"

// The options that decide what is counted, in one text. The caller frees.
static char *options_describe(const struct options *options)
{
	struct text_buffer buffer;
	FILE *out = text_buffer_open(&buffer);
	const struct filters *filters = &options->view.filters;
	const struct slice_bounds *slice = &options->slice, *base = &options->base_slice;
	fprintf(out, "needs %u", options_needs(options) & ~(unsigned)NEEDS_WRAPPERS);
	for (size_t i = 0; i < filters->n; i++) {
		if (FILTER_EVENT_KEYS >> filters->list[i].key & 1) {
			fprintf(out, " %s %s",
				filters->list[i].is_exclude ? "--exclude" : "--include",
				filters->list[i].text);
		}
	}
	fprintf(out, " --from %s --to %s", slice->from.text ? slice->from.text : "",
		slice->to.text ? slice->to.text : "");
	if (options_have_part(options)) {
		fprintf(out, " --base-from %s --base-to %s", base->from.text ? base->from.text : "",
			base->to.text ? base->to.text : "");
	}
	return text_buffer_close(&buffer);
}

// A text that has to be as it is here.
static void same_archive(struct archive *archive, const char *here, const char *error)
{
	char *text = archive->is_reading ? NULL : (char *)(uintptr_t)here;
	archive_text(archive, &text);
	if (archive->is_reading) {
		if (!text || strcmp(text, here) != 0) {
			archive_fail(archive, error);
		}
		free(text);
	}
}

static void place_archive(struct archive *archive, struct input_place *place)
{
	archive_u64(archive, &place->part);
	archive_u64(archive, &place->end);
	archive_up_to(archive, &place->from, place->end);
	archive_u64(archive, &place->n_skipped);
	archive_index(archive, &place->form, GUNZIP_LOST + 1, false);
	archive_bool(archive, &place->is_marked);
	archive_u32(archive, &place->first_crc);
	archive_u32(archive, &place->last_crc);
	if (place->form == GUNZIP_MEMBER || place->end > INT64_MAX) {
		archive_fail(archive, "a place is impossible");
	}
}

static void begin_archive(struct archive *archive, struct checkpoint_state *state)
{
	char *options = options_describe(state->session->options);
	same_archive(archive, DUMPALLOC_VERSION, "written by another version of readalloc");
	same_archive(archive, options,
		     "written with other -f, --include, --exclude, --from, --to, --base-from or "
		     "--base-to");
	free(options);
	place_archive(archive, &state->place);
}

static void sums_archive(struct archive *archive, struct checkpoint_state *state)
{
	model_archive(archive, &state->session->model);
}

// A slice that has begun has its analyses.
static void slice_part_archive(struct archive *archive, struct checkpoint_state *state)
{
	struct session *session = state->session;
	bool was_before = session->slice.state == SLICE_BEFORE;
	slice_archive(archive, &session->slice);
	selection_archive(archive, &session->selection);
	if (archive->is_reading && session->has_slice && was_before &&
	    session_slice_has_begun(session)) {
		analyses_count_anew(&session->analyses, options_needs(session->options),
				    &session->model);
	}
}

static void looks_archive(struct archive *archive, struct checkpoint_state *state)
{
	analyses_archive(archive, &state->session->analyses, &state->session->model);
}

static void decoding_archive(struct archive *archive, struct checkpoint_state *state)
{
	decoder_archive(archive, &state->session->decoder);
}

static void rest_archive(struct archive *archive, struct checkpoint_state *state)
{
	archive_count(archive, &state->n_rest);
	if (state->n_rest > PUMP_BYTES_MAX) {
		archive_fail(archive, "more bytes than there can be");
		state->n_rest = 0;
		return;
	}
	if (archive->is_reading) {
		state->rest = xcalloc(state->n_rest, 1);
	}
	archive_bytes(archive, state->rest, state->n_rest);
}

static void waiting_archive(struct archive *archive, struct checkpoint_state *state)
{
	order_archive(archive, &state->session->order, &state->session->decoder);
}

// In the order in which one needs another. What waits is last, as it is handed on when a session ends.
static const struct section {
	char tag[5];
	void (*archive)(struct archive *archive, struct checkpoint_state *state);
} sections[] = {
	{ "this", begin_archive },   { "sums", sums_archive },     { "part", slice_part_archive },
	{ "look", looks_archive },   { "code", decoding_archive }, { "rest", rest_archive },
	{ "wait", waiting_archive },
};

// The same of the part that is read along: what was read and not decoded is the same.
static const struct section part_sections[] = {
	{ "sums", sums_archive },     { "part", slice_part_archive }, { "look", looks_archive },
	{ "code", decoding_archive }, { "wait", waiting_archive },
};

static void sections_archive(struct archive *archive, struct checkpoint_state *state,
			     const struct section *list, size_t n)
{
	for (size_t i = 0; i < n && archive_is_well(archive); i++) {
		if (!archive_section(archive, bytes_u32((const uint8_t *)list[i].tag))) {
			break;
		}
		list[i].archive(archive, state);
		if (!archive_section_end(archive)) {
			break;
		}
	}
}

const char *checkpoint_archive(struct archive *archive, struct checkpoint_state *state)
{
	sections_archive(archive, state, sections, sizeof(sections) / sizeof(sections[0]));
	if (state->session->part) {
		struct checkpoint_state part = { .session = state->session->part };
		sections_archive(archive, &part, part_sections,
				 sizeof(part_sections) / sizeof(part_sections[0]));
	}
	if (archive_is_well(archive) && archive->is_reading && archive->n_left != 0) {
		archive_fail(archive, "followed by something else");
	}
	if (!archive_is_well(archive)) {
		return archive->in.error;
	}
	return archive->error != 0 ? strerror(archive->error) : NULL;
}
