// SPDX-License-Identifier: GPL-3.0-or-later
// The line table of one unit: file and line of each address (DWARF 5, section 6.2).
#include "dwarf_lines.h"

#include "dwarf_bytes.h"
#include "dwarf_file.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	LNS_extended = 0,
	LNS_copy = 1,
	LNS_advance_pc = 2,
	LNS_advance_line = 3,
	LNS_set_file = 4,
	LNS_const_add_pc = 8,
	LNS_fixed_advance_pc = 9,
	LNE_end_sequence = 1,
	LNE_set_address = 2,
	LNE_define_file = 3,
	LNCT_path = 1,
	LNCT_directory_index = 2,
	FORMATS_MAX = 255,
};

struct row {
	uint64_t address;
	uint32_t file, line;
};

// Rows of rising addresses.
struct sequence {
	uint64_t start, end;
	size_t first, n; // of the rows
};

struct entry {
	const char *name;
	uint64_t directory;
};

struct list {
	struct entry *entries;
	size_t n, capacity;
};

struct dwarf_lines {
	const char *unit_directory;
	uint8_t version;
	struct row *rows;
	size_t n_rows, rows_capacity;
	struct sequence *sequences; // by start
	size_t n_sequences, sequences_capacity;
	struct list directories, files;
	char **paths; // of the files; NULL: not made yet
};

// What the header says.
struct header {
	struct dwarf_unit unit; // as values of the header are read
	bool is_big;
	uint8_t shortest, n_ops, line_range, opcode_base;
	int8_t line_base;
	uint8_t n_arguments[256];
};

// The state machine.
struct state {
	uint64_t address, op;
	uint64_t file, line;
	size_t first; // row of the sequence
};

void dwarf_lines_free(struct dwarf_lines *lines)
{
	if (lines == NULL) {
		return;
	}
	for (size_t i = 0; lines->paths != NULL && i < lines->files.n; i++) {
		free(lines->paths[i]);
	}
	free(lines->paths);
	free(lines->rows);
	free(lines->sequences);
	free(lines->directories.entries);
	free(lines->files.entries);
	free(lines);
}

static void list_add(struct list *list, const char *name, uint64_t directory)
{
	if (list->n == list->capacity) {
		list->capacity = grown_capacity(list->capacity, list->n + 1);
		list->entries = xrealloc(list->entries, list->capacity, sizeof(*list->entries));
	}
	list->entries[list->n++] = (struct entry){ name, directory };
}

// DWARF 2 to 4: texts up to an empty one. Both lists count from 1.
static void read_old_lists(struct cursor *cursor, struct dwarf_lines *lines)
{
	list_add(&lines->directories, NULL, 0);
	list_add(&lines->files, NULL, 0);
	for (const char *text; *(text = dwarf_text_here(cursor)) != '\0';) {
		list_add(&lines->directories, text, 0);
	}
	for (const char *text; *(text = dwarf_text_here(cursor)) != '\0';) {
		uint64_t directory = dwarf_unsigned(cursor);
		dwarf_unsigned(cursor); // time
		dwarf_unsigned(cursor); // size
		list_add(&lines->files, text, directory);
	}
}

// DWARF 5: entries of values, described first.
static void read_new_list(struct cursor *cursor, const struct header *header, struct list *list)
{
	struct dwarf_spec specs[FORMATS_MAX];
	unsigned n_specs = dwarf_byte(cursor);
	for (unsigned i = 0; i < n_specs; i++) {
		specs[i] = (struct dwarf_spec){ .attribute = (uint16_t)dwarf_unsigned(cursor) };
		specs[i].form = (uint16_t)dwarf_unsigned(cursor);
	}
	uint64_t n = dwarf_unsigned(cursor);
	// Each takes a byte at least.
	for (uint64_t i = 0; i < n && cursor_left(cursor) > 0; i++) {
		struct entry entry = { NULL, 0 };
		for (unsigned k = 0; k < n_specs; k++) {
			struct dwarf_value value =
				dwarf_value_read(cursor, &header->unit, &specs[k]);
			if (specs[k].attribute == LNCT_path) {
				entry.name = dwarf_value_text(&header->unit, &value);
			} else if (specs[k].attribute == LNCT_directory_index) {
				entry.directory = value.number;
			}
		}
		if (cursor->error == NULL) {
			list_add(list, entry.name, entry.directory);
		}
	}
}

