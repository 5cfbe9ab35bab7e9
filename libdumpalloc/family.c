// SPDX-License-Identifier: LGPL-2.1-or-later
// Which processes above this one are traced, or could be: what has this very library loaded.
#define _GNU_SOURCE
#include "libdumpalloc/family.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/maps.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/text.h"

enum {
	NAME_SIZE = 256,
	ANCESTORS_MAX = 256,
};

// This library as the lists of mappings show it; inode 0: not known.
static uint64_t own_inode;
static char own_name[NAME_SIZE];

static bool find_own(const struct maps_line *line, void *context)
{
	uintptr_t here = (uintptr_t)own_name;
	(void)context;

	// What is behind the file's own data has no name, and follows it.
	if (line->name[0] == '/') {
		text_copy(own_name, sizeof own_name, text_last_part(line->name));
		own_inode = line->inode;
	}
	return line->end <= here;
}

static bool find_library(const struct maps_line *line, void *context)
{
	bool *is_found = context;

	// An inode's number is unique in its file system alone.
	*is_found = line->inode == own_inode && strcmp(text_last_part(line->name), own_name) == 0;
	return !*is_found;
}

bool family_has_library(pid_t pid)
{
	char path[PROCESS_PATH_SIZE];
	bool is_found = false;

	if (own_inode == 0)
		maps_visit("/proc/self/maps", find_own, NULL);
	process_path(path, pid, "maps");
	return own_inode != 0 && maps_visit(path, find_library, &is_found) > 0 && is_found;
}

bool family_has_traced_ancestor(pid_t pid)
{
	struct process_facts facts;

	for (int i = 0; i < ANCESTORS_MAX && pid > 1 && process_read_facts(pid, &facts); i++) {
		pid = facts.parent;
		if (pid > 1 && family_has_library(pid))
			return true;
	}
	return false;
}

// The relay of an earlier program in this very process is a child still, living or not: one without
// exit signal, of which there are no others as a rule.
static bool has_relay_child(void)
{
	siginfo_t info;
	int error = errno;
	bool has_child = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WCLONE) == 0;

	errno = error;
	return has_child;
}

bool family_began_by_exec(void)
{
	return has_relay_child() || family_has_traced_ancestor(getpid());
}
