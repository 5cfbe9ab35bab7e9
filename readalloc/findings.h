// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a module's files, and what to do about it, in lines.
#ifndef READALLOC_FINDINGS_H
#define READALLOC_FINDINGS_H

#include <stdbool.h>
#include <stdio.h>

struct symbols_findings;

// Writes `PATH: WHAT: DETAIL: ADVICE`; the last two may be NULL.
void findings_line(FILE *out, const char *path, const char *what, const char *detail,
		   const char *advice);

// Why a file could not be opened, in words.
const char *findings_reason(int error);

// Writes a line for what names the file gives, and one for each thing that is wrong with it. True: its file is the
// right one, and functions and lines are known.
bool findings_write(FILE *out, const char *path, const struct symbols_findings *findings);

#endif
