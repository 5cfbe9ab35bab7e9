// SPDX-License-Identifier: GPL-3.0-or-later
// One run: reads the stream, keeps the model, writes the reports when they are due.
#ifndef READALLOC_SESSION_H
#define READALLOC_SESSION_H

struct options;

// Returns the exit code (enum exit_code) after having said what there is to say.
int session_run(const struct options *options);

#endif
