// SPDX-License-Identifier: GPL-3.0-or-later
// What a program's file is named: also without /proc, and where the file is deleted.
#define _GNU_SOURCE
#include "libdumpalloc/executable.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { NAME_SIZE = 256 };

static bool is_named(const char *expected)
{
	char name[NAME_SIZE];

	executable_name(name, sizeof name);
	if (strcmp(name, expected) != 0)
		fprintf(stderr, "\"%s\" is not \"%s\"\n", name, expected);
	return strcmp(name, expected) == 0;
}

static void this_program_is_named(void)
{
	char path[4096], small[5];

	CHECK(is_named("test_executable"));
	size_t n = executable_link(path, sizeof path);
	CHECK_EQ(n, strlen(path));
	CHECK(path[0] == '/');
	CHECK_STR(executable_path(path, sizeof path), path);
	executable_name(small, sizeof small);
	CHECK_STR(small, "test");
}

static int child_code(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// As in a cell of a service, or early at boot.
static void without_proc_it_is_what_was_executed(void)
{
	char folder[] = "executable.XXXXXX";

	if (geteuid() != 0) {
		check_lack("root");
		return;
	}
	CHECK(mkdtemp(folder) != NULL);
	pid_t child = fork();
	if (child == 0)
		_exit(chroot(folder) != 0 || !is_named("test_executable"));
	CHECK_EQ(child_code(child), 0);
	CHECK_EQ(rmdir(folder), 0);
}

static void copy_self(const char *path)
{
	char bytes[4096];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0)
		CHECK_EQ(write(to, bytes, (size_t)n), n);
	close(from);
	CHECK_EQ(close(to), 0);
}

// Starts a copy of itself; main() takes up there.
static void a_deleted_file_keeps_its_name(void)
{
	static const char copy[] = "./executable.copy";
	const char *emulator = getenv("EMULATOR");

	if (emulator != NULL && *emulator != '\0')
		return; // it is what would be started
	copy_self(copy);
	pid_t child = fork();
	if (child == 0) {
		execl(copy, copy, "executable.copy", (char *)NULL);
		_exit(2);
	}
	CHECK_EQ(child_code(child), 0);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return unlink(argv[0]) != 0 || !is_named(argv[1]);
	this_program_is_named();
	without_proc_it_is_what_was_executed();
	a_deleted_file_keeps_its_name();
	return check_result();
}
