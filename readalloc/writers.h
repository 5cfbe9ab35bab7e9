// SPDX-License-Identifier: GPL-3.0-or-later
// Processes that write reports beside the one that reads: each has the memory as it was when it was started.
#ifndef READALLOC_WRITERS_H
#define READALLOC_WRITERS_H

#include <stdbool.h>
#include <sys/types.h>

enum { WRITERS_MAX = 16, WRITER_LABEL_SIZE = 192 };

struct writers {
	struct writer {
		pid_t pid; // 0: free
		bool is_alone;
		char *name; // of the reports; NULL: of many
		char label[WRITER_LABEL_SIZE];
	} writers[WRITERS_MAX];
	unsigned n_most; // at once
	unsigned n;
	// One of them ended with EXIT_SYSTEM or by a signal, with EXIT_GATE, with EXIT_DAMAGED.
	bool has_failed, is_beyond, is_damaged;
};

// As many at once as there are processors, within reason.
void writers_init(struct writers *writers);

// Whether another may be started now; the reports of many (`is_alone`) only while there is none, and none beside it.
bool writers_may_start(const struct writers *writers, bool is_alone);

// Has `work` done, which returns an exit code, in a process of its own, or here and now where none can be had. `name`: of the reports it writes, without suffix; NULL: of many. `label` says in a message whose work it is.
void writers_start(struct writers *writers, int (*work)(void *context), void *context,
		   const char *name, const char *label);

// Whether reports of that name are being written.
bool writers_have(const struct writers *writers, const char *name);

// Notes which have ended; `is_patient`: waits until one has, if there is any.
void writers_reap(struct writers *writers, bool is_patient);

#endif
