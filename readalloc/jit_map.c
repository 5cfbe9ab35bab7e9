// SPDX-License-Identifier: GPL-3.0-or-later
// Names of code made at run time, from the map that its maker may leave for perf: /tmp/perf-PID.map.
//
// A line for each piece: where it starts and its size, both in hexadecimal, and its name, which may hold blanks (Linux,
// tools/perf/Documentation/jit-interface.txt). Addresses may come again; the last line counts.
#include "jit_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/wire.h"
#include "rootfs.h"
#include "util.h"

enum { PIECES_MAX = 1 << 22 };

struct piece {
	uint64_t start, end;
	size_t line; // number
	char *name;  // owned
};

struct jit_map {
	struct piece *pieces; // by start; of those that start at one place the last comes last
	size_t n, room;
};

static void line_take(struct jit_map *map, char *line)
{
	char *rest;
	uint64_t start = strtoull(line, &rest, 16);
	bool has_start = rest != line && *rest == ' ';
	char *size_text = rest;
	uint64_t size = has_start ? strtoull(size_text, &rest, 16) : 0;
	if (size == 0 || rest == size_text || *rest != ' ' || start + size < start) {
		return;
	}
	size_t length = strcspn(++rest, "\n");
	if (length == 0) {
		return;
	}
	if (map->n == map->room) {
		map->room = grown_capacity(map->n, 0);
		map->pieces = xrealloc(map->pieces, map->room, sizeof(*map->pieces));
	}
	length = length < WIRE_TEXT_MAX ? length : WIRE_TEXT_MAX;
	map->pieces[map->n] = (struct piece){ start, start + size, map->n, xstrndup(rest, length) };
	map->n++;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *one = a, *two = b;
	if (one->start != two->start) {
		return one->start < two->start ? -1 : 1;
	}
	return one->line < two->line ? -1 : one->line > two->line;
}

struct jit_map *jit_map_open(const struct rootfs *rootfs, uint64_t pid)
{
	char path[sizeof("/tmp/perf-.map") + 20];
	snprintf(path, sizeof(path), "/tmp/perf-%" PRIu64 ".map", pid);
	int fd = rootfs_open(rootfs, path);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (file == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return NULL;
	}
	struct jit_map *map = xcalloc(1, sizeof(*map));
	char *line = NULL;
	size_t room = 0;
	while (map->n < PIECES_MAX && getline(&line, &room, file) > 0) {
		line_take(map, line);
	}
	free(line);
	fclose(file);
	if (map->n != 0) {
		qsort(map->pieces, map->n, sizeof(*map->pieces), compare_pieces);
	}
	return map;
}

void jit_map_free(struct jit_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->pieces[i].name);
	}
	free(map->pieces);
	free(map);
}

const char *jit_map_find(const struct jit_map *map, uint64_t address)
{
	size_t low = 0, high = map->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (map->pieces[middle].start <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low != 0 && address < map->pieces[low - 1].end ? map->pieces[low - 1].name : NULL;
}
