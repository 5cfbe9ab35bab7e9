// SPDX-License-Identifier: LGPL-2.1-or-later
// The only way to the user: one line to standard error, in one write, once per cause.
#ifndef LIBDUMPALLOC_LOG_H
#define LIBDUMPALLOC_LOG_H

#include <stdbool.h>

enum log_cause {
	LOG_NO_SINK,   // no variable names a sink
	LOG_TWO_SINKS, // both do
	LOG_BAD_FILE,  // a variable's value is not understood, one cause each
	LOG_BAD_FD,
	LOG_BAD_SERVER,
	LOG_BAD_LISTEN,
	LOG_BAD_WALKER,
	LOG_BAD_UNWIND,
	LOG_BAD_DEPTH,
	LOG_BAD_ON_FULL,
	LOG_BAD_FOLLOW,
	LOG_BAD_RELAY,
	LOG_BAD_BUFFER,
	LOG_BAD_ENABLED,
	LOG_BAD_LEAST_SIZE,
	LOG_BAD_SAMPLE,
	LOG_BAD_FREE_STACKS,
	LOG_BAD_USAGE,
	LOG_BAD_PROGRAMS,
	LOG_BAD_TOGGLE,
	LOG_BAD_SNAPSHOT,
	LOG_BAD_FLUSH,
	LOG_BAD_DEBUG,
	LOG_BAD_CONTROL,
	LOG_BAD_MEMORY,
	LOG_BAD_MMAP,
	LOG_NO_CONTROL, // what DUMPALLOC_CONTROL says cannot be had
	LOG_NO_SAMPLES, // what DUMPALLOC_MEMORY says cannot be had
	LOG_SIGNAL_TAKEN,
	LOG_BAD_KEEP,
	LOG_BAD_COMPRESS,
	LOG_BAD_ELIDE,
	LOG_NOT_ELIDED, // what DUMPALLOC_ELIDE says cannot be done
	LOG_BAD_PART_SIZE,
	LOG_BAD_N_PARTS,
	LOG_NO_PARTS,       // DUMPALLOC_FILE_SIZE or _COUNT alone
	LOG_NOT_COMPRESSED, // what DUMPALLOC_COMPRESS says cannot be done
	LOG_LEFT_OUT,       // variables that a minimal build leaves out
	LOG_NO_GCC,         // the compiler's library is wanted, and not found
	LOG_NO_MEMORY,
	LOG_NO_START,   // the sink could not be opened
	LOG_NAME_TAKEN, // the file exists, another name is used
	LOG_BROKEN,     // the sink or the relay failed later on
	LOG_OTHER,
	LOG_N_CAUSES,
};

// Writes "dumpalloc: WHAT: REASON[: HINT]" and a newline, unless `cause` was said before by this
// process image or a fork parent of it. `hint` may be NULL. Async-signal-safe, keeps errno; a
// broken standard error raises no SIGPIPE.
void log_say(enum log_cause cause, const char *what, const char *reason, const char *hint);

// Writes the line that `text` holds, whose buffer has room for one byte more. As above, but any number of times.
struct text;
void log_write(struct text *text);

// Whether `cause` was said by this process image or a fork parent of it.
bool log_has_said(enum log_cause cause);

// It may be said again.
void log_forget(enum log_cause cause);

// Lets fork children know from now on what has been said: a thousand children of one process
// whose peer is gone say so once. Without memory for that, each says it once.
void log_share(void);

#endif
