// SPDX-License-Identifier: LGPL-2.1-or-later
// Seen from the relay: whether the traced image still runs.
#define _GNU_SOURCE
#include "libdumpalloc/watch.h"

#include <fcntl.h>
#include <unistd.h>

#include "libdumpalloc/futex.h"
#include "libdumpalloc/maps.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/region.h"

enum {
	MAPS_MS = 2000,    // between two looks into maps where pagemap cannot tell
	ABSENT_ENOUGH = 2, // looks without the region before we believe that it is gone
};

// Documentation/admin-guide/mm/pagemap.rst; bit 56 since Linux 4.2.
#define PAGEMAP_PRESENT   (UINT64_C(1) << 63)
#define PAGEMAP_EXCLUSIVE (UINT64_C(1) << 56)

struct search {
	uint64_t start; // 0: any
	uint64_t inode; // 0: any; the one found
	bool is_found;
};

static bool compare(const struct maps_line *line, void *context)
{
	struct search *search = context;

	if ((search->start != 0 && line->start != search->start) ||
	    (search->inode != 0 && line->inode != search->inode))
		return true;
	search->inode = line->inode;
	search->is_found = true;
	return false;
}

static bool maps_lack_region(struct watch *watch)
{
	char path[PROCESS_PATH_SIZE];
	struct search search = { .inode = watch->inode };

	process_path(path, watch->pid, "maps");
	if (maps_visit(path, compare, &search) <= 0 || search.is_found) {
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

// What tells a new image, and costs too much to be had for a program of two milliseconds.
static void prepare(struct watch *watch)
{
	struct search search = { .start = (uintptr_t)region_current };

	watch->is_prepared = true;
	watch->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (maps_visit("/proc/self/maps", compare, &search) > 0 && search.is_found)
		watch->inode = search.inode;
}

// A page that was swapped out and came back through us alone looks the same as one that a new image
// left behind; the list of its mappings decides.
static bool has_new_image(struct watch *watch)
{
	bool is_known;

	if (!watch->is_prepared)
		prepare(watch);
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

	*watch = (struct watch){ .pid = pid, .is_parent = is_parent, .looked_at = clock_ms() };
	if (!is_parent && process_read_facts(pid, &facts))
		watch->start_time = facts.start_time;
}

enum watch_answer watch_look(struct watch *watch, bool is_idle)
{
	bool runs = watch->is_parent ? getppid() == watch->pid
				     : process_is_alive(watch->pid, watch->start_time);

	if (!runs)
		return WATCH_ENDED;
	return is_idle && has_new_image(watch) ? WATCH_EXECED : WATCH_RUNS;
}
