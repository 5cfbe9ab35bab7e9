// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel told the process at its start, also with a C library that has no getauxval.
#include "unwind/auxv.h"

#include <errno.h>

// uClibc-ng has it since 1.0.36 only.
#if __has_include(<sys/auxv.h>)
#include <sys/auxv.h>

unsigned long auxv_value(unsigned long type)
{
	int error = errno;
	unsigned long value = getauxval(type);

	errno = error;
	return value;
}
#else
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { ENTRIES_MAX = 64 };

struct entry {
	unsigned long type, value;
};

// Read once. Threads that do so at the same time store the same.
static struct entry entries[ENTRIES_MAX];
static atomic_bool is_read;

static void read_all(void)
{
	struct entry found[ENTRIES_MAX] = { { 0, 0 } };
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return;
	while (n < sizeof(found) && (got = read(fd, (char *)found + n, sizeof(found) - n)) > 0)
		n += (size_t)got;
	close(fd);
	for (size_t i = 0; i < n / sizeof(*found); i++)
		entries[i] = found[i];
	atomic_store(&is_read, true);
}

unsigned long auxv_value(unsigned long type)
{
	int error = errno;

	if (!atomic_load(&is_read))
		read_all();
	errno = error;
	for (size_t i = 0; i < ENTRIES_MAX && entries[i].type != AT_NULL; i++) {
		if (entries[i].type == type)
			return entries[i].value;
	}
	return type == AT_PAGESZ ? (unsigned long)sysconf(_SC_PAGESIZE) : 0;
}
#endif
