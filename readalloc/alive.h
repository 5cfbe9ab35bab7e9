// SPDX-License-Identifier: GPL-3.0-or-later
// Connections at which something waits to be read: who sends it hears each second that the reader is alive (FORMAT.md,
// Connections), whatever the reader does meanwhile.
#ifndef READALLOC_ALIVE_H
#define READALLOC_ALIVE_H

// Begins to say so, by a thread; where there can be none, nothing is said. A reader that has not got on for `stuck_s` seconds, as
// one whose output nobody takes, says nothing until it does: programs are not to wait for it without end.
void alive_start(unsigned stuck_s);

// The reader has got on.
void alive_get_on(void);

// Ends that.
void alive_stop(void);

// A connection that is read from now on, and one that is about to be closed.
void alive_add(int fd);
void alive_remove(int fd);

#endif
