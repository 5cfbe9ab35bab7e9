// SPDX-License-Identifier: GPL-3.0-or-later
// For walkers outside the tracer: which loaded object holds a program counter.
#ifndef TESTS_PROGRAMS_LOADED_CODE_H
#define TESTS_PROGRAMS_LOADED_CODE_H

#include "unwind/unwind.h"

// The find_code of struct unwind_context; `user` is not used.
bool loaded_code_find(void *user, uintptr_t pc, struct unwind_code *code);

#endif
