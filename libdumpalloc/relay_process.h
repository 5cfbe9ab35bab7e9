// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the process that becomes the relay, unseen by the program.
#ifndef LIBDUMPALLOC_RELAY_PROCESS_H
#define LIBDUMPALLOC_RELAY_PROCESS_H

#include <sys/types.h>

// As the kernel shows it, which has room for 15 characters.
#define RELAY_PROCESS_NAME "dumpalloc-relay"

struct relay_orders;
struct quiet;

// What relay_process_start answers.
enum relay_process {
	RELAY_PROCESS_CHILD,    // the relay is a child without exit signal
	RELAY_PROCESS_DETACHED, // it is nobody's child
	RELAY_PROCESS_REFUSED,
};

// Runs relay_main with `orders` in a new process; sets `orders->is_child` and the region's relay_pid.
// With every signal blocked.
enum relay_process relay_process_start(struct relay_orders *orders, const struct quiet *quiet);

// The relay's pid where it is a child of the calling process; 0: it is none.
pid_t relay_process_child(void);

#endif
