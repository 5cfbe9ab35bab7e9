// SPDX-License-Identifier: GPL-3.0-or-later
// Connections at which something waits to be read: who sends it hears each second that the reader is alive (FORMAT.md,
// Connections), whatever the reader does meanwhile.
#ifndef READALLOC_ALIVE_H
#define READALLOC_ALIVE_H

// Begins to say so, by a thread; where there can be none, nothing is said.
void alive_start(void);

// Ends that.
void alive_stop(void);

// A connection that is read from now on, and one that is about to be closed.
void alive_add(int fd);
void alive_remove(int fd);

#endif
