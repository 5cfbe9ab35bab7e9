// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether this is a minimal build of the library, for devices with little memory (README).
#ifndef LIBDUMPALLOC_MINIMAL_H
#define LIBDUMPALLOC_MINIMAL_H

// Files that such a build leaves out are named in CMakeLists.txt, and minimal.c stands for them. What it leaves out of
// other files is behind this constant: the compiler drops it, with whatever nothing else names.
#ifdef DUMPALLOC_MINIMAL
enum { IS_MINIMAL = 1 };
#else
enum { IS_MINIMAL = 0 };
#endif

#endif
