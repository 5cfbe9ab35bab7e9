// SPDX-License-Identifier: GPL-3.0-or-later
// What only a look at each event tells: sizes, lives, what the allocator adds, threads, failed calls, how full the heap was.
#ifndef READALLOC_CENSUS_H
#define READALLOC_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/wire.h"
#include "live_table.h"
#include "watcher.h"

enum {
	CENSUS_SIZES = 65,    // 0, then from each power of two up to the next
	CENSUS_LEVELS = 496,  // of the heap's bytes: eight to each power of two
	CENSUS_FAILURES = 16, // kinds of failed calls that are kept
	CENSUS_SHORT_LIFE =
		WIRE_SHORT_LIFE, // events from a block's allocation to its release, at most
};

// Blocks of one charge. Sizes as the allocator has them are known of most, not of all.
struct census_charge {
	uint64_t asked_bytes, usable_bytes; // of those of which both are known, of the whole run
	uint64_t short_blocks;              // that lived for CENSUS_SHORT_LIFE events at most
};

struct census_size {
	uint64_t total_blocks, total_bytes, live_blocks, live_bytes;
};

struct census_thread {
	uint32_t tid;  // the operating system's
	char name[16]; // cut to what fits; "" unknown
	uint64_t n_allocations, bytes, n_releases;
	uint64_t live_bytes, live_blocks; // that it allocated, whoever may release them
};

// Calls that got no memory, of one function from one stack.
struct census_failure {
	uint32_t stack;   // index of the innermost node; UINT32_MAX: none was recorded
	uint32_t kind;    // enum wire_kind
	uint64_t n, size; // the greatest that was asked for
};

// Memory grows with the charges and threads, and with the live blocks of all threads but the first.
struct census {
	struct census_charge *charges;
	size_t n_charges; // of the table; charges beyond had no event
	struct census_size sizes[CENSUS_SIZES];
	struct census_thread *threads; // by their order in the stream
	size_t n_threads;
	// The thread of each live block that is not of the first thread that allocated, as the block's charge.
	// Where the model's table keeps births, they say it.
	uint32_t first_thread; // UINT32_MAX: none has
	uint32_t cut_thread;   // that of the mapping which was cut last
	struct live_table others;
	uint64_t levels[CENSUS_LEVELS]; // events after which the heap had so many bytes
	uint64_t n_changes;             // their sum
	// The level of the last change, and the bytes that are of it: so many from `level_begin` on; 0: not known.
	unsigned level;
	uint64_t level_begin, level_size;
	uint64_t short_blocks;
	struct census_failure failures[CENSUS_FAILURES];
	size_t n_failures;
};

struct census *census_new(void);
void census_free(struct census *census);
size_t census_memory(const struct census *census);

// From now on the census watches `model`.
void census_watch(struct census *census, struct model *model);

// Begins to count from here, as model_count_anew does; only the names of threads are kept.
void census_count_anew(struct census *census);

// The census in which what was charge i is part of charge `charge_of[i]`, `n` of them, or of none where that is
// CHARGE_HIDDEN. Without `is_whole`, as some is hidden, only what is known by charge is in it, all else is 0. To be freed by
// census_free; nothing may watch it.
struct census *census_map(const struct census *census, const uint32_t *charge_of, size_t n,
			  bool is_whole);

// The costs of a charge; all 0 where there are none.
struct census_charge census_of(const struct census *census, size_t charge);

// The class of a size; and the least size of a class.
static inline unsigned census_size_class(uint64_t size)
{
	return size == 0 ? 0 : ((unsigned)__builtin_clzll(size) ^ 63) + 1;
}

uint64_t census_size_least(unsigned size_class);

// Of all changes, the share after which the heap had `bytes` or more, as exactly as the levels are.
double census_share_above(const struct census *census, uint64_t bytes);

#endif
