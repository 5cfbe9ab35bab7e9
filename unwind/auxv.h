// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel told the process at its start, also with a C library that has no getauxval.
#ifndef UNWIND_AUXV_H
#define UNWIND_AUXV_H

#include <elf.h> // AT_PAGESZ and the like

// 0: it was not told, or cannot be found out. Takes no memory; errno stays.
unsigned long auxv_value(unsigned long type);

#endif
