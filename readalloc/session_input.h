// SPDX-License-Identifier: GPL-3.0-or-later
// Reads one input into a session.
#ifndef READALLOC_SESSION_INPUT_H
#define READALLOC_SESSION_INPUT_H

#include <stdbool.h>

struct input;
struct session;

// Reads until the input ends or a signal asks for the end, and ends the session; SIGUSR1 has its reports written. False,
// after having said why: the system cannot read.
bool session_read(struct session *session, struct input *input);

#endif
