// SPDX-License-Identifier: GPL-3.0-or-later
// A program that replaces some of the C++ operators: in their place the tracer sees what they are made of.
#ifndef READALLOC_REPLACED_OPERATORS_H
#define READALLOC_REPLACED_OPERATORS_H

struct charge;
struct module;
struct modules;
struct replaced;
struct rootfs;
struct snapshot;
struct symbols_target;

// Those of the program of the snapshot; `rootfs` may be NULL.
struct replaced *replaced_operators_new(const struct snapshot *snapshot,
					const struct modules *modules, const struct rootfs *rootfs,
					const struct symbols_target *target);
void replaced_operators_free(struct replaced *replaced);

// The program, where a block of the charge that was released by a function of the kind `release` may be an operator's and its
// counterpart's, of which one or both are the program's; NULL: it is not.
const struct module *replaced_operators_excuse(struct replaced *replaced,
					       const struct charge *charge, unsigned release);

// The program, where a block of the charge may have been made for an operator new of its own, which may have asked for more than
// it was asked for; NULL: it was not.
const struct module *replaced_operators_asks(struct replaced *replaced,
					     const struct charge *charge);

#endif
