// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the traced process may have forbidden itself system calls, on pain of death.
#include "libdumpalloc/confine.h"

atomic_bool confine_is_on;

void confine_pause(void)
{
	for (int i = 0; i < 1000; i++)
		atomic_signal_fence(memory_order_seq_cst);
}
