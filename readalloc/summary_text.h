// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and frames as people read them.
#ifndef READALLOC_SUMMARY_TEXT_H
#define READALLOC_SUMMARY_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct site;
struct snapshot;
struct symbol;

enum { NUMBER_TEXT_SIZE = 32 };

// Writes `value` into `text` with commas between thousands; returns `text`.
const char *text_number(char text[NUMBER_TEXT_SIZE], uint64_t value);

// The same with the unit that suits the size: "1.5 MiB".
const char *text_size(char text[NUMBER_TEXT_SIZE], uint64_t bytes);

// The noun that goes with the number `n`.
const char *text_noun(uint64_t n, const char *one, const char *many);

// Writes a cost like a number; in a difference with the sign of the change.
const char *text_cost(char text[NUMBER_TEXT_SIZE], const struct snapshot *snapshot, uint64_t cost);

// The same with the unit that suits the size.
const char *text_cost_size(char text[NUMBER_TEXT_SIZE], const struct snapshot *snapshot,
			   uint64_t cost);

// `part` of `whole` in per cent; 0 where there is no whole.
double text_percent(uint64_t part, uint64_t whole);

// Writes one line for a frame: the function, then file and line or, where they are unknown, the module and
// the offset of the call site in it. Directories give way where the line gets too long.
void text_frame(FILE *out, const struct symbol *symbol, const struct site *site);

#endif
