// SPDX-License-Identifier: GPL-3.0-or-later
// One run: over one input, or over many streams.
#ifndef READALLOC_RUN_H
#define READALLOC_RUN_H

struct options;

// Does what `options` ask for. Returns the exit code (enum exit_code) after having said what there is to say.
int run(const struct options *options);

#endif
