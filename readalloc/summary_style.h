// SPDX-License-Identifier: GPL-3.0-or-later
// Colours, where somebody looks at them.
#ifndef READALLOC_SUMMARY_STYLE_H
#define READALLOC_SUMMARY_STYLE_H

#include <stdio.h>

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,   // of a section
	STYLE_WARNING, // what is wrong
	STYLE_PICTURE, // bars
};

// What is written from now on has this style, until the next call. Does nothing unless `out` is a terminal, TERM is not
// "dumb", and NO_COLOR is not set or empty.
void style_set(FILE *out, enum style style);

#endif
