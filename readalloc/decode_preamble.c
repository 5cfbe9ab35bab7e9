// SPDX-License-Identifier: GPL-3.0-or-later
// What the stream says about itself and the process (FORMAT.md, section 3).
#include "preamble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "libdumpalloc/wire.h"
#include "util.h"

// The fields of one number.
static const struct number_row {
	unsigned id;
	size_t at;
	uint64_t min, max;
} numbers[] = {
#define ROW(id, field, min, max)                                                                   \
	{                                                                                          \
		WIRE_FIELD_##id, offsetof(struct preamble, field), min, max                        \
	}
	ROW(WORD_SIZE, word_size, 4, 8),
	ROW(BYTE_ORDER, byte_order, WIRE_LITTLE_ENDIAN, WIRE_BIG_ENDIAN),
	ROW(MACHINE, machine, 0, UINT16_MAX),
	ROW(MACHINE_FLAGS, machine_flags, 0, UINT32_MAX),
	ROW(PAGE_SIZE, page_size, 0, UINT64_MAX),
	ROW(PID, pid, 0, UINT64_MAX),
	ROW(PARENT_PID, parent_pid, 0, UINT64_MAX),
	ROW(PARENT_STREAM, parent_stream, 0, UINT64_MAX),
	ROW(PARENT_POSITION, parent_position, 0, UINT64_MAX),
	ROW(START_TIME, start_time, 0, UINT64_MAX),
	ROW(CLOCK, clock, 0, UINT64_MAX),
	ROW(CLOCK_RESOLUTION, clock_resolution, 0, UINT64_MAX),
	ROW(SEQUENCE_BITS, sequence_bits, 32, 64),
	ROW(ADDRESS_SHIFT, address_shift, 0, WIRE_ADDRESS_SHIFT_MAX),
	ROW(WALKER, walker, 0, UINT64_MAX),
	ROW(DEPTH_LIMIT, depth_limit, 0, UINT64_MAX),
	ROW(SAMPLING, sampling, 0, UINT32_MAX),
	ROW(LEAST_SIZE, least_size, 0, UINT64_MAX),
	ROW(ELIDE_LIMIT, elide_limit, 0, UINT64_MAX),
#undef ROW
};

// The fields of text.
static const struct text_row {
	unsigned id;
	size_t at;
	bool is_list; // NUL bytes separate; shown as blanks
} texts[] = {
#define ROW(id, field, is_list)                                                                    \
	{                                                                                          \
		WIRE_FIELD_##id, offsetof(struct preamble, field), is_list                         \
	}
	ROW(EXECUTABLE, executable, false),
	ROW(COMMAND_LINE, command_line, true),
	ROW(WRITER, writer, false),
	ROW(PROGRAM, program, false),
	ROW(HOST_NAME, host_name, false),
	ROW(WORKING_DIRECTORY, working_directory, false),
	ROW(FIRST_MALLOC, first_malloc, false),
#undef ROW
};

enum {
	N_NUMBERS = sizeof(numbers) / sizeof(numbers[0]),
	N_TEXTS = sizeof(texts) / sizeof(texts[0]),
};

static uint64_t *number_of(struct preamble *preamble, const struct number_row *row)
{
	return (uint64_t *)(void *)((char *)preamble + row->at);
}

static char **text_of(struct preamble *preamble, const struct text_row *row)
{
	return (char **)(void *)((char *)preamble + row->at);
}

static void number_decode(struct preamble *preamble, uint64_t id, struct cursor *value)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (numbers[i].id != id) {
			continue;
		}
		uint64_t number = cursor_varint(value);
		if (number < numbers[i].min || number > numbers[i].max) {
			cursor_fail(value, "a preamble field has an impossible value");
			return;
		}
		*number_of(preamble, &numbers[i]) = number;
	}
}

static void text_decode(struct preamble *preamble, uint64_t id, struct cursor value)
{
	for (size_t i = 0; i < N_TEXTS; i++) {
		if (texts[i].id != id) {
			continue;
		}
		size_t size = cursor_left(&value);
		char *text = xstrndup(value.at, size);
		while (texts[i].is_list && size != 0 && text[size - 1] == '\0') {
			size--;
		}
		for (char *nul = text; (nul = memchr(nul, '\0', size - (size_t)(nul - text)));) {
			*nul = ' ';
		}
		char **place = text_of(preamble, &texts[i]);
		free(*place);
		*place = text;
	}
}

static void usable_rule_decode(struct preamble *preamble, struct cursor *value)
{
	preamble->usable_align = cursor_varint(value);
	preamble->usable_overhead = cursor_varint(value);
	preamble->usable_min = cursor_varint(value);
}

const char *preamble_decode(struct preamble *preamble, struct cursor payload)
{
	*preamble = (struct preamble){ .sequence_bits = 64 };
	bool has_pid = false;
	while (cursor_left(&payload) != 0) {
		uint64_t id = cursor_varint(&payload);
		struct cursor value = cursor_part(&payload, cursor_varint(&payload));
		if (payload.error) {
			break;
		}
		has_pid = has_pid || id == WIRE_FIELD_PID;
		if (id == WIRE_FIELD_USABLE_RULE) {
			usable_rule_decode(preamble, &value);
		} else {
			number_decode(preamble, id, &value);
			text_decode(preamble, id, value);
		}
		if (value.error) {
			payload.error = value.error;
			break;
		}
	}
	bool is_whole = has_pid && preamble->byte_order != 0 && preamble->program &&
			(preamble->word_size == 4 || preamble->word_size == 8) &&
			(preamble->sequence_bits == 32 || preamble->sequence_bits == 64);
	if (!payload.error && !is_whole) {
		payload.error = "the preamble lacks what every stream has";
	}
	if (payload.error) {
		preamble_free(preamble);
		return payload.error;
	}
	for (size_t i = 0; i < N_TEXTS; i++) {
		char **place = text_of(preamble, &texts[i]);
		*place = *place ? *place : xstrndup("", 0);
	}
	return NULL;
}

void preamble_free(struct preamble *preamble)
{
	for (size_t i = 0; i < N_TEXTS; i++) {
		char **place = text_of(preamble, &texts[i]);
		free(*place);
		*place = NULL;
	}
}

void preamble_archive(struct archive *archive, struct preamble *preamble)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		uint64_t *number = number_of(preamble, &numbers[i]);
		archive_up_to(archive, number, numbers[i].max);
		// 0: the stream does not say.
		if (archive->is_reading && *number != 0 && *number < numbers[i].min) {
			archive_fail(archive, "a preamble field has an impossible value");
		}
	}
	archive_u64(archive, &preamble->usable_align);
	archive_u64(archive, &preamble->usable_overhead);
	archive_u64(archive, &preamble->usable_min);
	for (size_t i = 0; i < N_TEXTS; i++) {
		char **text = text_of(preamble, &texts[i]);
		archive_text(archive, text);
		*text = *text ? *text : xstrndup("", 0);
	}
}
