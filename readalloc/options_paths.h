// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what a command line has written goes to files of its own.
#ifndef READALLOC_OPTIONS_PATHS_H
#define READALLOC_OPTIONS_PATHS_H

#include "options.h"

// False, after having said why: a report, or the state, would be written over the stream, or over another report. To be called
// before anything is read or written.
bool options_paths_check(const struct options *options);

#endif
