// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks at memory that may not be there, or may go away meanwhile: the kernel looks, and says so.
#include "unwind/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(SYS_futex)
#define SYS_futex SYS_futex_time64 // 32-bit machines that never had the older one
#endif

// A comparison that nothing follows from: no waiter is woken or moved, and nobody waits. Any sandbox
// that lets a program have threads lets it through, and so does an emulator.
bool memory_is_readable(uintptr_t address)
{
	static uint32_t elsewhere;
	int saved = errno;
	uint32_t *word = (uint32_t *)(address & ~(uintptr_t)(sizeof(uint32_t) - 1));
	long result = syscall(SYS_futex, word, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0L, &elsewhere, 0);
	bool is_readable = result >= 0 || errno == EAGAIN;

	errno = saved;
	return is_readable;
}

bool memory_copy(void *to, uintptr_t from, size_t size)
{
	int ends[2];
	bool is_copied;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	is_copied = write(ends[1], (const void *)from, size) == (ssize_t)size &&
		    read(ends[0], to, size) == (ssize_t)size;
	close(ends[0]);
	close(ends[1]);
	return is_copied;
}
