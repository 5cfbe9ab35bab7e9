// SPDX-License-Identifier: GPL-3.0-or-later
// Debug files from servers of debuginfod, fetched by its own command.
#ifndef READALLOC_DEBUG_SERVER_H
#define READALLOC_DEBUG_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Asks servers from now on, those that DEBUGINFOD_URLS names. False, after having said why: there are none.
bool debug_server_enable(void);

// Opens the debug file of this build-id, which the caller closes; -1: nobody has it, or servers are not to be asked. Where the
// command cannot be run one line says so, and it is not tried again.
int debug_server_fetch(const uint8_t *build_id, size_t size);

#endif