// Moves the cursor on to the program.
static bool read_header(struct cursor *cursor, struct header *header, struct dwarf_lines *lines)
{
	uint64_t length = dwarf_number(cursor, 4, header->is_big);
	header->unit.offset_size = 4;
	if (length == 0xffffffff) {
		length = dwarf_number(cursor, 8, header->is_big);
		header->unit.offset_size = 8;
	}
	length = length < cursor_left(cursor) ? length : cursor_left(cursor);
	*cursor = cursor_part(cursor, length);
	lines->version = (uint8_t)dwarf_number(cursor, 2, header->is_big);
	if (lines->version < 2 || lines->version > 5) {
		return false;
	}
	if (lines->version >= 5) {
		header->unit.address_size = dwarf_byte(cursor);
		dwarf_byte(cursor); // the size of segment selectors
	}
	uint64_t head = dwarf_number(cursor, header->unit.offset_size, header->is_big);
	struct cursor lists = cursor_part(cursor, head);
	header->shortest = dwarf_byte(&lists);
	header->n_ops = lines->version >= 4 ? dwarf_byte(&lists) : 1;
	dwarf_byte(&lists); // whether rows begin statements
	header->line_base = (int8_t)dwarf_byte(&lists);
	header->line_range = dwarf_byte(&lists);
	header->opcode_base = dwarf_byte(&lists);
	for (unsigned i = 1; i < header->opcode_base; i++) {
		header->n_arguments[i] = dwarf_byte(&lists);
	}
	if (lists.error != NULL || header->line_range == 0 || header->n_ops == 0 ||
	    header->opcode_base == 0 ||
	    (header->unit.address_size != 4 && header->unit.address_size != 8)) {
		return false;
	}
	if (lines->version >= 5) {
		read_new_list(&lists, header, &lines->directories);
		read_new_list(&lists, header, &lines->files);
	} else {
		read_old_lists(&lists, lines);
	}
	return cursor->error == NULL;
}

static void row_add(struct dwarf_lines *lines, const struct state *state)
{
	if (lines->n_rows == lines->rows_capacity) {
		lines->rows_capacity = grown_capacity(lines->rows_capacity, lines->n_rows + 1);
		lines->rows = xrealloc(lines->rows, lines->rows_capacity, sizeof(*lines->rows));
	}
	lines->rows[lines->n_rows++] =
		(struct row){ state->address, (uint32_t)state->file, (uint32_t)state->line };
}

// Keeps the sequence that ends at the state's address, unless it is of code the linker threw away.
static void sequence_end(struct dwarf_lines *lines, const struct state *state)
{
	size_t n = lines->n_rows - state->first;
	uint64_t start = n > 0 ? lines->rows[state->first].address : 0;
	if (start == 0 || start >= state->address) {
		lines->n_rows = state->first;
		return;
	}
	if (lines->n_sequences == lines->sequences_capacity) {
		lines->sequences_capacity =
			grown_capacity(lines->sequences_capacity, lines->n_sequences + 1);
		lines->sequences = xrealloc(lines->sequences, lines->sequences_capacity,
					    sizeof(*lines->sequences));
	}
	lines->sequences[lines->n_sequences++] =
		(struct sequence){ start, state->address, state->first, n };
}

static void advance(struct state *state, const struct header *header, uint64_t n)
{
	state->op += n;
	state->address += header->shortest * (state->op / header->n_ops);
	state->op %= header->n_ops;
}

static void extended_step(struct cursor *cursor, const struct header *header, struct state *state,
			  struct dwarf_lines *lines)
{
	struct cursor body = cursor_part(cursor, dwarf_unsigned(cursor));
	if (cursor_left(&body) == 0) {
		return;
	}
	switch (dwarf_byte(&body)) {
	case LNE_end_sequence:
		sequence_end(lines, state);
		*state = (struct state){ .file = 1, .line = 1, .first = lines->n_rows };
		break;
	case LNE_set_address:
		if (cursor_left(&body) <= 8) {
			state->address =
				dwarf_number(&body, (unsigned)cursor_left(&body), header->is_big);
			state->op = 0;
		}
		break;
	case LNE_define_file: {
		const char *name = dwarf_text_here(&body);
		list_add(&lines->files, name, dwarf_unsigned(&body));
		break;
	}
	default:
		break;
	}
}

static void standard_step(struct cursor *cursor, const struct header *header, unsigned opcode,
			  struct state *state, struct dwarf_lines *lines)
{
	switch (opcode) {
	case LNS_copy:
		row_add(lines, state);
		break;
	case LNS_advance_pc:
		advance(state, header, dwarf_unsigned(cursor));
		break;
	case LNS_advance_line:
		state->line += (uint64_t)dwarf_signed(cursor);
		break;
	case LNS_set_file:
		state->file = dwarf_unsigned(cursor);
		break;
	case LNS_const_add_pc:
		advance(state, header, (255u - header->opcode_base) / header->line_range);
		break;
	case LNS_fixed_advance_pc:
		state->address += dwarf_number(cursor, 2, header->is_big);
		state->op = 0;
		break;
	default:
		for (unsigned i = 0; i < header->n_arguments[opcode]; i++) {
			dwarf_unsigned(cursor);
		}
	}
}

