// SPDX-License-Identifier: LGPL-2.1-or-later
// Facts about processes, from /proc.
#ifndef LIBDUMPALLOC_PROCESS_H
#define LIBDUMPALLOC_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_facts {
	char state; // 'Z' zombie, 'X' dead, anything else lives
	pid_t parent;
	unsigned long n_threads;
	uint64_t start_time; // clock ticks since boot; with the pid it names a process for ever
};

enum { PROCESS_PATH_SIZE = 48 };

// The path of /proc/PID/NAME.
void process_path(char path[PROCESS_PATH_SIZE], pid_t pid, const char *name);

// Reads /proc/PID/stat. False: no such process, or no /proc. All functions here are
// async-signal-safe and allocate nothing.
bool process_read_facts(pid_t pid, struct process_facts *facts);

// False only where it is proven that `pid` has ended. `start_time` 0 means unknown.
bool process_is_alive(pid_t pid, uint64_t start_time);

// `ancestor` is the living parent of `pid`, or its parent's parent, and so on.
bool process_is_ancestor(pid_t ancestor, pid_t pid);

// `parent` has a child besides `known`, living or not yet waited for.
bool process_has_child(pid_t parent, pid_t known);

// Steps over `n_fields` fields of a line, each behind a space, and returns the number that follows.
uint64_t process_field(const char *at, unsigned n_fields);

// Reads up to `size` bytes of a file; returns how many, or -1.
ssize_t process_read_file(const char *path, void *bytes, size_t size);

#endif
