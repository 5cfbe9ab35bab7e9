// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of a stack that a person would name: the innermost one that is not the C or C++ library's.
#ifndef READALLOC_CULPRIT_H
#define READALLOC_CULPRIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module;
struct site;
struct snapshot;
struct symbol;
struct symbols;

struct culprit {
	uint32_t node; // of the stack; STACK_ROOT: there is none, all of it is library
	size_t frame;  // of the node's symbols, innermost first
	const struct symbol *symbol; // NULL: none
	const struct site *site;
	bool is_kept; // the library keeps such blocks until the process ends: buffers of stdio, tables of the loader
};

// `stack` is a node. Libraries are those of C, C++ and the loader by the names of their files; templates of the C++ library
// by their names or the directory of their source, wherever they were compiled into.
struct culprit culprit_of(const struct snapshot *snapshot, struct symbols *symbols, uint32_t stack);

// Whether it is the C or C++ library's or the loader, by the name of its file; NULL is not.
bool culprit_is_library(const struct module *module);

// Whether a frame of a call site is code of these libraries, wherever it was compiled into.
bool culprit_is_of_library(const struct site *site, const struct symbol *symbol);

// Whether it is the C library itself.
bool culprit_is_c_library(const struct module *module);

// Whether two stacks have the same: one function and line, or, where that is unknown, one call site.
bool culprit_equal(const struct culprit *one, const struct culprit *two);

#endif
