// SPDX-License-Identifier: GPL-3.0-or-later
// Suppressions: leaks that are known and not to be spoken of, in the files of Valgrind and of LeakSanitizer.
#ifndef READALLOC_SUPPRESSION_H
#define READALLOC_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct charge;
struct snapshot;
struct symbols;

// One line of a Valgrind suppression.
struct suppression_frame {
	enum suppression_match {
		SUPPRESSION_FUN, // fun: the function
		SUPPRESSION_OBJ, // obj: the file that holds the code
		SUPPRESSION_SRC, // src: the source file, and its line if it is given
		SUPPRESSION_ANY, // ... any number of frames
	} match;
	char *glob; // NULL for SUPPRESSION_ANY
};

struct suppression {
	char *name;
	char *glob; // of LeakSanitizer: for a function, source file or module of any frame; NULL: of Valgrind
	struct suppression_frame *frames; // innermost first, the allocator function's the first
	size_t n_frames;
};

struct suppressions {
	struct suppression *list;
	size_t n;
};

// Adds those of a file: blocks in braces are Valgrind's, of which those for other errors than leaks are passed over; lines
// leak:PATTERN are LeakSanitizer's. False, after having said why: it cannot be read, or is wrong.
bool suppressions_read(struct suppressions *suppressions, const char *path);
void suppressions_free(struct suppressions *suppressions);

enum { SUPPRESSION_NONE = UINT32_MAX };

// For suppressions_match: what LeakSanitizer's say of each node. The caller frees it.
uint32_t *suppressions_of_nodes(const struct suppressions *suppressions,
				const struct snapshot *snapshot, struct symbols *symbols);

// The first suppression that is meant for the charge, or SUPPRESSION_NONE.
uint32_t suppressions_match(const struct suppressions *suppressions, const uint32_t *of_nodes,
			    const struct snapshot *snapshot, struct symbols *symbols,
			    const struct charge *charge);

// The glob for the allocator function of the kind as the linker knows it: _Znw* for operator new.
const char *suppression_allocator(uint32_t kind);

#endif
