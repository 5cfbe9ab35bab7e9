// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory of the traced process over time, as the kernel counts it: looked at by the relay.
#define _GNU_SOURCE
#include "libdumpalloc/memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/drain.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

enum { STATM_MAX = 256, ROLLUP_MAX = 2048 };

static const struct config *asked;
static pid_t process;
static uint32_t last; // clock_ms of the last look
static bool has_looked;

void memory_start(const struct config *config, pid_t pid)
{
	asked = config;
	process = pid;
	has_looked = false;
}

// How long it still is until the next look.
static uint32_t due_in(void)
{
	uint32_t since = clock_ms() - last;

	return has_looked && since < asked->memory_ms ? asked->memory_ms - since : 0;
}

unsigned memory_wait(unsigned ms)
{
	if (asked->memory_ms == 0)
		return ms;
	uint32_t due = due_in();
	uint32_t least = due > 0 ? due : 1;
	return least < ms ? least : ms;
}

// A file of the process into `bytes`, as a string. False: it cannot be read.
static bool read_own(const char *name, char *bytes, size_t size)
{
	char path[PROCESS_PATH_SIZE];

	process_path(path, process, name);
	ssize_t n = process_read_file(path, bytes, size - 1);
	bytes[n > 0 ? n : 0] = '\0';
	return n > 0;
}

// What a line of smaps says, in bytes; 0: there is no such line. The name ends with a colon.
static uint64_t smaps_line(const char *smaps, const char *name)
{
	const char *at = strstr(smaps, name);

	if (at == NULL)
		return 0;
	at += strlen(name);
	while (at[0] == ' ' && at[1] == ' ')
		at++;
	return process_field(at, 1) << 10;
}

// False: the process has none any more.
static bool look(uint64_t bytes[WIRE_MEMORY_END])
{
	static char text[ROLLUP_MAX];
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);

	memset(bytes, 0, WIRE_MEMORY_END * sizeof *bytes);
	if (!read_own("statm", text, STATM_MAX))
		return false;
	bytes[WIRE_MEMORY_SIZE] = process_field(text, 0) * page_size;
	bytes[WIRE_MEMORY_RESIDENT] = process_field(text, 1) * page_size;
	bytes[WIRE_MEMORY_SHARED] = process_field(text, 2) * page_size;
	if (asked->has_smaps && read_own("smaps_rollup", text, sizeof text)) {
		bytes[WIRE_MEMORY_PROPORTIONAL] = smaps_line(text, "\nPss:");
		bytes[WIRE_MEMORY_PRIVATE] =
			smaps_line(text, "\nPrivate_Clean:") + smaps_line(text, "\nPrivate_Dirty:");
		bytes[WIRE_MEMORY_SWAPPED] = smaps_line(text, "\nSwap:");
	}
	return bytes[WIRE_MEMORY_RESIDENT] != 0;
}

static uint64_t microseconds(void)
{
	return clock_read(CLOCK_MONOTONIC_COARSE, 1000000) - region_current->clock_start;
}

bool memory_look(struct sink *sink)
{
	uint64_t bytes[WIRE_MEMORY_END];
	uint8_t payload[BLOCK_MEMORY_MAX];

	// The first block of a stream tells of its modules, and is the one that a connection keeps.
	if (asked->memory_ms == 0 || due_in() > 0 || !drain_has_records())
		return true;
	has_looked = true;
	last = clock_ms();
	if (!look(bytes) || !sink_has_room(sink, WIRE_BLOCK_HEADER_SIZE + sizeof payload))
		return true;
	return drain_memory(sink, payload, block_memory_payload(payload, microseconds(), bytes));
}
