// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed output.
#ifndef READALLOC_GZIP_H
#define READALLOC_GZIP_H

#include <stddef.h>
#include <stdio.h>

struct gzip;

// Compresses into `out`, which is borrowed and has the errors of writing (ferror).
struct gzip *gzip_new(FILE *out);
void gzip_write(struct gzip *gzip, const void *bytes, size_t n);

// Writes what is left, then frees; `out` stays open.
void gzip_end(struct gzip *gzip);

#endif
