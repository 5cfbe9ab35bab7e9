// SPDX-License-Identifier: GPL-3.0-or-later
// Names of code made at run time, from the map that its maker may leave for perf: /tmp/perf-PID.map.
#ifndef READALLOC_JIT_MAP_H
#define READALLOC_JIT_MAP_H

#include <stdint.h>

struct jit_map;
struct rootfs;

// The map of the process, as it lies in the root file system; NULL: there is none. The caller frees.
struct jit_map *jit_map_open(const struct rootfs *rootfs, uint64_t pid);
void jit_map_free(struct jit_map *map);

// The name of the code at `address`; NULL: none. Lives as long as the map.
const char *jit_map_find(const struct jit_map *map, uint64_t address);

#endif
