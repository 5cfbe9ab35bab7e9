// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether this is a minimal build, for devices with little memory (README).
#ifndef UNWIND_MINIMAL_H
#define UNWIND_MINIMAL_H

// Files that such a build leaves out are named in CMakeLists.txt, and minimal.c of their folder stands for them. What it
// leaves out of other files is behind this constant: the compiler drops it, with whatever nothing else names.
// MINIMAL_ONCE: a function of which others have a copy at each call, to be faster.
#ifdef DUMPALLOC_MINIMAL
enum { IS_MINIMAL = 1 };
#define MINIMAL_ONCE __attribute__((noinline))
#else
enum { IS_MINIMAL = 0 };
#define MINIMAL_ONCE inline __attribute__((always_inline))
#endif

#endif
