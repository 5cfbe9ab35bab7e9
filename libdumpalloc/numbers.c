// SPDX-License-Identifier: LGPL-2.1-or-later
// The names in a folder of /proc that are numbers: descriptors, processes.
#define _GNU_SOURCE
#include "libdumpalloc/numbers.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// struct linux_dirent64 of getdents64(2), read by offset: d_reclen at 16, d_name at 19.
enum { RECORD_LENGTH_AT = 16, NAME_AT = 19, LIST_SIZE = 4096 };

static int parse(const char *name)
{
	int number = 0;

	if (*name == '\0')
		return -1;
	for (; *name != '\0'; name++) {
		if (*name < '0' || *name > '9' || number > INT_MAX / 10 - 1)
			return -1;
		number = number * 10 + (*name - '0');
	}
	return number;
}

bool numbers_visit(const char *folder, bool (*visit)(int number, int own, void *context),
		   void *context)
{
	char list[LIST_SIZE];
	int own = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return false;

	bool is_well = true;
	for (bool goes_on = true; goes_on;) {
		long n = syscall(SYS_getdents64, own, list, sizeof list);
		if (n <= 0) {
			is_well = n == 0;
			break;
		}
		for (long at = 0; at < n && goes_on;) {
			uint16_t length;
			memcpy(&length, list + at + RECORD_LENGTH_AT, sizeof length);
			int number = parse(list + at + NAME_AT);
			if (number >= 0)
				goes_on = visit(number, own, context);
			at += length;
		}
	}
	close(own);
	return is_well;
}
