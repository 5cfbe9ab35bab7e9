// SPDX-License-Identifier: GPL-3.0-or-later
// From columns back to the records they were (FORMAT.md, section 5, columns).
#include "decode_columns.h"

#include <stdbool.h>
#include <string.h>

#include "libdumpalloc/wire.h"

static const char CUT_OFF[] = "a column is cut off";

static const struct {
	uint8_t ops, flag;
} rows[] = {
#define X(number, id, ops, flag) [WIRE_COLUMN_##id] = { ops, flag },
	WIRE_COLUMN_LIST(X)
#undef X
};

enum { VALUE_BYTES = 4 }; // of a number that count

struct columns {
	struct cursor parts[WIRE_COLUMN_PARTS];
	uint8_t *out; // has room for all that is left of the parts
	const char *error;
};

// The bytes of a number behind the first, which is `value`: from `part`.
static uint32_t number_move_rest(struct columns *columns, unsigned part, uint32_t value)
{
	struct cursor *rest = &columns->parts[part];
	value &= 0x7f;
	for (unsigned i = 1; rest->at != rest->end; i++) {
		unsigned byte = *rest->at++;
		*columns->out++ = (uint8_t)byte;
		if (i < VALUE_BYTES) {
			value |= (byte & 0x7f) << 7 * i;
		} else if ((byte & 0x7f) != 0) {
			value = UINT32_MAX;
		}
		if (byte < 0x80) {
			return value;
		}
	}
	columns->error = CUT_OFF;
	return 0;
}

// Takes from `part` the first byte of a number, and from what follows it the others. Returns what it is, or more than there can
// be bytes.
static inline uint32_t number_move(struct columns *columns, unsigned part)
{
	struct cursor *first = &columns->parts[part];
	if (first->at == first->end) {
		columns->error = CUT_OFF;
		return 0;
	}
	uint8_t byte = *first->at++;
	*columns->out++ = byte;
	return byte < 0x80 ? byte : number_move_rest(columns, part | 1, byte);
}

static void extended_move(struct columns *columns)
{
	number_move(columns, WIRE_COLUMN_EXTENDED);
	uint32_t n = number_move(columns, WIRE_COLUMN_EXTENDED);
	struct cursor *bodies = &columns->parts[WIRE_COLUMN_EXTENDED];
	if (n > cursor_left(bodies)) {
		columns->error = CUT_OFF;
		return;
	}
	memcpy(columns->out, bodies->at, n);
	columns->out += n;
	bodies->at += n;
}

static void frames_move(struct columns *columns, uint32_t n)
{
	for (; n != 0 && !columns->error; n--) {
		if (number_move(columns, 2 * WIRE_COLUMN_FRAME) != 0) {
			continue;
		}
		for (unsigned column = WIRE_COLUMN_ID; column <= WIRE_COLUMN_PC; column++) {
			number_move(columns, 2 * column);
		}
	}
}

static void record_move(struct columns *columns)
{
	unsigned head = *columns->parts[2 * WIRE_COLUMN_HEAD].at++;
	unsigned op = head & WIRE_OP_MASK;
	uint32_t last = 0;
	*columns->out++ = (uint8_t)head;
	if (op > WIRE_OP_REALLOC) {
		columns->error = "a record is of no known kind";
		return;
	}
	if (op == WIRE_OP_EXTENDED) {
		extended_move(columns);
		return;
	}
	for (unsigned i = WIRE_COLUMN_SEQ; i <= WIRE_COLUMN_PUSH; i++) {
		if (rows[i].ops >> op & 1 && (head & rows[i].flag) == rows[i].flag) {
			last = number_move(columns, 2 * i);
		}
	}
	if (head & WIRE_FLAG_STACK) {
		frames_move(columns, last >> WIRE_CUT_BITS);
	}
}

// Whether the sizes at the beginning of the payload are those of what is behind them.
static bool parts_cut(struct columns *columns, struct cursor *payload)
{
	uint64_t sizes[WIRE_COLUMN_PARTS];
	for (unsigned i = 0; i < WIRE_COLUMN_PARTS; i++) {
		sizes[i] = cursor_varint_up_to(payload, WIRE_PAYLOAD_MAX, CUT_OFF);
	}
	for (unsigned i = 0; i < WIRE_COLUMN_PARTS; i++) {
		columns->parts[i] = cursor_part(payload, sizes[i]);
	}
	return !payload->error && cursor_left(payload) == 0;
}

const char *columns_undo(struct cursor payload, uint8_t *records, size_t *n)
{
	struct columns columns = { .out = records };
	const struct cursor *heads = &columns.parts[2 * WIRE_COLUMN_HEAD];
	if (!parts_cut(&columns, &payload)) {
		return "columns are not as long as they say";
	}
	while (cursor_left(heads) != 0 && !columns.error) {
		record_move(&columns);
	}
	for (unsigned i = 0; i < WIRE_COLUMN_PARTS && !columns.error; i++) {
		columns.error = cursor_left(&columns.parts[i]) != 0
					? "a column is longer than its records"
					: NULL;
	}
	*n = (size_t)(columns.out - records);
	return columns.error;
}
