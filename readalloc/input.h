// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of the stream from a file or standard input, gzip undone, and the signals that interrupt them.
#ifndef READALLOC_INPUT_H
#define READALLOC_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input;

enum input_result {
	INPUT_BYTES, // some bytes were read, or input_damage says what is wrong where they would be
	INPUT_END,   // there are no more
	INPUT_IDLE,  // none has come for a while
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

// From here on input_read returns INPUT_IDLE where nothing has come for so long.
void input_set_patience(struct input *input, int milliseconds);

// Bytes that could be read at once, as they lie in the file or the pipe; 0 also where that cannot be known.
uint64_t input_waiting(const struct input *input);

// What was found to be wrong with the compressed data behind the bytes read so far; NULL: nothing. To be asked after each
// reading; it is told once.
const char *input_damage(struct input *input);

#endif
