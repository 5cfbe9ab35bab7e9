// SPDX-License-Identifier: LGPL-2.1-or-later
// Which memory is stack: every load of a walker is checked against it.
#include "unwind/stack_bounds.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "unwind/stepper.h"

// One line of /proc/self/maps, as far as it has been read.
struct maps_line {
	uintptr_t start, end;
	unsigned n_dashes, n_spaces;
	bool is_readable;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

// "start-end perms ...": takes one more character.
static void line_take(struct maps_line *line, char c)
{
	int digit = hex_digit(c);

	if (c == ' ') {
		line->n_spaces++;
	} else if (line->n_spaces == 1 && c == 'r') {
		line->is_readable = true;
	} else if (line->n_spaces == 0 && c == '-') {
		line->n_dashes++;
	} else if (line->n_spaces == 0 && digit >= 0) {
		uintptr_t *number = line->n_dashes == 0 ? &line->start : &line->end;

		*number = (*number << 4) | (uintptr_t)digit;
	}
}

static bool line_holds(const struct maps_line *line, uintptr_t address)
{
	return line->is_readable && line->start <= address && address < line->end;
}

bool stack_bounds_look_up(uintptr_t address, struct stack_bounds *bounds)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct maps_line line = { 0 };
	bool is_found = false;
	char text[512];
	ssize_t n;

	if (fd < 0)
		return false;
	while (!is_found && (n = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n && !is_found; i++) {
			if (text[i] != '\n') {
				line_take(&line, text[i]);
				continue;
			}
			is_found = line_holds(&line, address);
			if (is_found)
				*bounds = (struct stack_bounds){ line.start, line.end };
			line = (struct maps_line){ 0 };
		}
	}
	close(fd);
	return is_found;
}

// A thread's descriptor lies on top of its stack; what the map shows above it may be a neighbour
// that goes away.
static void bounds_clip(struct stack_bounds *bounds, uintptr_t sp)
{
	uintptr_t self = (uintptr_t)pthread_self();

	if (self > sp && self < bounds->high)
		bounds->high = self;
}

bool stack_bounds_find(struct unwind_thread *thread, uintptr_t sp, struct stack_bounds *bounds)
{
	if (sp >= thread->stack_low && sp < thread->stack_high) {
		*bounds = (struct stack_bounds){ thread->stack_low, thread->stack_high };
		return true;
	}
	if (!stack_bounds_look_up(sp, bounds))
		return false;
	bounds_clip(bounds, sp);
	// The first stack seen is the thread's own; the main thread's grows downward.
	if (thread->stack_high == 0 || thread->stack_high == bounds->high) {
		thread->stack_low = bounds->low;
		thread->stack_high = bounds->high;
	}
	return true;
}

bool stack_bounds_hold(const struct stack_bounds *bounds, uintptr_t address, size_t size)
{
	return address % sizeof(uintptr_t) == 0 && address >= bounds->low &&
	       address < bounds->high && bounds->high - address >= size;
}

bool stack_bounds_load(const struct stack_bounds *bounds, uintptr_t address, uintptr_t *word)
{
	if (!stack_bounds_hold(bounds, address, sizeof(*word)))
		return false;
	memcpy(word, (const void *)address, sizeof(*word));
	return true;
}
