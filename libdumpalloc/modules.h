// SPDX-License-Identifier: LGPL-2.1-or-later
// Which ELF objects are mapped where, and telling the reader when that changes.
#ifndef LIBDUMPALLOC_MODULES_H
#define LIBDUMPALLOC_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/unwind.h"

struct encoder;

// Compares the loader's list with what the reader knows and writes a MAP or UNMAP record for each
// difference. Takes the loader's lock and then ours, never the other way round. Does not allocate.
void modules_refresh(struct encoder *encoder);

// How often a module was unmapped. Program counters looked at before the last time may by now be
// another module's.
unsigned modules_unmapped(void);

// How often a module was mapped or unmapped.
unsigned modules_changes(void);

// True if `pc` lies in a module the reader knows. Cheap; takes no lock.
bool modules_hold(uintptr_t pc);

// True if both lie in one module that the reader knows.
bool modules_are_same(uintptr_t one, uintptr_t other);

// True if `pc` lies in this library.
bool modules_is_own(uintptr_t pc);

// The code around `pc`, for walkers. False: `pc` is in no known module's code. Takes no lock.
bool modules_find_code(uintptr_t pc, struct unwind_code *code);

// Hands the code around `pc` to `read`, and holds the loader back from unmapping it until that
// returns. False: as above.
bool modules_read_code(uintptr_t pc, unwind_code_reader *read, void *argument);

// In a fork child: its stream's reader knows no module yet.
void modules_forget(void);

#endif
