// SPDX-License-Identifier: LGPL-2.1-or-later
// prctl and chroot, by which programs give up rights: what comes next may forbid them all system calls but some, and find
// no file by its name.
#define _GNU_SOURCE
#include "libdumpalloc/hooks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libdumpalloc/real.h"
#include "libdumpalloc/session.h"

// Without the right to administer the system a filter can be set only after PR_SET_NO_NEW_PRIVS, which
// says what is to come even where the filter itself is set by a bare system call.
static bool confines(int option, unsigned long value)
{
	return (option == PR_SET_NO_NEW_PRIVS && value == 1) || option == PR_SET_SECCOMP;
}

EXPORT int prctl(int option, ...);

// As the libc does: four arguments are passed on, whatever the option makes of them.
EXPORT int prctl(int option, ...)
{
	enum { N = 4 };
	unsigned long values[N];
	va_list arguments;

	va_start(arguments, option);
	for (int i = 0; i < N; i++)
		values[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (confines(option, values[0]))
		session_confine();
	real_prepare_system();
	return real.prctl(option, values[0], values[1], values[2], values[3]);
}

EXPORT int chroot(const char *path)
{
	session_leave_root();
	if (!real_prepare()) {
		errno = EAGAIN;
		return -1;
	}
	return real.chroot(path);
}
