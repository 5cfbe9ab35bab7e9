// SPDX-License-Identifier: LGPL-2.1-or-later
// A call stack and the mappings it leads through, as text, for crash handlers.
#define _GNU_SOURCE
#include "libdumpalloc/backtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libdumpalloc/maps.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/modules_object.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/text.h"
#include "unwind/stepper.h"

enum { DEPTH = 128, LINE_SIZE = 4096 + 64 };

static const char maps_path[] = "/proc/self/maps";

// What a walk needs; zero at first.
struct space {
	struct unwind_thread unwind;
	uintptr_t pcs[DEPTH];
	uint8_t hows[DEPTH];
	char line[LINE_SIZE];
	struct unwind_code code; // of the image found last
};

// A file that holds a program counter: its mappings from the first to the last.
struct image {
	uint64_t pc, inode, start, end;
	uintptr_t head_size; // of the first, if that can be read
};

// Where a program counter is: the mapping, and where the first one of the same file begins.
struct place {
	uint64_t pc, inode, base;
	struct text *text;
};

static bool find_image(const struct maps_line *line, void *context)
{
	struct image *image = context;

	if (line->inode != image->inode || line->inode == 0) {
		if (image->end > image->pc)
			return false;
		image->inode = line->inode;
		image->start = line->start;
		image->head_size = line->is_readable ? (uintptr_t)(line->end - line->start) : 0;
	}
	image->end = line->end;
	return true;
}

// Code that no event has led to is unknown so far. The loader may be in any state: its list is not asked.
static bool find_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	struct space *space = user;
	struct image image = { .pc = pc };

	if (modules_find_code(pc, code))
		return true;
	if (pc - space->code.start >= space->code.end - space->code.start &&
	    (maps_visit(maps_path, find_image, &image) < 0 || pc < image.start || pc >= image.end ||
	     !modules_object_image((uintptr_t)image.start, image.head_size, (uintptr_t)image.end,
				   pc, &space->code)))
		space->code = (struct unwind_code){ 0 };
	*code = space->code;
	return pc >= code->start && pc < code->end;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

static bool compare(const struct maps_line *line, void *context)
{
	struct place *place = context;

	if (line->inode != place->inode || line->inode == 0) {
		place->inode = line->inode;
		place->base = line->start;
	}
	if (place->pc < line->start || place->pc >= line->end)
		return true;
	text_put_all(place->text, " ", line->name, "+0x", (char *)NULL);
	text_hex(place->text, place->pc - place->base);
	return false;
}

static bool write_frame(int fd, struct space *space, size_t i)
{
	struct text text = text_start(space->line, sizeof space->line);
	struct place place = { .pc = space->pcs[i], .text = &text };

	text_char(&text, '#');
	text_number(&text, i);
	text_put(&text, " 0x");
	text_hex(&text, place.pc);
	(void)maps_visit(maps_path, compare, &place);
	text_char(&text, '\n');
	return write_all(fd, text.at, text.length);
}

static bool write_maps(int fd, struct space *space)
{
	int maps = open(maps_path, O_RDONLY | O_CLOEXEC);
	bool is_written = maps >= 0;
	ssize_t n;

	while (is_written &&
	       ((n = read(maps, space->line, sizeof space->line)) > 0 || (n < 0 && errno == EINTR)))
		is_written = n < 0 || write_all(fd, space->line, (size_t)n);
	if (maps >= 0)
		close(maps);
	return is_written;
}

bool backtrace_write(int fd, const struct unwind_start *start)
{
	struct space *space = pages_map(sizeof *space);

	if (space == NULL)
		return false;
	unwind_thread_start(&space->unwind);
	struct unwind_context context = { .thread = &space->unwind,
					  .find_code = find_code,
					  .user = space };
	struct unwind_stack stack = { .pcs = space->pcs, .hows = space->hows, .max = DEPTH };
	unwind_walk(UNWIND_AUTO, start, &context, &stack);
	if (stack.pcs != space->pcs)
		memcpy(space->pcs, stack.pcs, stack.n_pcs * sizeof *stack.pcs);

	bool is_written = true;
	for (size_t i = 0; i < stack.n_pcs && is_written; i++)
		is_written = write_frame(fd, space, i);
	is_written = is_written && write_maps(fd, space);
	munmap(space, sizeof *space);
	return is_written;
}
