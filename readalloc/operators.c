// SPDX-License-Identifier: GPL-3.0-or-later
// C++'s operators new and delete: which go together, and what their symbols are named.
#include "operators.h"

#include <stddef.h>
#include <string.h>

const struct operator_symbol operator_symbols[N_OPERATORS] = {
	{ "_Znwm", FAMILY_NEW, false },
	{ "_Znwj", FAMILY_NEW, false },
	{ "_ZdlPv", FAMILY_NEW, true },
	{ "_Znam", FAMILY_ARRAY, false },
	{ "_Znaj", FAMILY_ARRAY, false },
	{ "_ZdaPv", FAMILY_ARRAY, true },
	// The same with an alignment.
	{ "_ZnwmSt11align_val_t", FAMILY_ALIGNED, false },
	{ "_ZnwjSt11align_val_t", FAMILY_ALIGNED, false },
	{ "_ZdlPvSt11align_val_t", FAMILY_ALIGNED, true },
	{ "_ZnamSt11align_val_t", FAMILY_ARRAY_ALIGNED, false },
	{ "_ZnajSt11align_val_t", FAMILY_ARRAY_ALIGNED, false },
	{ "_ZdaPvSt11align_val_t", FAMILY_ARRAY_ALIGNED, true },
};

const struct operator_symbol *operator_of_name(const char *name)
{
	for (size_t i = 0; i < N_OPERATORS / 2; i++) {
		const char *plain = operator_symbols[i].name;
		if (strncmp(name, plain, strlen(plain)) == 0) {
			bool is_aligned = strstr(name, "St11align_val_t") != NULL;
			return &operator_symbols[is_aligned ? i + N_OPERATORS / 2 : i];
		}
	}
	return NULL;
}
