// SPDX-License-Identifier: LGPL-2.1-or-later
// What the user asked for: the environment variables, read once, checked, never edited.
#ifndef LIBDUMPALLOC_CONFIG_H
#define LIBDUMPALLOC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/unwind.h"

enum {
	CONFIG_PATH_MAX = 4096,
	CONFIG_HOST_MAX = 256,
	CONFIG_PORT_MAX = 32,
	CONFIG_DEPTH_DEFAULT = 128,
	CONFIG_DEPTH_MAX = 1024,
	CONFIG_BUFFER_LEAST = 64 << 10, // holds the largest record twice
	CONFIG_BUFFER_MOST = 1 << 20,   // a block of the stream
	CONFIG_CONTROL_MAX = 108,       // what a socket's name takes
	CONFIG_LEAST_SIZE_MAX = 1 << 30,
	CONFIG_SAMPLE_LEAST = 1 << 10,
	CONFIG_SAMPLE_MOST = 64 << 20,
	CONFIG_ELIDE_MOST = 131072,
	CONFIG_FD_MOST = 65535,
	CONFIG_UNIX_MOST = 108, // of a path, with its end
	CONFIG_PART_LEAST = 256 << 10,
	CONFIG_PART_MOST = 2047 << 20,
	CONFIG_PARTS_MOST = 9999,
	CONFIG_KEEP_LEAST = 512 << 10,
	CONFIG_KEEP_MOST = 256 << 20,
	CONFIG_MEMORY_LEAST_MS = 10,
	CONFIG_MEMORY_MOST_MS = 3600 * 1000,
};

enum config_sink {
	CONFIG_SINK_NONE,
	CONFIG_SINK_FILE,
	CONFIG_SINK_FD,
	CONFIG_SINK_SERVER,
	CONFIG_SINK_UDP, // a server, by datagrams
	CONFIG_SINK_LISTEN,
};

// DUMPALLOC_RELAY
enum config_relay {
	CONFIG_RELAY_ALWAYS,
	CONFIG_RELAY_LAZY,  // once there is enough to carry
	CONFIG_RELAY_NEVER, // the traced process writes by itself
};

// DUMPALLOC_SIGNAL_...
enum config_signal {
	CONFIG_SIGNAL_TOGGLE,
	CONFIG_SIGNAL_SNAPSHOT,
	CONFIG_SIGNAL_FLUSH,
	CONFIG_N_SIGNALS,
};

struct config {
	enum config_sink sink;
	char file[CONFIG_PATH_MAX];      // pattern as given: %p %e %t %% not yet expanded
	char directory[CONFIG_PATH_MAX]; // what a relative `file` is relative to; empty: unknown
	int fd;                          // DUMPALLOC_FD
	char host[CONFIG_HOST_MAX];      // without brackets; the path of a Unix socket
	char port[CONFIG_PORT_MAX];      // number or service name
	enum unwind_mode walker;
	unsigned depth;
	bool drops_when_full; // DUMPALLOC_ON_FULL=drop
	bool ignores_forks;   // DUMPALLOC_FOLLOW without fork, without exec
	bool ignores_execs;
	enum config_relay relay;
	unsigned buffer_size;     // DUMPALLOC_BUFFER, rounded up to a power of two; 0: not given
	bool starts_paused;       // DUMPALLOC_ENABLED=0
	size_t least_size;        // DUMPALLOC_MIN_SIZE; 0: all blocks are recorded
	unsigned sample_interval; // DUMPALLOC_SAMPLE; 0: all allocations are recorded
	uint64_t sample_seed;     // 0: none given
	bool has_free_stacks;     // DUMPALLOC_FREE_STACKS
	bool counts_usage;        // DUMPALLOC_USAGE
	bool has_mappings;        // DUMPALLOC_MMAP
	bool has_programs;        // DUMPALLOC_PROGRAMS, which names this one
	int signals[CONFIG_N_SIGNALS];    // 0: none
	unsigned part_size;               // DUMPALLOC_FILE_SIZE; 0: no limit
	unsigned n_parts_most;            // DUMPALLOC_FILE_COUNT
	bool compresses;                  // DUMPALLOC_COMPRESS
	unsigned elide_limit;             // DUMPALLOC_ELIDE; 0: nothing is left out
	unsigned keep_size;               // DUMPALLOC_KEEP
	char control[CONFIG_CONTROL_MAX]; // DUMPALLOC_CONTROL; empty: none
	unsigned
		memory_ms; // DUMPALLOC_MEMORY: between two looks at the process's memory; 0: there is none
	bool has_smaps; // the same, with smaps
};

// Reads the environment into static storage at the first call; later calls return the same. Every
// bad value is said in one line. `sink` is CONFIG_SINK_NONE when the process is to stay untraced,
// and then the reason has been said, except that set-user-ID programs stay untraced silently. Uses
// neither malloc nor stdio.
const struct config *config_get(void);

// The same from any environment, for tests: fills `config`.
void config_read(struct config *config, char *const *environment);

// The `i`th variable, and in words what it accepts; NULL after the last. For the command.
const char *config_variable(size_t i, const char **accepted);

// Whether the `i`th variable accepts this value.
bool config_accepts(size_t i, const char *value);

// The variable that says which signal.
const char *config_signal_variable(int which);

// Expands %p (pid), %e (program), %t (seconds since 1970) and %% of `pattern` into `path`.
// False: a conversion is unknown, or the result does not fit.
bool config_expand(const char *pattern, long pid, const char *program, long long seconds,
		   char *path, size_t path_size);

#endif
