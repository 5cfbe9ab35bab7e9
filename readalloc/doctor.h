// SPDX-License-Identifier: GPL-3.0-or-later
// The doctor: whether all names will be known, before anything is traced, and what to do where they will not.
#ifndef READALLOC_DOCTOR_H
#define READALLOC_DOCTOR_H

#include <stddef.h>

struct rootfs;

// Looks at the programs, paths as the target names them, and at all they need, and writes a line for each file and
// one for each defect to standard output. Returns the exit code: EXIT_WELL, or EXIT_DAMAGED if there are defects.
int doctor_run(const struct rootfs *rootfs, const char *const *programs, size_t n);

#endif
