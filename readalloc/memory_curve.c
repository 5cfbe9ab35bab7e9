// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of the process over time, as its kernel counts it.
#include "memory_curve.h"

#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "util.h"

enum { SHIFT_FIRST = 10 }; // about a millisecond

void memory_curve_free(struct memory_curve *curve)
{
	free(curve->points);
	*curve = (struct memory_curve){ 0 };
}

static bool is_more(const struct memory_point *one, const struct memory_point *other)
{
	return one->bytes[WIRE_MEMORY_RESIDENT] > other->bytes[WIRE_MEMORY_RESIDENT];
}

// Whether the point was put together with the last one, of whose step it is.
static bool is_joined(struct memory_curve *curve, const struct memory_point *point)
{
	struct memory_point *last = curve->n > 0 ? &curve->points[curve->n - 1] : NULL;
	if (!last || last->time >> curve->shift != point->time >> curve->shift) {
		return false;
	}
	if (is_more(point, last)) {
		*last = *point;
	}
	return true;
}

static void point_put(struct memory_curve *curve, const struct memory_point *point)
{
	while (!is_joined(curve, point)) {
		if (curve->n < MEMORY_POINTS_MAX) {
			curve->points[curve->n++] = *point;
			return;
		}
		size_t n = curve->n;
		curve->shift++;
		curve->n = 0;
		for (size_t i = 0; i < n; i++) {
			struct memory_point kept = curve->points[i];
			if (!is_joined(curve, &kept)) {
				curve->points[curve->n++] = kept;
			}
		}
	}
}

static void point_add(struct memory_curve *curve, const struct memory_point *point)
{
	if (!curve->points) {
		curve->points = xcalloc(MEMORY_POINTS_MAX, sizeof(*curve->points));
		curve->shift = SHIFT_FIRST;
	}
	// Time that goes back is of a damaged writer, and would be of no use to anyone.
	if (curve->n > 0 && point->time < curve->points[curve->n - 1].time) {
		return;
	}
	curve->n_seen++;
	if (curve->n_seen == 1 || is_more(point, &curve->most)) {
		curve->most = *point;
	}
	point_put(curve, point);
}

const char *memory_curve_decode(struct memory_curve *curve, struct cursor payload)
{
	struct memory_point point = { .time = cursor_varint(&payload) };
	uint64_t n = cursor_varint(&payload);
	for (; n > 0 && !payload.error; n--) {
		uint64_t what = cursor_varint(&payload);
		uint64_t bytes = cursor_varint(&payload);
		if (what < WIRE_MEMORY_END) {
			point.bytes[what] = bytes;
		}
	}
	if (payload.error) {
		return "the process's memory is cut off";
	}
	point_add(curve, &point);
	return NULL;
}

static void memory_point_archive(struct archive *archive, struct memory_point *point)
{
	archive_u64(archive, &point->time);
	for (int i = 0; i < WIRE_MEMORY_END; i++) {
		archive_u64(archive, &point->bytes[i]);
	}
}

void memory_curve_archive(struct archive *archive, struct memory_curve *curve)
{
	size_t n = curve->n;
	uint32_t shift = curve->shift;
	archive_count(archive, &n);
	archive_index(archive, &shift, 64, false);
	archive_u64(archive, &curve->n_seen);
	memory_point_archive(archive, &curve->most);
	if (n > MEMORY_POINTS_MAX) {
		archive_fail(archive, "more points than there can be");
		return;
	}
	if (archive->is_reading && n != 0) {
		curve->points = xcalloc(MEMORY_POINTS_MAX, sizeof(*curve->points));
		curve->shift = shift;
		curve->n = n;
	}
	for (size_t i = 0; i < n; i++) {
		memory_point_archive(archive, &curve->points[i]);
		if (i > 0 && curve->points[i].time >> shift <= curve->points[i - 1].time >> shift) {
			archive_fail(archive, "points are not in order");
		}
	}
}
