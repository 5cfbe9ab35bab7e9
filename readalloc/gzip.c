// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed output.
#include "gzip.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "util.h"

// zlib takes the window's size, 16 more for gzip's frame around it, and less than 0 for none.
enum {
	GZIP_WINDOW = 15 + 16,
	PART_WINDOW = -15,
	MEMORY_LEVEL = 8,
	PIECE = 128 << 10,
	N_PIECES = 4
};

struct piece {
	size_t n;
	unsigned char bytes[PIECE];
};

struct gzip {
	FILE *out;
	z_stream stream;
	bool is_part;
	unsigned long crc; // of a part
	uint64_t n_packed, n;
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
		size_t n = sizeof(gzip->bytes) - gzip->stream.avail_out;
		gzip->n_packed += n;
		fwrite(gzip->bytes, 1, n, gzip->out);
	} while (gzip->stream.avail_out == 0);
}

static void piece_take(struct gzip *gzip, struct piece *piece)
{
	if (gzip->is_part) {
		gzip->crc = crc32(gzip->crc, piece->bytes, (uInt)piece->n);
	}
	gzip->n += piece->n;
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

static struct gzip *compressor_new(FILE *out, enum gzip_effort effort, int window)
{
	struct gzip *gzip = xcalloc(1, sizeof(*gzip));
	gzip->out = out;
	if (deflateInit2(&gzip->stream, effort == GZIP_FAST ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION,
			 Z_DEFLATED, window, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		die("zlib: no memory to compress with");
	}
	pthread_mutex_init(&gzip->lock, NULL);
	pthread_cond_init(&gzip->has_moved, NULL);
	return gzip;
}

struct gzip *gzip_new(FILE *out, enum gzip_effort effort)
{
	struct gzip *gzip = compressor_new(out, effort, GZIP_WINDOW);
	gzip->has_thread = pthread_create(&gzip->thread, NULL, pieces_take, gzip) == 0;
	return gzip;
}

struct gzip *gzip_new_part(FILE *out, enum gzip_effort effort)
{
	struct gzip *gzip = compressor_new(out, effort, PART_WINDOW);
	gzip->is_part = true;
	gzip->crc = crc32(0, NULL, 0);
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

// All that was written is compressed from here on, and there is one thread.
static void pieces_end(struct gzip *gzip)
{
	piece_hand(gzip);
	if (gzip->has_thread) {
		pthread_mutex_lock(&gzip->lock);
		gzip->is_ending = true;
		pthread_cond_signal(&gzip->has_moved);
		pthread_mutex_unlock(&gzip->lock);
		pthread_join(gzip->thread, NULL);
	}
}

static void compressor_free(struct gzip *gzip)
{
	deflateEnd(&gzip->stream);
	pthread_mutex_destroy(&gzip->lock);
	pthread_cond_destroy(&gzip->has_moved);
	free(gzip);
}

void gzip_end(struct gzip *gzip)
{
	pieces_end(gzip);
	run(gzip, Z_FINISH);
	compressor_free(gzip);
}

void gzip_end_part(struct gzip *gzip, struct gzip_part *part)
{
	pieces_end(gzip);
	run(gzip, Z_FINISH);
	*part = (struct gzip_part){ gzip->n_packed, gzip->n, gzip->crc };
	compressor_free(gzip);
}

// Returns 0, or the number of an error.
static int file_copy(int fd, uint64_t n, FILE *out)
{
	char bytes[1 << 16];
	uint64_t done = 0;
	while (done < n) {
		size_t room = n - done < sizeof(bytes) ? (size_t)(n - done) : sizeof(bytes);
		ssize_t taken = pread(fd, bytes, room, (off_t)done);
		if (taken == 0 || (taken < 0 && errno != EINTR)) {
			return taken == 0 ? EIO : errno;
		}
		if (taken > 0) {
			fwrite(bytes, 1, (size_t)taken, out);
			done += (uint64_t)taken;
		}
	}
	return 0;
}

// A number of gzip's, the lowest byte first.
static void number_write(FILE *out, uint32_t number)
{
	for (int i = 0; i < 4; i++) {
		fputc((int)(number >> (8 * i) & 0xff), out);
	}
}

int gzip_end_with(struct gzip *gzip, const struct gzip_part *part, int fd)
{
	pieces_end(gzip);
	// It ends at a byte, and zlib, which is not told of the end, has the sum of what it was given.
	run(gzip, Z_SYNC_FLUSH);
	int error = file_copy(fd, part->n_packed, gzip->out);
	number_write(gzip->out,
		     (uint32_t)crc32_combine(gzip->stream.adler, part->crc, (z_off_t)part->n));
	number_write(gzip->out, (uint32_t)(gzip->n + part->n));
	compressor_free(gzip);
	return error;
}
