// SPDX-License-Identifier: GPL-3.0-or-later
// One run over one input: reads the stream, writes the reports when they are due.
#ifndef READALLOC_RUN_H
#define READALLOC_RUN_H

struct options;

// Returns the exit code (enum exit_code) after having said what there is to say.
int run(const struct options *options);

#endif
