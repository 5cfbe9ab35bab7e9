// SPDX-License-Identifier: GPL-3.0-or-later
// What the scenarios of the fault program share. Sizes are marks: a test counts the blocks of each size.
#ifndef TESTS_PROGRAMS_FAULT_H
#define TESTS_PROGRAMS_FAULT_H

#include <stddef.h>

// Allocates `n` blocks of `size` bytes and keeps them.
void fault_leak(int n, size_t size);
// Writes a text, or a name and a number, to standard output; nothing is allocated.
void fault_say(const char *text);
void fault_say_number(const char *name, long number);
// Waits for the child `pid` and ends with 9 unless it ended with 0.
void fault_reap(int pid);

// A scenario: argv[2] and on. Returns the exit code.
typedef int fault_scenario(int argc, char **argv);

// The list of scenarios, by file.
#define FAULT_LIST(X)                                                                              \
	/* fault_ends.c: how a process ends */                                                     \
	X(blocks)                                                                                  \
	X(kill)                                                                                    \
	X(segv)                                                                                    \
	X(abort)                                                                                   \
	X(quick)                                                                                   \
	X(idle)                                                                                    \
	X(atexit)                                                                                  \
	X(closeall)                                                                                \
	/* fault_kills.c: a process that others end */                                             \
	X(counted)                                                                                 \
	/* fault_crowds.c: threads in great numbers */                                             \
	X(serial)                                                                                  \
	X(parallel)                                                                                \
	X(hurried)                                                                                 \
	X(plugins)                                                                                 \
	X(forks)                                                                                   \
	/* fault_processes.c: processes that beget others */                                       \
	X(fork)                                                                                    \
	X(forkonly)                                                                                \
	X(exec)                                                                                    \
	X(vfork)                                                                                   \
	X(spawn)                                                                                   \
	X(system)                                                                                  \
	X(daemon)                                                                                  \
	X(await)                                                                                   \
	X(hatch)                                                                                   \
	X(storm)                                                                                   \
	X(wait)                                                                                    \
	/* fault_children.c: programs that watch their children */                                 \
	X(waits)                                                                                   \
	X(everywait)                                                                               \
	X(clone)                                                                                   \
	X(rawclone)                                                                                \
	X(threadexec)                                                                              \
	X(spawns)                                                                                  \
	X(subreaper)                                                                               \
	/* fault_cages.c: programs that give up rights */                                          \
	X(filter)                                                                                  \
	X(confined)                                                                                \
	X(chroot)                                                                                  \
	X(namespaces)                                                                              \
	X(monitor)                                                                                 \
	X(undumpable)                                                                              \
	X(drop)                                                                                    \
	/* fault_calls.c: what a process can see of itself */                                      \
	X(errno)                                                                                   \
	X(environ)                                                                                 \
	X(descriptors)                                                                             \
	X(signal)                                                                                  \
	X(threads)                                                                                 \
	X(busy)

#define X(name) fault_scenario fault_##name;
FAULT_LIST(X)
#undef X

#endif
