// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that change what the stream must say of the process: dlclose, fork, and _exit.
#include "libdumpalloc/hooks.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "libdumpalloc/real.h"
#include "libdumpalloc/session.h"
#include "libdumpalloc/tracer_aside.h"
#include "libdumpalloc/tracer_enter.h"

EXPORT int dlclose(void *handle);

// The destructors that run inside free what is theirs, so this is no outer hook.
EXPORT int dlclose(void *handle)
{
	if (!real_prepare())
		return -1;

	bool before = tracer_inside_begin();
	int result = real.dlclose(handle);

	tracer_inside_end(before);
	tracer_unloaded();
	return result;
}

// The child's side is a pthread_atfork handler's, which also sees forks that do not come this way.
EXPORT pid_t fork(void)
{
	if (!real_prepare()) {
		errno = EAGAIN;
		return -1;
	}

	bool before = tracer_inside_begin();
	pid_t child = real.fork();

	tracer_inside_end(before);
	if (child > 0)
		tracer_forked(child);
	return child;
}

EXPORT void _exit(int status);
EXPORT void _Exit(int status);

// No destructor runs: what no relay carries is written here. Many shells end this way.
EXPORT void _exit(int status)
{
	session_end_abruptly();
	if (real_prepare())
		real._exit(status);
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}

EXPORT void _Exit(int status)
{
	_exit(status);
}
