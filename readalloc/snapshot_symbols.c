// SPDX-License-Identifier: GPL-3.0-or-later
// Names for all that is in a snapshot.
#include "snapshot_symbols.h"

#include <stdlib.h>

#include "snapshot.h"
#include "symbols.h"
#include "util.h"

void snapshot_resolve(const struct snapshot *snapshot, struct symbols *symbols)
{
	const struct site **asked = xcalloc(snapshot->n_sites + 1, sizeof(*asked));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		asked[i] = &snapshot->sites[i];
	}
	symbols_prepare(symbols, asked, snapshot->n_sites);
	free(asked);
}
