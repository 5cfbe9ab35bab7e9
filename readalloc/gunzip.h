// SPDX-License-Identifier: GPL-3.0-or-later
// Undoes gzip, which is known by its first bytes; what is not compressed stays as it is.
#ifndef READALLOC_GUNZIP_H
#define READALLOC_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct z_stream_s;

// What becomes of the bytes that come.
enum gunzip_form {
	GUNZIP_UNKNOWN, // too few have come
	GUNZIP_PLAIN,   // they stay as they are
	GUNZIP_BETWEEN, // a member of a gzip file begins, or padding
	GUNZIP_MEMBER,  // they are of a member
	GUNZIP_LOST,    // something is wrong: a member that libdumpalloc wrote is looked for
};

enum { GUNZIP_LEAST = 20 }; // of so many bytes something can always be made

struct gunzip {
	enum gunzip_form form;
	bool is_marked;     // there was a member that libdumpalloc wrote
	bool has_output;    // inflate may hold more than the caller had room for
	uint64_t n_left;    // bytes of the member that have not come yet; UINT64_MAX: not known
	uint64_t n_in;      // bytes taken so far
	uint64_t member_in; // of these, those before the member
	uint64_t n_out;     // bytes that were made of the member
	const char *damage; // not told yet
	struct z_stream_s *stream; // NULL: not needed yet
};

// Bytes on their way in.
struct gunzip_input {
	const uint8_t *at;
	size_t n;
	bool is_last; // no more will come
};

// A zeroed one is ready. Frees what it holds, and makes it ready for another input.
void gunzip_reset(struct gunzip *gunzip);

// Takes from `input`, writes up to `room` bytes to `out`, which must be some, and returns how many. 0: more must come, what
// was left of `input`, fewer bytes than GUNZIP_LEAST, in front of it; or, where `is_last`, all is over.
size_t gunzip_take(struct gunzip *gunzip, struct gunzip_input *input, uint8_t *out, size_t room);

// Some bytes will not come. Whoever knows of it says so.
void gunzip_lose(struct gunzip *gunzip);

// What has been found to be wrong behind the bytes that gunzip_take has returned so far; NULL: nothing. It is told once.
// Of a file that libdumpalloc compressed one member is lost, and perhaps the end of the one before; of another all that
// follows.
const char *gunzip_damage(struct gunzip *gunzip);

// Nothing that may still come can be used.
bool gunzip_is_over(const struct gunzip *gunzip);

#endif
