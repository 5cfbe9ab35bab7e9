// SPDX-License-Identifier: GPL-3.0-or-later
// Which bytes of a text from outside may be shown as they are.
#ifndef READALLOC_UTF8_H
#define READALLOC_UTF8_H

#include <stddef.h>

// The bytes of the character at the start of `text`, which is not empty. 0: its first byte is not to be shown as it
// is, because it begins no valid UTF-8, or a character that controls a terminal, ends a line, turns the direction
// of writing, is not seen, or is none to XML.
size_t utf8_shown_size(const char *text);

#endif
