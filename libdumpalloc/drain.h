// SPDX-License-Identifier: LGPL-2.1-or-later
// From the rings to the sink: blocks.
#ifndef LIBDUMPALLOC_DRAIN_H
#define LIBDUMPALLOC_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/wire.h"

struct sink;

// All of these are for one drainer at a time (the relay, or the holder of the lock in direct mode)
// and work on region_current. False: the sink failed, errno says how.

// Writes the header of the stream and the PREAMBLE block.
bool drain_begin(struct sink *sink, const uint8_t *preamble, size_t preamble_size);

// One pass: what each ring holds at this moment becomes one block; what comes meanwhile is left to
// the next pass. Sets `*has_moved` when there was anything.
bool drain_rings(struct sink *sink, bool *has_moved);

// Whether records were written, besides the PREAMBLE.
bool drain_has_records(void);

// Writes a block of records that are in no ring.
bool drain_records(struct sink *sink, uint32_t thread, uint32_t index, const uint8_t *records,
		   size_t size);

// Writes a MEMORY block.
bool drain_memory(struct sink *sink, const uint8_t *payload, size_t size);

// After the drainer was killed: what it had written to the end counts as drained. The sink then is to
// go on after the region's n_written bytes.
void drain_recover(void);

// Writes END.
bool drain_end(struct sink *sink, enum wire_end reason);

#endif
