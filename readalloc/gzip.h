// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed output.
#ifndef READALLOC_GZIP_H
#define READALLOC_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct gzip;

enum gzip_effort {
	GZIP_SMALL, // as usual
	GZIP_FAST, // for what is long: a tenth of the time for a tenth more bytes, or up to two thirds more where much repeats
};

// Compresses into `out`, which is borrowed and has the errors of writing (ferror). Another thread compresses and writes, if
// one is to be had, so `out` is not to be touched until gzip_end has returned.
struct gzip *gzip_new(FILE *out, enum gzip_effort effort);
void gzip_write(struct gzip *gzip, const void *bytes, size_t n);

// Writes what is left, then frees; `out` stays open.
void gzip_end(struct gzip *gzip);

// What a file ends with, compressed before all that stands in front of it was known.
struct gzip_part {
	uint64_t n_packed; // bytes
	uint64_t n;        // the same before they were compressed
	unsigned long crc; // of these
};

// Compresses a part into `out`, in the thread that calls; it ends with gzip_end_part.
struct gzip *gzip_new_part(FILE *out, enum gzip_effort effort);
void gzip_end_part(struct gzip *gzip, struct gzip_part *part);

// The same as gzip_end after the part, which is to be read from the file `fd` at its beginning, was written. Returns 0, or
// the number of the error of reading.
int gzip_end_with(struct gzip *gzip, const struct gzip_part *part, int fd);

#endif
