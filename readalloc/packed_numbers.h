// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as text, five bits a character, for the page of report_html.c.
#ifndef READALLOC_PACKED_NUMBERS_H
#define READALLOC_PACKED_NUMBERS_H

#include <stdint.h>
#include <stdio.h>

// The lowest five bits come first; each character stands for a number below 64 of base64's alphabet, of which 32 is set
// while more follow. No character means anything in HTML or in a JSON string.
void packed_unsigned(FILE *out, uint64_t number);

// The same of `to - from`: twice the difference, and one more where it is negative.
void packed_difference(FILE *out, uint64_t from, uint64_t to);

#endif
