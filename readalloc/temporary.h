// SPDX-License-Identifier: GPL-3.0-or-later
// Files that have no name.
#ifndef READALLOC_TEMPORARY_H
#define READALLOC_TEMPORARY_H

// A file to write and read, in the folder that TMPDIR names or in /tmp; it is gone once it is closed, which is the caller's.
// -1: there is none, errno says why.
int temporary_file(void);

#endif
