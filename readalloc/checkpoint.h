// SPDX-License-Identifier: GPL-3.0-or-later
// The state of a reading in a file, so that a reader that was started again goes on from there (--checkpoint).
#ifndef READALLOC_CHECKPOINT_H
#define READALLOC_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checkpoint;
struct input;
struct options;
struct session;

// Of the reading of `input`; the file and how often it is written are those of `options`. All are borrowed.
struct checkpoint *checkpoint_new(const struct options *options, struct input *input);
void checkpoint_free(struct checkpoint *checkpoint);

// Until checkpoint_free no other reader has the file. False, after having said so: one has. Where no lock can be had, as in a
// folder that is not to be written to, there is none.
bool checkpoint_lock(struct checkpoint *checkpoint);

// Goes on where the file says: brings `session`, which is new, and the input there. Where there is no file nothing is done.
// False, after having said why: the file is of no use; the session can only be freed, the input is as it was.
bool checkpoint_resume(struct checkpoint *checkpoint, struct session *session);

// The bytes behind what the session has decoded, in front of those the input goes on with.
const uint8_t *checkpoint_rest(const struct checkpoint *checkpoint, size_t *n);

// Writes the state of this moment to the file if it is time for that, or `is_last`, and something has been read since; the session
// has decoded all that was read but the `n` bytes.
void checkpoint_keep(struct checkpoint *checkpoint, struct session *session, const uint8_t *bytes,
		     size_t n, bool is_last);

// Whether the file is not what it should be, as it could not be written; a line has said why.
bool checkpoint_has_failed(const struct checkpoint *checkpoint);

#endif
