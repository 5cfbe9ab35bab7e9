// SPDX-License-Identifier: GPL-3.0-or-later
// What ran and what of it is shown, for formats that have but one text for both.
#ifndef READALLOC_SNAPSHOT_TITLE_H
#define READALLOC_SNAPSHOT_TITLE_H

struct snapshot;

// The command line, the program's name where there is none, and behind it in brackets the slice and the filters. The
// caller frees it.
char *snapshot_title(const struct snapshot *snapshot);

#endif
