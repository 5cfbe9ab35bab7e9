// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands for the files that a minimal build leaves out (DUMPALLOC_MINIMAL): nothing of theirs is ever wanted.
#include <errno.h>
#include <stddef.h>

#include "libdumpalloc/asks.h"
#include "libdumpalloc/control_socket.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/family.h"
#include "libdumpalloc/memory.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/programs.h"
#include "libdumpalloc/sample.h"
#include "libdumpalloc/sample_table.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_find.h"
#include "libdumpalloc/sink_link.h"
#include "libdumpalloc/sink_loss.h"
#include "libdumpalloc/sink_part.h"
#include "libdumpalloc/sink_refusal.h"
#include "libdumpalloc/stream_owner.h"
#include "libdumpalloc/tracer_map.h"
#include "libdumpalloc/usage.h"

// asks.c, asks_box.c, control.c, control_socket.c: orders of the user's.
void asks_start(const struct config *config)
{
	(void)config;
}

void asks_tell(struct encoder *encoder)
{
	(void)encoder;
}

bool control_open(const struct config *config, pid_t pid, char *reason, size_t reason_size)
{
	(void)config;
	(void)pid;
	(void)reason;
	(void)reason_size;
	return false;
}

bool control_look(const struct sink *sink)
{
	(void)sink;
	return false;
}

void control_drained(void)
{
}

void control_close(void)
{
}

// debug.c
uint8_t debug_levels[DEBUG_N_CLASSES];

bool debug_parse(const char *text)
{
	(void)text;
	return false;
}

void debug_write(enum debug_class class, const char *what, uint64_t number)
{
	(void)class;
	(void)what;
	(void)number;
}

// memory.c
void memory_start(const struct config *config, pid_t pid)
{
	(void)config;
	(void)pid;
}

unsigned memory_wait(unsigned ms)
{
	return ms;
}

bool memory_look(struct sink *sink)
{
	(void)sink;
	return true;
}

// pack.c, deflate.c
int pack_member(const struct iovec *parts, int n_parts, bool is_plain, struct iovec *member)
{
	(void)parts;
	(void)n_parts;
	(void)is_plain;
	(void)member;
	errno = EOPNOTSUPP;
	return 0;
}

uint32_t pack_member_size(const uint8_t *bytes)
{
	(void)bytes;
	return 0;
}

const void *pack_memory(void)
{
	return NULL;
}

// pause.c, pause_process.c
void pause_start(bool is_paused)
{
	(void)is_paused;
}

void pause_tell(struct encoder *encoder)
{
	(void)encoder;
}

void pause_end_thread(struct encoder *encoder)
{
	(void)encoder;
}

void pause_keep(void)
{
}

// programs.c
bool programs_are_valid(const char *patterns)
{
	(void)patterns;
	return false;
}

bool programs_include_this(const char *patterns)
{
	(void)patterns;
	return true;
}

// sample.c, sample_table.c
uint32_t sample_interval;
struct sample_table *sample_table;
_Atomic uint32_t sample_first[(1 << SAMPLE_FIRST_BITS) / 8];

void sample_start(uint32_t interval, uint64_t seed)
{
	(void)interval;
	(void)seed;
}

bool sample_take(struct sample *sample, size_t size)
{
	(void)sample;
	(void)size;
	return true;
}

bool sample_table_start(void)
{
	return true;
}

bool sample_table_add(uintptr_t block)
{
	(void)block;
	return true;
}

bool sample_table_has(uintptr_t block)
{
	(void)block;
	return true;
}

bool sample_table_remove(uintptr_t block)
{
	(void)block;
	return true;
}

// sink_fd.c, sink_find.c, sink_link.c, sink_listen.c, sink_part.c, sink_udp.c
const struct sink_ops sink_fd_ops, sink_listen_ops, sink_udp_ops;

const void *sink_udp_memory(void)
{
	return NULL;
}

bool sink_find_is_wanted(const struct config *config)
{
	(void)config;
	return false;
}

bool sink_find(struct sockaddr_storage *address, socklen_t *size)
{
	(void)address;
	(void)size;
	return false;
}

// tracer_map.c, hooks_map.c
bool tracer_map_is_on;

// usage.c
void usage_start(void)
{
}

void usage_add(size_t size)
{
	(void)size;
}

void usage_remove(size_t size)
{
	(void)size;
}

bool sink_part_path(const struct sink *sink, unsigned part, char *path, size_t path_size)
{
	(void)sink;
	(void)part;
	(void)path;
	(void)path_size;
	return false;
}

bool sink_part_next(struct sink *sink)
{
	(void)sink;
	return false;
}

// sink_link.c, sink_loss.c, sink_refusal.c
void sink_link_open(struct sink *sink, size_t size)
{
	(void)sink;
	(void)size;
}

bool sink_link_write(struct sink *sink, const struct iovec *parts, int n_parts)
{
	(void)sink;
	(void)parts;
	(void)n_parts;
	return false;
}

bool sink_link_has_room(struct sink *sink, size_t n)
{
	(void)sink;
	(void)n;
	return true;
}

bool sink_link_is_steady(const struct sink *sink)
{
	(void)sink;
	return true;
}

void sink_link_tend(struct sink *sink)
{
	(void)sink;
}

bool sink_link_flush(struct sink *sink)
{
	(void)sink;
	return true;
}

bool sink_refusal_keep(const struct config *config, pid_t pid)
{
	(void)config;
	(void)pid;
	return false;
}

void sink_refusal_offer(const struct config *config, pid_t pid)
{
	(void)config;
	(void)pid;
}

bool sink_refusal_look(const struct sink *sink)
{
	(void)sink;
	return false;
}

void sink_refusal_forget(void)
{
}

bool sink_refusal_is_known(const struct config *config, pid_t pid)
{
	(void)config;
	(void)pid;
	return false;
}

enum sink_refusal sink_refusal_tell(const struct config *config, pid_t pid, unsigned patience_ms)
{
	(void)config;
	(void)pid;
	(void)patience_ms;
	return SINK_REFUSAL_FIRST;
}

bool sink_link_is_doubtful(const struct sink *sink)
{
	(void)sink;
	return false;
}

void sink_loss_keep(const struct config *config, pid_t pid, bool is_lost)
{
	(void)config;
	(void)pid;
	(void)is_lost;
}

void sink_loss_inherit(const uint8_t *address, uint32_t size, bool is_lost)
{
	(void)address;
	(void)size;
	(void)is_lost;
}

bool sink_loss_is_known(const struct config *config, pid_t pid)
{
	(void)config;
	(void)pid;
	return false;
}

bool sink_loss_wait(const struct config *config, struct sockaddr_storage *address, socklen_t *size)
{
	(void)config;
	(void)address;
	(void)size;
	return false;
}

void sink_loss_end_wait(void)
{
}

// family.c, stream_owner.c
bool family_has_library(pid_t pid)
{
	(void)pid;
	return false;
}

bool family_began_by_exec(void)
{
	return false;
}

bool stream_owner_read(const char *path, struct stream_owner *owner)
{
	(void)path;
	(void)owner;
	return false;
}
