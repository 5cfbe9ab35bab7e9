// SPDX-License-Identifier: LGPL-2.1-or-later
// Seen from the relay: whether the traced image still runs.
#define _GNU_SOURCE
#include "libdumpalloc/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/futex.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/text.h"

enum {
	LINE_SIZE = 8192,
	MAPS_MS = 2000,    // between two looks into maps where pagemap cannot tell
	ABSENT_ENOUGH = 2, // looks without the region before we believe that it is gone
};

// Documentation/admin-guide/mm/pagemap.rst; bit 56 since Linux 4.2.
#define PAGEMAP_PRESENT   (UINT64_C(1) << 63)
#define PAGEMAP_EXCLUSIVE (UINT64_C(1) << 56)

// A line of /proc/PID/maps: "start-end perms offset device inode path".
struct map_line {
	uint64_t start;
	uint64_t inode;
};

static uint64_t parse_number(const char **at, unsigned base)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		char c = **at;
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else
			return value;
		value = value * base + digit;
	}
}

static struct map_line parse_line(const char *line)
{
	struct map_line map = { .start = parse_number(&line, 16) };

	for (unsigned n_spaces = 0; n_spaces < 4 && *line != '\0';) {
		if (*line++ == ' ')
			n_spaces++;
	}
	map.inode = parse_number(&line, 10);
	return map;
}

enum look { LOOK_FOUND, LOOK_ABSENT, LOOK_FAILED };

// Finds the line that starts at `start` (0: any) and has `inode` (0: any) and returns its inode.
static enum look find_line(const char *path, uint64_t start, uint64_t inode, uint64_t *found)
{
	char bytes[LINE_SIZE + 1];
	size_t n_kept = 0;
	enum look answer = LOOK_FAILED;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return LOOK_FAILED;
	for (;;) {
		ssize_t n = read(fd, bytes + n_kept, LINE_SIZE - n_kept);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			answer = LOOK_FAILED;
		if (n <= 0)
			break;
		answer = LOOK_ABSENT; // there is something to look at
		size_t size = n_kept + (size_t)n;
		bytes[size] = '\0';
		char *line = bytes;
		for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			struct map_line map = parse_line(line);
			if ((start != 0 && map.start != start) ||
			    (inode != 0 && map.inode != inode))
				continue;
			*found = map.inode;
			close(fd);
			return LOOK_FOUND;
		}
		n_kept = size - (size_t)(line - bytes);
		if (n_kept == LINE_SIZE)
			n_kept = 0;
		memmove(bytes, line, n_kept);
	}
	close(fd);
	return answer;
}

static bool maps_lack_region(struct watch *watch)
{
	char path[32];
	struct text text = text_start(path, sizeof path);
	uint64_t found;

	text_put(&text, "/proc/");
	text_number(&text, (uint64_t)watch->pid);
	text_put(&text, "/maps");
	if (find_line(path, 0, watch->inode, &found) != LOOK_ABSENT) {
		watch->n_absent = 0;
		return false;
	}
	return ++watch->n_absent >= ABSENT_ENOUGH;
}

// The page at the region's start is mapped by us alone. False also where that cannot be told.
static bool page_is_ours_alone(const struct watch *watch, bool *is_known)
{
	uint64_t entry = 0;
	uint64_t page = (uintptr_t)region_current / (uintptr_t)sysconf(_SC_PAGESIZE);

	*is_known = watch->pagemap >= 0 &&
		    pread(watch->pagemap, &entry, sizeof entry, (off_t)(page * sizeof entry)) ==
			    (ssize_t)sizeof entry &&
		    (entry & PAGEMAP_PRESENT) != 0;
	return *is_known && (entry & PAGEMAP_EXCLUSIVE) != 0;
}

// A page that was swapped out and came back through us alone looks the same as one that a new image
// left behind; the list of its mappings decides.
static bool has_new_image(struct watch *watch)
{
	bool is_known;

	if (watch->inode == 0)
		return false;
	bool is_suspect = page_is_ours_alone(watch, &is_known);
	if (!is_known) {
		is_suspect = clock_ms() - watch->looked_at >= MAPS_MS || watch->n_absent > 0;
		if (is_suspect)
			watch->looked_at = clock_ms();
	}
	if (!is_suspect) {
		watch->n_absent = 0;
		return false;
	}
	return maps_lack_region(watch);
}

void watch_start(struct watch *watch, pid_t pid, bool is_parent)
{
	struct process_facts facts;
	uint64_t inode;

	*watch = (struct watch){ .pid = pid, .is_parent = is_parent, .looked_at = clock_ms() };
	if (!is_parent && process_read_facts(pid, &facts))
		watch->start_time = facts.start_time;
	watch->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (find_line("/proc/self/maps", (uintptr_t)region_current, 0, &inode) == LOOK_FOUND)
		watch->inode = inode;
}

enum watch_answer watch_look(struct watch *watch, bool is_idle)
{
	bool runs = watch->is_parent ? getppid() == watch->pid
				     : process_is_alive(watch->pid, watch->start_time);

	if (!runs)
		return WATCH_ENDED;
	return is_idle && has_new_image(watch) ? WATCH_EXECED : WATCH_RUNS;
}
