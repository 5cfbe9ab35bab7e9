// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay's descriptors: none of the traced process's.
#ifndef LIBDUMPALLOC_DESCRIPTORS_H
#define LIBDUMPALLOC_DESCRIPTORS_H

// Closes every descriptor but `kept` (-1: none), then opens /dev/null as 0, 1 and 2 where there is one, so that nothing
// the C library may print can end up in a stream.
void descriptors_close_all(int kept);

#endif
