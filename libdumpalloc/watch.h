// SPDX-License-Identifier: LGPL-2.1-or-later
// Seen from the relay: whether the traced image still runs.
#ifndef LIBDUMPALLOC_WATCH_H
#define LIBDUMPALLOC_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum watch_answer {
	WATCH_RUNS,
	WATCH_ENDED,  // the process is gone
	WATCH_EXECED, // the process lives, but its image is another one
};

struct watch {
	pid_t pid;
	bool is_parent;      // we are its child, so its end shows in getppid
	uint64_t start_time; // else pid and start time name it
	bool is_prepared;    // the following holds
	int pagemap;         // our own, or -1
	uint64_t inode;      // of the region in /proc/PID/maps; 0 unknown
	uint32_t looked_at;  // when its maps were last read
	unsigned n_absent;   // looks in a row that did not find the region there
};

// Called in the relay, after it has closed what it inherited; the first idle look opens one
// descriptor.
void watch_start(struct watch *watch, pid_t pid, bool is_parent);

// `is_idle`: nothing was drained since the last look; a new image is looked for only then, because
// it costs a little and events prove that the old one runs.
enum watch_answer watch_look(struct watch *watch, bool is_idle);

#endif
