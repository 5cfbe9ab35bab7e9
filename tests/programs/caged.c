// SPDX-License-Identifier: GPL-3.0-or-later
// caged KIND COMMAND [ARGUMENT]...: runs the command where the kernel refuses what KIND names (cage.h).
#include "cage.h"

#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	if (!cage_enter(argv[1]))
		return 71;
	execv(argv[2], argv + 2);
	return 72;
}
