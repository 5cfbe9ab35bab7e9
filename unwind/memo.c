// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a thread's previous stack, kept to be compared with the next one.
#include "unwind/memo.h"

const stack_word memo_never = 0;
