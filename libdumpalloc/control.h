// SPDX-License-Identifier: LGPL-2.1-or-later
// The orders of the control socket, line by line.
#ifndef LIBDUMPALLOC_CONTROL_H
#define LIBDUMPALLOC_CONTROL_H

#include <stdbool.h>

#include "libdumpalloc/text.h"

struct sink;

// Does what `line` says, without its end, and fills `answer` with a line. Runs in the relay. True: the answer holds once the
// rings have been drained.
bool control_obey(const char *line, const struct sink *sink, struct text *answer);

#endif
