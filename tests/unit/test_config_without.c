// SPDX-License-Identifier: GPL-3.0-or-later
// A library that is built without DUMPALLOC_ELIDE says so, and leaves nothing out.
#include "libdumpalloc/config.h"

#include <unistd.h>

#include "check.h"

static void what_is_not_built_is_said(void)
{
	char file[] = "DUMPALLOC_FILE=/x", limit[] = "DUMPALLOC_ELIDE=64", said[256];
	char *environment[] = { file, limit, NULL };
	struct config config;
	int ends[2], before = dup(STDERR_FILENO);

	CHECK(pipe(ends) == 0 && before >= 0);
	dup2(ends[1], STDERR_FILENO);
	config_read(&config, environment);
	dup2(before, STDERR_FILENO);
	close(ends[1]);
	ssize_t n = read(ends[0], said, sizeof said - 1);
	said[n > 0 ? n : 0] = '\0';
	CHECK_EQ(config.elide_limit, 0);
	CHECK_STR(
		said,
		"dumpalloc: DUMPALLOC_ELIDE: ignored, because this library is built without it\n");
}

int main(void)
{
	what_is_not_built_is_said();
	return check_result();
}
