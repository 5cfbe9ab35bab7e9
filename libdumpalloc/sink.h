// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a stream goes: a file or a peer behind one small interface.
#ifndef LIBDUMPALLOC_SINK_H
#define LIBDUMPALLOC_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/text.h"
#include "unwind/minimal.h"

struct sink;
struct sink_link;

struct sink_ops {
	// Opens the sink within `sink->patience_ms`. False: `sink->reason` says why.
	bool (*open)(struct sink *sink, const struct config *config);
	// Like writev: may write less, may set EAGAIN. Raises SIGPIPE unless blocked.
	ssize_t (*write_some)(struct sink *sink, const struct iovec *parts, int n_parts);
	// Takes back what follows the last whole block; false: this sink cannot.
	bool (*undo)(struct sink *sink);
	// Opens the same sink again, to go on after its first `n_bytes`, modulo 2^32; NULL: this sink
	// cannot. False: errno says why.
	bool (*reopen)(struct sink *sink, uint32_t n_bytes);
	// Goes on in the next part of a file, which begins as the one before did. False: errno says why, and the sink is
	// as it was. NULL: there are no parts.
	bool (*next)(struct sink *sink);
	// Writes by itself, as sink_write; NULL: by write_some.
	bool (*write)(struct sink *sink, const struct iovec *parts, int n_parts);
	// To be called now and then by the relay; the error that the peer is lost by, or 0. NULL: there is nothing to tend.
	int (*tend)(struct sink *sink);
	// Ends the stream in good order; then it is closed. NULL: there is nothing to be done for that.
	void (*close)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	int fd;
	// Who is traced, and where it stands: for the name of the file.
	pid_t pid;
	bool is_fork_child;
	unsigned patience_ms;
	// Asked every second in which the sink takes nothing; false: give up. May be NULL.
	bool (*may_wait)(unsigned waited_ms);
	// Raised by one whenever the sink took something.
	_Atomic uint32_t *progress;
	// clock_ms when it was last begun to write, the peer took something, or said that it is alive.
	uint32_t moved_at;
	bool is_shut; // the peer was told that all is sent

	struct sink_link *link; // of a connection that is made again when it is lost; NULL: none
	const uint8_t *id;      // of the stream, WIRE_STREAM_ID_SIZE bytes; NULL: it has none
	size_t keep_size;       // bytes of the stream kept for a peer
	bool is_relay;          // is opened by it, who may wait
	struct sockaddr_storage peer; // which is lost: the relay waits for it
	socklen_t peer_size;          // 0: it does not
	bool must_wait;               // for a lost connection, where nothing else is left to do

	bool is_packed;   // what is written is compressed (pack.h)
	uint64_t n_bytes; // in whole blocks, or members, written so far
	const struct config *config;
	unsigned part_size; // the most bytes of a file, or of a part of one; 0: any number
	unsigned part;      // the number of that which is written
	unsigned n_head;    // bytes that each part begins with
	dev_t device;       // identity of an open file
	ino_t inode;

	// For messages; buffers of the caller. `name` is what was opened, `reason` why not, `note`
	// (empty: none) what the user should know although it worked.
	struct text name;
	struct text reason;
	struct text note_name;
	struct text note;
};

static inline bool sink_has_link(const struct sink *sink)
{
	return !IS_MINIMAL && sink->link != NULL;
}

extern const struct sink_ops sink_file_ops;
extern const struct sink_ops sink_fd_ops;
extern const struct sink_ops sink_tcp_ops;
extern const struct sink_ops sink_udp_ops;
extern const struct sink_ops sink_listen_ops;

// The address is given in numbers.
bool sink_tcp_is_numeric(const struct config *config);
// Sets what every connection has set.
void sink_tcp_tune(int fd);
// What datagrams are kept in; NULL: no sink writes any.
const void *sink_udp_memory(void);
enum sink_heard {
	SINK_HEARD_LOSS = -1, // the connection is lost
	SINK_HEARD_END,       // the peer sends nothing any more
	SINK_HEARD_WELL,      // it has sent something, or not
};

// Waits up to `ms` for what the peer sends, and drops it: that it is alive, which is all that a reader has to say, and counts as
// progress.
enum sink_heard sink_tcp_hear(struct sink *sink, int ms);
// Waits until the peer has everything, with a link a while even for a new connection.
void sink_tcp_close(struct sink *sink);
// Opens a connection, or the way for datagrams.
bool sink_tcp_open(struct sink *sink, const struct config *config);
// HOST:PORT, as messages have it.
void sink_tcp_put_name(struct sink *sink, const struct config *config);
// An address in numbers needs no resolver, hence no malloc and no lock of the C library.
bool sink_tcp_parse(const struct config *config, struct sockaddr_storage *address, socklen_t *size);

// Opens what `config` names. False: errno and `reason` say why. The caller filled pid, is_fork_child, patience, may_wait, progress and
// the texts.
bool sink_open(struct sink *sink, const struct config *config);

// Opens a sink whose other user is gone, at the end of what is known to be whole: what follows that is
// taken away. False: errno says why; EOPNOTSUPP: this sink cannot.
bool sink_reopen(struct sink *sink, uint32_t n_bytes);

// Whether the traced process opens it: it has the descriptor, or can tell at once whether it can be opened.
bool sink_opens_here(const struct config *config);

// Opening it takes a relay from the start: it looks up a name, which needs malloc, and locks of the C library,
// or waits for peers, or the program may close the descriptor.
bool sink_needs_lookup(const struct config *config);

// Writes all parts, which end with the end of a block. False: errno says why, and the sink has
// taken back what it could. Changes `parts`.
bool sink_write(struct sink *sink, struct iovec *parts, int n_parts);

// To be called before whole blocks of `size` bytes are written: sees to it that they, and END, do not make the file, or its
// part, larger than is allowed. False: errno says why; EFBIG: it is full, and may not have another part.
bool sink_make_room(struct sink *sink, size_t size);

// Whether what is written gets on.
bool sink_is_steady(const struct sink *sink);

// Whether `n` bytes can be written now; false: not before a lost connection is back.
bool sink_has_room(struct sink *sink, size_t n);

void sink_close(struct sink *sink);

// Closes a descriptor, or the sink's if it has one, and nothing else. Keep errno.
void sink_close_fd(int fd);
void sink_drop(struct sink *sink);

// The descriptor still is what was opened; a program may have closed it under us (direct mode).
bool sink_is_intact(const struct sink *sink);

#endif
