// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of the stream from a file or standard input, gzip undone, and the signals that interrupt them.
#ifndef READALLOC_INPUT_H
#define READALLOC_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

enum input_result {
	INPUT_BYTES, // some bytes were read, or input_damage says what is wrong where they would be
	INPUT_END,   // there are no more
	INPUT_IDLE,  // none has come for a while
	INPUT_TAIL, // all was read; what may be left of it will be taken for cut off by the next reading
	INPUT_REPORT, // SIGUSR1: a report is wanted, then more may be read
	INPUT_STOP,   // SIGINT or SIGTERM: a report is wanted, then the end
	INPUT_FAILED, // the system cannot read; errno says why
};

// Opens `path`, NULL for standard input. From here on the three signals are blocked and seen by input_read
// alone, so that none is lost while a report is written. NULL: errno says why.
struct input *input_open(const char *path);

// The same for a file that is still written: input_read waits for more where it ends, and for the file where it is not
// there yet. It returns INPUT_IDLE now and then.
struct input *input_open_following(const char *path);
void input_close(struct input *input);

// Waits for bytes or a signal, whichever comes first. At most `size` bytes, `*n` of them, into `bytes`.
enum input_result input_read(struct input *input, uint8_t *bytes, size_t size, size_t *n);

// After INPUT_TAIL, where the stream has no end yet: whether the file may still grow, as whoever writes it has it open. Waits
// a little for that; for no more than a second in all. True: what comes is read, and in the end there is another INPUT_TAIL.
bool input_await(struct input *input);

// From here on input_read returns INPUT_IDLE where nothing has come for so long.
void input_set_patience(struct input *input, int milliseconds);

// Bytes that could be read at once, as they lie in the file or the pipe; 0 also where that cannot be known.
uint64_t input_waiting(const struct input *input);

// Where the reading is, and what it is that is read, for another that goes on there.
struct input_place {
	uint64_t part;                // of a file in parts, 0 the first
	uint64_t from;                // where the reading is to go on in it
	uint64_t n_skipped;           // bytes that are made of what is there, and were read before
	uint64_t end;                 // bytes of the file that were read
	unsigned form;                // enum gunzip_form
	bool is_marked;               // as struct gunzip has it
	uint32_t first_crc, last_crc; // of what the file begins with, and of what is before `end`
};

// False: the input is no file, or at this moment cannot be left.
bool input_tell(const struct input *input, struct input_place *place);

// Whether it can be read again, as far as that is known: a file that is not there yet can.
bool input_can_return(const struct input *input);

// Goes on at a place of an input that has just been opened. NULL: well; else what is wrong, and nothing has changed.
const char *input_return(struct input *input, const struct input_place *place);

// What was found to be wrong with the compressed data behind the bytes read so far; NULL: nothing. To be asked after each
// reading; it is told once.
const char *input_damage(struct input *input);

#endif
