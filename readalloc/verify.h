// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a stream is whole, or what is missing and where.
#ifndef READALLOC_VERIFY_H
#define READALLOC_VERIFY_H

#include <stdbool.h>
#include <stdio.h>

struct decoder;
struct input;
struct options;
struct verify;

// Takes note of all that is wrong while its decoder is fed. The caller frees.
struct verify *verify_new(void);
void verify_free(struct verify *verify);
struct decoder *verify_decoder(struct verify *verify);

// The input is over, or, `is_stopped`, not read on: writes a line for each thing that is missing, so many of each
// sort, and then the verdict. Returns whether the stream is whole. To be called once.
bool verify_conclude(struct verify *verify, bool is_stopped, FILE *out);

// Reads the input and says to standard output what there is to say. Returns the exit code.
int verify_run(const struct options *options, struct input *input);

#endif
