// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed output.
#include "gzip.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "util.h"

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, PIECE = 128 << 10, N_PIECES = 4 };

struct piece {
	size_t n;
	unsigned char bytes[PIECE];
};

struct gzip {
	FILE *out;
	z_stream stream;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; // of what follows, but for the bytes of pieces that are one thread's
	pthread_cond_t has_moved;
	uint64_t n_filled, n_taken; // pieces
	bool is_ending;
	struct piece pieces[N_PIECES]; // the one that n_filled leads to is being filled
	unsigned char bytes[65536];
};

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

static void piece_take(struct gzip *gzip, struct piece *piece)
{
	gzip->stream.next_in = piece->bytes;
	gzip->stream.avail_in = (uInt)piece->n;
	run(gzip, Z_NO_FLUSH);
	piece->n = 0;
}

static void *pieces_take(void *context)
{
	struct gzip *gzip = context;
	pthread_mutex_lock(&gzip->lock);
	while (!gzip->is_ending || gzip->n_taken != gzip->n_filled) {
		if (gzip->n_taken == gzip->n_filled) {
			pthread_cond_wait(&gzip->has_moved, &gzip->lock);
			continue;
		}
		pthread_mutex_unlock(&gzip->lock);
		piece_take(gzip, &gzip->pieces[gzip->n_taken % N_PIECES]);
		pthread_mutex_lock(&gzip->lock);
		gzip->n_taken++;
		pthread_cond_signal(&gzip->has_moved);
	}
	pthread_mutex_unlock(&gzip->lock);
	return NULL;
}

struct gzip *gzip_new(FILE *out, enum gzip_effort effort)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));
	gzip->out = out;
	if (deflateInit2(&gzip->stream, effort == GZIP_FAST ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION,
			 Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		die("zlib: no memory to compress with");
	}
	pthread_mutex_init(&gzip->lock, NULL);
	pthread_cond_init(&gzip->has_moved, NULL);
	gzip->has_thread = pthread_create(&gzip->thread, NULL, pieces_take, gzip) == 0;
	return gzip;
}

// The piece under way is full, or the last one.
static void piece_hand(struct gzip *gzip)
{
	if (!gzip->has_thread) {
		piece_take(gzip, &gzip->pieces[0]);
		return;
	}
	pthread_mutex_lock(&gzip->lock);
	gzip->n_filled++;
	pthread_cond_signal(&gzip->has_moved);
	while (gzip->n_filled - gzip->n_taken == N_PIECES) {
		pthread_cond_wait(&gzip->has_moved, &gzip->lock);
	}
	pthread_mutex_unlock(&gzip->lock);
}

void gzip_write(struct gzip *gzip, const void *bytes, size_t n)
{
	const unsigned char *next = bytes;
	while (n != 0) {
		struct piece *piece = &gzip->pieces[gzip->n_filled % N_PIECES];
		size_t room = sizeof(piece->bytes) - piece->n;
		size_t part = n < room ? n : room;
		memcpy(piece->bytes + piece->n, next, part);
		piece->n += part;
		next += part;
		n -= part;
		if (piece->n == sizeof(piece->bytes)) {
			piece_hand(gzip);
		}
	}
}

void gzip_end(struct gzip *gzip)
{
	piece_hand(gzip);
	if (gzip->has_thread) {
		pthread_mutex_lock(&gzip->lock);
		gzip->is_ending = true;
		pthread_cond_signal(&gzip->has_moved);
		pthread_mutex_unlock(&gzip->lock);
		pthread_join(gzip->thread, NULL);
	}
	run(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
	pthread_mutex_destroy(&gzip->lock);
	pthread_cond_destroy(&gzip->has_moved);
	free(gzip);
}
