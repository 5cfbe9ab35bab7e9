// SPDX-License-Identifier: GPL-3.0-or-later
// Modules with C++ operators of their own, as of -static-libstdc++: in their place the tracer sees malloc and free.
#ifndef READALLOC_OWN_OPERATORS_H
#define READALLOC_OWN_OPERATORS_H

struct misuse;
struct modules;
struct rootfs;
struct snapshot;
struct symbols_target;

// Takes the frees by a wrong function that may be right ones out of the snapshot's list and numbers: a malloc by code of
// such a module may be its operator new, a free its operator delete. Without a stack of the free it may be any module's.
// Modules without a file have none. What the snapshot's list is then; the caller frees.
struct misuse *own_operators_settle(struct snapshot *snapshot, const struct modules *modules,
				    const struct rootfs *rootfs,
				    const struct symbols_target *target);

#endif
