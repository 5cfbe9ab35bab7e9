// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the process that becomes the relay, unseen by the program.
#define _GNU_SOURCE
#include "libdumpalloc/relay_process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/pages.h"
#include "libdumpalloc/quiet.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay_main.h"

enum {
	STACK_SIZE = 256 << 10,       // the resolver of some C libraries needs a good part of it
	HELPER_STACK_SIZE = 16 << 10, // the process between us and the relay, where there is one
};

static struct {
	pid_t pid, parent;
} child; // the relay, where it is one; a fork child of ours is not its parent

struct helper {
	struct relay_orders *orders;
	char *stack;
};

// Runs in the helper process, whose only work is to be the relay's parent and to end.
static int helper_main(void *argument)
{
	struct helper *helper = argument;
	pid_t pid = clone(relay_main, helper->stack + STACK_SIZE, SIGCHLD, helper->orders);

	if (pid > 0)
		atomic_store(&region_current->relay_pid, (int32_t)pid);
	_exit(pid > 0 ? 0 : 1);
}

// The helper's end is ours to see; a SIGCHLD of it is none of the program's business. That of a
// real child, should it come at this very moment, is raised again.
static void swallow_sigchld(const struct quiet *quiet, pid_t helper)
{
	sigset_t set;
	siginfo_t info;

	if (sigismember(&quiet->pending, SIGCHLD) == 1)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigtimedwait(&set, &info, &(struct timespec){ 0 }) == SIGCHLD && info.si_pid != helper)
		kill(getpid(), SIGCHLD);
}

// Two forks, for emulators that know no process without an exit signal.
static enum relay_process start_detached(struct relay_orders *orders, char *stack,
					 const struct quiet *quiet)
{
	struct helper argument = { orders, stack };
	char *helper_stack = stack + STACK_SIZE + HELPER_STACK_SIZE;
	int status = 0;

	orders->is_child = false;
	pid_t helper = clone(helper_main, helper_stack, SIGCHLD, &argument);
	if (helper < 0)
		return RELAY_PROCESS_REFUSED;
	pid_t waited;
	do {
		waited = waitpid(helper, &status, 0);
	} while (waited < 0 && errno == EINTR);
	swallow_sigchld(quiet, helper);
	// Where the program ignores SIGCHLD there is no status; the relay then speaks for itself.
	bool has_failed = waited == helper && (!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	return has_failed ? RELAY_PROCESS_REFUSED : RELAY_PROCESS_DETACHED;
}

enum relay_process relay_process_start(struct relay_orders *orders, const struct quiet *quiet)
{
	const size_t size = STACK_SIZE + HELPER_STACK_SIZE;
	char *stack = pages_map(size);
	if (stack == NULL)
		return RELAY_PROCESS_REFUSED;

	enum relay_process process = RELAY_PROCESS_CHILD;
	orders->is_child = true;
	// Its own memory, and no exit signal, so neither SIGCHLD nor a plain wait shows it. A debugger
	// would take a process without exit signal for a thread, so it is not shown to one either.
	pid_t pid = clone(relay_main, stack + STACK_SIZE, CLONE_UNTRACED, orders);
	child.pid = pid > 0 ? pid : 0;
	child.parent = orders->pid;
	if (pid > 0)
		atomic_store(&region_current->relay_pid, (int32_t)pid);
	else
		process = start_detached(orders, stack, quiet);
	munmap(stack, size);
	return process;
}

pid_t relay_process_child(void)
{
	return child.pid != 0 && child.parent == getpid() ? child.pid : 0;
}
