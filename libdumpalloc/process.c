// SPDX-License-Identifier: LGPL-2.1-or-later
// Facts about processes, from /proc.
#define _GNU_SOURCE
#include "libdumpalloc/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/numbers.h"
#include "libdumpalloc/text.h"

enum {
	STAT_MAX = 1024,
	ANCESTORS_MAX = 256, // a bound, should /proc ever show a circle
};

ssize_t process_read_file(const char *path, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;

	size_t done = 0;
	while (done < size) {
		ssize_t n = read(fd, (char *)bytes + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
	return (ssize_t)done;
}

uint64_t process_field(const char *at, unsigned n_fields)
{
	uint64_t value = 0;

	while (n_fields > 0 && *at != '\0') {
		if (*at++ == ' ')
			n_fields--;
	}
	while (*at >= '0' && *at <= '9')
		value = value * 10 + (uint64_t)(*at++ - '0');
	return value;
}

void process_path(char path[PROCESS_PATH_SIZE], pid_t pid, const char *name)
{
	struct text text = text_start(path, PROCESS_PATH_SIZE);

	text_put(&text, "/proc/");
	text_number(&text, (uint64_t)pid);
	text_put_all(&text, "/", name, (char *)NULL);
}

bool process_read_facts(pid_t pid, struct process_facts *facts)
{
	char path[PROCESS_PATH_SIZE];

	process_path(path, pid, "stat");
	char stat[STAT_MAX];
	int error = errno;
	ssize_t n = process_read_file(path, stat, sizeof stat - 1);
	errno = error;
	if (n <= 0)
		return false;
	stat[n] = '\0';

	// "pid (name) state ppid ...": the name may hold spaces and parentheses.
	const char *end = strrchr(stat, ')');
	if (end == NULL || end[1] != ' ' || end[2] == '\0')
		return false;
	const char *state = end + 2;
	*facts = (struct process_facts){
		.state = *state,
		.parent = (pid_t)process_field(state, 1),
		.n_threads = (unsigned long)process_field(state, 17),
		.start_time = process_field(state, 19),
	};
	return true;
}

bool process_is_alive(pid_t pid, uint64_t start_time)
{
	struct process_facts facts;

	if (process_read_facts(pid, &facts)) {
		if (start_time != 0 && facts.start_time != start_time)
			return false;
		// The first thread of a living process may have ended before the others.
		bool is_dead = facts.state == 'Z' || facts.state == 'X';
		return !is_dead || facts.n_threads > 1;
	}

	int error = errno;
	bool is_alive = !(kill(pid, 0) < 0 && errno == ESRCH);
	if (is_alive) {
		// Without /proc a child of ours that ended still answers to kill.
		siginfo_t info = { 0 };
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
		    info.si_pid == pid)
			is_alive = false;
	}
	errno = error;
	return is_alive;
}

bool process_is_ancestor(pid_t ancestor, pid_t pid)
{
	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		struct process_facts facts;
		if (!process_read_facts(pid, &facts))
			return false;
		pid = facts.parent;
		if (pid == ancestor)
			return process_is_alive(pid, 0);
	}
	return false;
}

struct search {
	pid_t parent, known;
	bool is_found;
};

static bool compare(int number, int own, void *context)
{
	struct search *search = context;
	struct process_facts facts;

	(void)own;
	search->is_found = number != search->known && process_read_facts(number, &facts) &&
			   facts.parent == search->parent;
	return !search->is_found;
}

bool process_has_child(pid_t parent, pid_t known)
{
	struct search search = { parent, known, false };
	int error = errno;

	(void)numbers_visit("/proc", compare, &search);
	errno = error;
	return search.is_found;
}
