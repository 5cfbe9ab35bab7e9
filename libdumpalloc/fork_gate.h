// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps the process from forking while a thread of it holds what a child could never get again.
//
// The loader's locks are such: dl_iterate_phdr takes one, and a child in whose parent another thread
// held it waits for ever.
#ifndef LIBDUMPALLOC_FORK_GATE_H
#define LIBDUMPALLOC_FORK_GATE_H

// Around what a fork is to wait for; waits for a fork that is under way. Not to be nested.
void fork_gate_enter(void);
void fork_gate_leave(void);

// Before a fork: waits, but not for ever, until no other thread is inside. The caller may enter.
void fork_gate_close(void);
// After it, in the parent and in the child.
void fork_gate_open(void);
void fork_gate_open_in_child(void);

#endif
