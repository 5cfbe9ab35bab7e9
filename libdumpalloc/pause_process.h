// SPDX-License-Identifier: LGPL-2.1-or-later
// The pauses of the process: what the program, its user and the relay say of all threads.
#ifndef LIBDUMPALLOC_PAUSE_PROCESS_H
#define LIBDUMPALLOC_PAUSE_PROCESS_H

#include <stdbool.h>

// Begins a stream in the state the process is in; the first one in that which `is_paused` says.
void pause_start(bool is_paused);

// One pause of the process more, or less if there is one.
void pause_add(void);
void pause_remove(void);
// All pauses of the process end; it is paused if it was not; the one or the other.
void pause_end_all(void);
void pause_begin_any(void);
void pause_toggle(void);
// While there is no stream: the next one begins so.
void pause_toggle_kept(void);

// Whether the reader is to be told of the process; then it counts as told. True: `is_paused` is what to tell.
bool pause_take(bool *is_paused);

// Before a fork, and whenever the process looks: what a child begins with, which may not have the region.
void pause_keep(void);

#endif
