// SPDX-License-Identifier: LGPL-2.1-or-later
// Which memory is stack: every load of a walker is checked against it.
#include "unwind/stack_bounds.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unwind/auxv.h"
#include "unwind/memory.h"

// Bytes that bounds are widened by at a time: each page costs a system call.
static const uintptr_t extend_max = 1 << 20;

// What hooks and walkers use of the stack at most.
static const uintptr_t near_max = 64 << 10;

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

// Finds the readable mapping that holds `address` in the kernel's list; slow. Without stdio and malloc.
static bool look_up(uintptr_t address, uintptr_t *low, uintptr_t *high)
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
			if (is_found) {
				*low = line.start;
				*high = line.end;
			}
			line = (struct maps_line){ 0 };
		}
	}
	close(fd);
	return is_found;
}

// The first thread's stack holds what the kernel has put there for the program. Any other's holds the
// thread's descriptor, on top of what it uses; what the list shows above it may be a neighbour that
// goes away. (A fork child's only thread may be neither: its stack is a foreign one.)
static void look_up_own(struct stack_own *own)
{
	bool is_first = syscall(SYS_gettid) == getpid();
	uintptr_t inside = is_first ? (uintptr_t)auxv_value(AT_RANDOM) : (uintptr_t)pthread_self();

	own->is_looked_up = true;
	if (inside == 0 || !look_up(inside, &own->low, &own->high))
		return;
	own->is_growing = is_first;
	if (!is_first)
		own->high = inside;
}

// The first thread's stack grows downward: what lies below it may be it by now, or something else.
static void look_again(struct stack_own *own, uintptr_t sp)
{
	uintptr_t low, high;

	if (!look_up(sp, &low, &high))
		return;
	if (high == own->high)
		own->low = low;
	else
		own->floor = high;
}

static bool is_own(struct stack_own *own, uintptr_t sp)
{
	if (sp - own->low < own->high - own->low)
		return true;
	if (!own->is_looked_up)
		look_up_own(own);
	else if (own->is_growing && sp < own->low && sp >= own->floor)
		look_again(own, sp);
	return sp - own->low < own->high - own->low;
}

static uintptr_t page_of(uintptr_t address)
{
	return address & ~(uintptr_t)(MEMORY_PAGE - 1);
}

static bool find(struct stack_own *own, uintptr_t sp, uintptr_t page, struct stack_bounds *bounds)
{
	bool is_foreign = !is_own(own, sp);

	*bounds = (struct stack_bounds){ own->low, own->high, is_foreign };
	if (is_foreign)
		*bounds = (struct stack_bounds){ page, page + MEMORY_PAGE, true };
	return is_foreign;
}

bool stack_bounds_start(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	// Right below sp lie the frames of those who ask, else sp is made up.
	return !find(own, sp, page_of(sp - 1), bounds) || sp - here < near_max ||
	       memory_is_readable(sp - 1);
}

bool stack_bounds_find(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds)
{
	return !find(own, sp, page_of(sp), bounds) || memory_is_readable(sp);
}

bool stack_bounds_find_used_up(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds)
{
	if (own->is_growing)
		look_again(own, own->high - 1);
	if (sp >= own->low || own->low - sp > extend_max)
		return false;
	// As one that is not the own: what was left of it is not what the next walk finds.
	*bounds = (struct stack_bounds){ own->low, own->high, true };
	return true;
}

bool stack_bounds_extend(struct stack_bounds *bounds, uintptr_t address, size_t size)
{
	uintptr_t end = address + size;

	if (!bounds->is_foreign || address < bounds->low || end < address ||
	    end > UINTPTR_MAX - MEMORY_PAGE ||
	    (end > bounds->high && end - bounds->high > extend_max))
		return false;
	while (bounds->high < end) {
		if (!memory_is_readable(bounds->high))
			return false;
		bounds->high += MEMORY_PAGE;
	}
	return true;
}

bool stack_bounds_hold(const struct stack_bounds *bounds, uintptr_t address, size_t size)
{
	struct stack_bounds wider = *bounds;

	if (address % sizeof(uintptr_t) != 0 || address < bounds->low)
		return false;
	return (address < bounds->high && bounds->high - address >= size) ||
	       stack_bounds_extend(&wider, address, size);
}

bool stack_bounds_load(const struct stack_bounds *bounds, uintptr_t address, uintptr_t *word)
{
	if (!stack_bounds_hold(bounds, address, sizeof(*word)))
		return false;
	memcpy(word, (const void *)address, sizeof(*word));
	return true;
}
