// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed output.
#include "gzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "util.h"

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, PIECE = 1 << 30 };

struct gzip {
	FILE *out;
	z_stream stream;
	unsigned char bytes[65536];
};

struct gzip *gzip_new(FILE *out)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));
	gzip->out = out;
	if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
			 MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		die("zlib: no memory to compress with");
	}
	return gzip;
}

// Takes all input there is; with Z_FINISH up to the end of the stream.
static void run(struct gzip *gzip, int flush)
{
	do {
		gzip->stream.next_out = gzip->bytes;
		gzip->stream.avail_out = sizeof(gzip->bytes);
		deflate(&gzip->stream, flush);
		fwrite(gzip->bytes, 1, sizeof(gzip->bytes) - gzip->stream.avail_out, gzip->out);
	} while (gzip->stream.avail_out == 0);
}

void gzip_write(struct gzip *gzip, const void *bytes, size_t n)
{
	const unsigned char *next = bytes;
	while (n != 0) {
		size_t piece = n < PIECE ? n : PIECE;
		gzip->stream.next_in = (unsigned char *)(uintptr_t)next;
		gzip->stream.avail_in = (uInt)piece;
		run(gzip, Z_NO_FLUSH);
		next += piece;
		n -= piece;
	}
}

void gzip_end(struct gzip *gzip)
{
	run(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
	free(gzip);
}
