// SPDX-License-Identifier: GPL-3.0-or-later
// The costs at one moment, immutable: the input of every report that is not per event.
#ifndef READALLOC_SNAPSHOT_H
#define READALLOC_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/wire.h"

// One cost vector; X(field, word, title): the word names the column in files, the title is for people.
#define COST_LIST(X)                                                                               \
	X(live_bytes, "LiveBytes", "Live bytes")                                                   \
	X(live_blocks, "LiveBlocks", "Live blocks")                                                \
	X(peak_bytes, "PeakBytes", "Bytes at the peak")                                            \
	X(peak_blocks, "PeakBlocks", "Blocks at the peak")                                         \
	X(total_bytes, "TotalBytes", "Bytes allocated")                                            \
	X(total_blocks, "TotalBlocks", "Blocks allocated")                                         \
	X(temporary_blocks, "TemporaryBlocks", "Temporary blocks")                                 \
	X(temporary_bytes, "TemporaryBytes", "Temporary bytes")                                    \
	X(rounding_bytes, "RoundingBytes", "Bytes more than asked for")

enum cost_column {
#define X(field, word, title) COST_##field,
	COST_LIST(X)
#undef X
		N_COSTS,
	// Those before this one are known over time.
	N_TIMED_COSTS = COST_temporary_bytes,
};

struct cost {
	uint64_t column[N_COSTS];
};

// Where the columns are estimates (sampling.h): the variances of the live bytes and of all bytes.
struct variance {
	double live, total;
};

static inline void variance_add(struct variance *to, const struct variance *from)
{
	to->live += from->live;
	to->total += from->total;
}

static inline void cost_add(struct cost *to, const struct cost *from)
{
	for (int i = 0; i < N_COSTS; i++) {
		to->column[i] += from->column[i];
	}
}

static inline bool cost_is_zero(const struct cost *cost)
{
	for (int i = 0; i < N_COSTS; i++) {
		if (cost->column[i] != 0) {
			return false;
		}
	}
	return true;
}

// An ELF object that was mapped at some moment. Never freed before the run ends.
struct module {
	char *path; // as the target names it
	uint8_t build_id[64];
	uint32_t build_id_size;
	uint64_t load_bias;
	uint32_t flags; // enum wire_map_flag
			// segments: see modules.h
};

// A call site: a return address, or the address of an interrupted instruction. Equal ones are one site.
struct site {
	const struct module *module; // NULL: in no known module
	uint64_t offset;             // from the load bias; the absolute address without a module
	bool is_exact;               // no return address
	bool is_of_base;             // of the run that this one is compared with
	uint8_t n_hidden; // of its frames, the innermost, are not to be seen: functions inlined there
};

enum {
	SITE_BITS = 28,
	SITE_NONE = (1 << SITE_BITS) - 1,
	STACK_ROOT = 0,
	CHARGE_HIDDEN = UINT32_MAX,
};

// A node of the tree of stacks; the path to the root (node 0) is a stack, this node innermost.
struct stack_node {
	uint32_t parent; // index, smaller than the node's own; nodes[0] is the root, its own parent
	uint32_t site : SITE_BITS; // index into sites
	uint32_t how : 4;          // enum wire_how; 0: nothing had to be found
};

// Costs of one (stack, kind) pair.
struct charge {
	uint32_t stack; // index of the innermost node; STACK_ROOT for an empty stack
	uint8_t cut;    // enum wire_cut of the stack; 0: it is whole
	uint8_t kind;   // enum wire_kind of the allocation
	struct cost cost;
};

// Whether it is memory that the program has mapped itself. That is no leak while it is mapped: programs keep what they map,
// and the system takes it back.
static inline bool charge_is_mapping(const struct charge *charge)
{
	return charge->kind >= WIRE_KIND_MMAP && charge->kind <= WIRE_KIND_BRK;
}

// A kind of wrong free: of one charge, by one function, from the same stacks.
struct misuse {
	enum misuse_type {
		MISUSE_DOUBLE, // the block had been freed
		MISUSE_MISMATCH, // by a function that does not go with the one that allocated the block
		MISUSE_SIZE,     // as one of a size that the block has not
	} type;
	uint8_t kind;       // enum wire_kind of the free
	uint8_t first_kind; // MISUSE_DOUBLE: of the free before
	uint32_t charge;    // index of the block's charge; UINT32_MAX unknown
	uint32_t stack;     // index of the free's innermost node; UINT32_MAX: no stack was recorded
	uint32_t first_stack; // MISUSE_DOUBLE: the same of the free before
	uint64_t n;
	uint64_t seq, addr;  // of the first
	uint64_t size, told; // MISUSE_SIZE, of the first: asked for, and said at the release
};

// A free of an address at which no block was ever seen: those by one function, from one stack, inside blocks of one stack.
struct stray {
	uint8_t kind;       // enum wire_kind of the free
	uint8_t block_kind; // the same of the block that the address lies in; 0: in none that is known
	uint32_t stack;     // node of the free; UINT32_MAX: no stack was recorded
	uint32_t block_stack; // that of the block's allocation
	uint64_t n;
	uint64_t seq, addr; // of the first
	uint64_t offset;    // of that in the block; 0: in none
};

// Leaks that a suppression hides.
struct suppressed {
	const char *name;
	uint64_t bytes, blocks, stacks;
};

// The part of a run that a snapshot is of.
struct snapshot_slice {
	const char *text;      // in one line: from where to where
	const char *from, *to; // as they were given; NULL: the beginning, the end
	double begin; // seconds since the stream's start; where it ends is the snapshot's `duration`
	// What was live when it began and counts nowhere, and what of that was freed before its end.
	uint64_t before_bytes, before_blocks, before_freed_bytes, before_freed_blocks;
};

