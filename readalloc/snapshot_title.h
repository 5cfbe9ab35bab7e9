// SPDX-License-Identifier: GPL-3.0-or-later
// What ran and what of it is shown, for formats that have but one text for both.
#ifndef READALLOC_SNAPSHOT_TITLE_H
#define READALLOC_SNAPSHOT_TITLE_H

struct snapshot;

// The command line, the program's name where there is none, and behind it in brackets the slice and the filters; of a
// difference also what it is compared with. The caller frees it.
char *snapshot_title(const struct snapshot *snapshot);

// Of a difference: what the run is compared with, as `the same run, from the beginning to tag:load (1.250 s)` or
// `PROGRAM, process N`. The caller frees it.
char *snapshot_base_text(const struct snapshot *snapshot);

#endif
