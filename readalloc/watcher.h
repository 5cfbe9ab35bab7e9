// SPDX-License-Identifier: GPL-3.0-or-later
// Analyses that look at every block that comes or goes; they exist only for reports that need them.
#ifndef READALLOC_WATCHER_H
#define READALLOC_WATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct model;

// A block was allocated or released. A realloc is both, one after the other.
struct block_change {
	const struct event *event; // whose doing it is: time, thread, usable size of an allocation
	// Bits, so that they are written at once: what is written in parts and read as one word soon after is waited for.
	bool is_release : 1;
	// A mapping was cut: it is released, and what is left of it allocated, which is neither a release nor an allocation
	// of the program's.
	bool is_rest : 1;
	bool is_missed : 1; // a release that was not seen: the address was handed out anew
	bool is_temporary : 1; // a release by the thread that allocated the block, and nothing else since
	bool has_birth : 1;
	uint32_t charge;       // the block's
	uint32_t seq;          // the low half of the number the block was allocated at
	uint64_t addr, size;   // the block's
	uint64_t charge_bytes; // that are live of its charge after the change
	// When and by which thread it was allocated, where the model's table of live blocks keeps births (`has_birth`).
	uint32_t birth_thread;
	uint64_t birth_time;
	uint64_t birth_spare; // of a release: bytes beyond those asked for; 0 unknown
	uint64_t bytes,
		blocks; // what it counts for: its size and 1, more where it is one of a sample
};

// What is NULL is not called. `model` is as it is after the change, and is not to be changed. Nothing may be kept of what
// the arguments point to.
struct watcher {
	void *context;
	void (*changed)(void *context, const struct model *model,
			const struct block_change *change);
	// Before the model's time moves on to `time`, microseconds: all changes of its present time are known.
	void (*time_moves)(void *context, const struct model *model, uint64_t time);
	// A call got no memory. `stack`: the innermost node; UINT32_MAX: none was recorded.
	void (*failed)(void *context, const struct model *model, const struct event *event,
		       uint32_t stack);
	// A note (event.h) was applied, a tag for instance.
	void (*noted)(void *context, const struct model *model, const struct event *event);
};

#endif