struct census;
struct change_log;
struct filters;
struct heaptrack_ahead;
struct life_filter;
struct live_table;
struct lives;
struct memory_curve;
struct timeline;

struct snapshot {
	// What ran.
	const char *program; // short name
	const char *executable;
	const char *
		first_malloc; // the file whose allocations are not traced, as it comes before the tracer; "" none
	const char *command_line; // arguments joined by spaces
	uint64_t pid, parent_pid;
	// Of a forked child: whose stream its parent writes, and the events that has from before the fork;
	// 0: not forked, not known.
	uint64_t parent_stream, parent_position;
	double duration; // seconds from the stream's start to its last time, or to the end of the slice
	const struct snapshot_slice *slice; // NULL: of the whole run
	uint64_t start_time;                // ns since the epoch
	unsigned machine, word_size;        // e_machine; 4 or 8
	uint64_t walker;                    // enum wire_walker
	uint64_t depth_limit;               // frames; 0 unknown
	uint64_t sampling;    // mean bytes between two points (sampling.h); 0: all was recorded
	uint64_t elide_limit; // events that blocks live at most which may be left out; 0: none is
	uint64_t n_elided;    // events of these
	unsigned elide_end;   // enum wire_elided: why none is left out any more
	// What was seen.
	struct cost total; // the sum of all charges
	struct variance total_variance;
	uint64_t n_events;   // allocations, frees, reallocs
	uint64_t n_failures; // failed calls
	uint64_t
		n_unknown_frees; // frees of addresses never seen allocated; a forked child's inherited
	bool has_exited;         // the program reached its normal end
	bool has_pauses; // allocations may be missing: recording was off, or small blocks are left out
	uint64_t
		n_missed_frees; // allocations at addresses still live: the free between was not seen
	uint64_t n_lost;        // events proven lost
	uint64_t lost[WIRE_LOST_END]; // the same by enum wire_lost
	// After that: none is lost of which the number is this one or more; what is live from before may have been released
	// (unsure.h).
	uint64_t sure_since, unsure_blocks, unsure_bytes;
	uint64_t next_seq;                           // the number after the newest event's
	const struct live_table *live;               // all live blocks; NULL: none may have been
	uint64_t n_double_frees, n_mismatched_frees; // the latter also of MISUSE_SIZE
	const struct misuse *misuses;                // of these, the kinds seen first
	uint32_t n_misuses;
	const struct stray *strays; // of the unknown frees, the kinds seen first
	uint32_t n_strays;
	// Frees that may be right or wrong as this module, one of several perhaps, has C++ operators of its own.
	uint64_t n_uncertain_frees;
	const struct module *own_operators; // NULL: there are none such
	const struct pool_total *pools;     // the program's own allocators (pools.h)
	size_t n_pools;
	const struct memory_curve *memory; // of the process (memory_curve.h)
	double peak_time;
	const char *damage; // NULL: the input was whole; else one line: what, where
	// Of a difference, whose costs are what there is more than in another run, below 0 as two's complement (cost.h).
	const struct snapshot *base;   // the other run; NULL: this is none
	const struct cost *base_costs; // of each charge
	bool is_same_run;              // of a base: it is another part of the run it is the base of
	// What of all this is seen (view.h).
	const struct snapshot *whole; // of which this is a view; NULL: it is the whole itself
	const char *view;             // NULL: all; else one line: the conditions
	const struct filters *ages;   // of the live blocks those that are seen (ages.h); NULL: all
	uint64_t
		n_skipped; // charges whose innermost frames are wrappers of the allocator, and not seen
	const struct suppressed *suppressed;
	size_t n_suppressed;
	// Stacks.
	const struct site *sites;
	size_t n_sites;
	const struct stack_node *nodes;
	size_t n_nodes;
	const struct charge *charges;
	size_t n_charges;
	const struct variance *variances; // of each charge; NULL: nothing is an estimate
	// Analyses, each NULL unless a report needs it (report.h).
	const struct timeline *timeline;
	const struct census *census;
	struct lives *lives;
	const struct life_filter *life_filter; // NULL: all are seen, however long they lived
	const struct change_log *changes;
	const struct heaptrack_ahead *changes_ahead; // NULL: they were not made
	// Analyses by block know charges that are not all seen here: of their charge i the index here, or CHARGE_HIDDEN;
	// `live_of` is for blocks that are live, some of which suppressions hide. NULL: they are the same.
	const uint32_t *charge_of, *live_of;
	size_t n_known; // the number of them
};

// The variances of one of the snapshot's charges; NULL: its costs are no estimates.
static inline const struct variance *snapshot_variance(const struct snapshot *snapshot,
						       const struct charge *charge)
{
	return snapshot->variances ? &snapshot->variances[charge - snapshot->charges] : NULL;
}

// Seconds from the stream's start to the beginning of what the snapshot is of.
static inline double snapshot_begin(const struct snapshot *snapshot)
{
	return snapshot->slice ? snapshot->slice->begin : 0;
}

// Whether what is live can be called a leak: the program, or a slice of the run, has come to an end; of a difference, both.
static inline bool snapshot_has_leaks(const struct snapshot *snapshot)
{
	const struct snapshot *base = snapshot->base;
	return (snapshot->has_exited || (snapshot->slice && snapshot->slice->to)) &&
	       (!base || base->has_exited || (base->slice && base->slice->to));
}

#endif