static void run(struct cursor *cursor, const struct header *header, struct dwarf_lines *lines)
{
	struct state state = { .file = 1, .line = 1 };
	while (cursor_left(cursor) > 0) {
		unsigned opcode = dwarf_byte(cursor);
		if (opcode >= header->opcode_base) {
			unsigned special = opcode - header->opcode_base;
			advance(&state, header, special / header->line_range);
			state.line += (uint64_t)(int64_t)(header->line_base +
							  (int)(special % header->line_range));
			row_add(lines, &state);
		} else if (opcode == LNS_extended) {
			extended_step(cursor, header, &state, lines);
		} else {
			standard_step(cursor, header, opcode, &state, lines);
		}
	}
	lines->n_rows = state.first; // a sequence without its end is of no use
}

static int compare_sequences(const void *a, const void *b)
{
	const struct sequence *one = a, *two = b;
	return one->start < two->start ? -1 : one->start > two->start;
}

struct dwarf_lines *dwarf_lines_read(const struct dwarf_unit *unit)
{
	const struct dwarf_bytes *section = &unit->file->sections[DWARF_LINE];
	if (!unit->has_lines || unit->lines_at >= section->size) {
		return NULL;
	}
	struct cursor cursor = cursor_over(section->bytes + unit->lines_at,
					   section->size - (size_t)unit->lines_at);
	struct header header = { .unit = *unit, .is_big = unit->file->is_big };
	struct dwarf_lines *lines = xcalloc(1, sizeof(*lines));
	lines->unit_directory = unit->directory;
	if (!read_header(&cursor, &header, lines)) {
		dwarf_lines_free(lines);
		return NULL;
	}
	run(&cursor, &header, lines);
	if (lines->n_sequences > 0) {
		qsort(lines->sequences, lines->n_sequences, sizeof(*lines->sequences),
		      compare_sequences);
	}
	return lines;
}

static const struct sequence *find_sequence(const struct dwarf_lines *lines, uint64_t address)
{
	size_t low = 0, high = lines->n_sequences;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lines->sequences[middle].start <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low > 0 && address < lines->sequences[low - 1].end ? &lines->sequences[low - 1]
								  : NULL;
}

bool dwarf_lines_find(const struct dwarf_lines *lines, uint64_t address, uint32_t *file,
		      uint32_t *line)
{
	const struct sequence *sequence = find_sequence(lines, address);
	if (sequence == NULL) {
		return false;
	}
	// The last row that begins at or before the address.
	size_t low = sequence->first, high = low + sequence->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lines->rows[middle].address <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	const struct row *row = &lines->rows[low > sequence->first ? low - 1 : low];
	*file = row->file;
	*line = row->line;
	return true;
}

static bool is_relative(const char *path)
{
	return path != NULL && path[0] != '/';
}

const char *dwarf_lines_file(struct dwarf_lines *lines, uint32_t file)
{
	if (file >= lines->files.n || lines->files.entries[file].name == NULL) {
		return NULL;
	}
	if (lines->paths == NULL) {
		lines->paths = xcalloc(lines->files.n, sizeof(*lines->paths));
	}
	const struct entry *entry = &lines->files.entries[file];
	if (lines->paths[file] != NULL || !is_relative(entry->name)) {
		return lines->paths[file] != NULL ? lines->paths[file] : entry->name;
	}
	const char *directory = entry->directory < lines->directories.n
					? lines->directories.entries[entry->directory].name
					: NULL;
	const char *above = lines->unit_directory;
	if (directory == NULL) {
		directory = above;
		above = NULL;
	}
	above = is_relative(directory) ? above : NULL;
	if (asprintf(&lines->paths[file], "%s%s%s%s%s", above != NULL ? above : "",
		     above != NULL ? "/" : "", directory != NULL ? directory : "",
		     directory != NULL ? "/" : "", entry->name) < 0) {
		die("out of memory");
	}
	return lines->paths[file];
}

void dwarf_lines_ranges(const struct dwarf_lines *lines,
			void (*take)(void *context, const struct dwarf_range *range), void *context)
{
	for (size_t i = 0; i < lines->n_sequences; i++) {
		struct dwarf_range range = { lines->sequences[i].start, lines->sequences[i].end };
		take(context, &range);
	}
}
