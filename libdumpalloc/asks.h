// SPDX-License-Identifier: LGPL-2.1-or-later
// What the user asks of a running program, by signals and by way of the relay.
#ifndef LIBDUMPALLOC_ASKS_H
#define LIBDUMPALLOC_ASKS_H

struct config;
struct encoder;

// Catches the signals that are configured and that the program has left as they were; says of others that it does
// not. A handler that the program sets later takes the place of ours.
void asks_start(const struct config *config);

// Records what the relay was asked, and what a handler could not record where it came. The calling thread's record has begun.
void asks_tell(struct encoder *encoder);

#endif
