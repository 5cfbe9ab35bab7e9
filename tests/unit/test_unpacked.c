// SPDX-License-Identifier: GPL-3.0-or-later
// What one process has unpacked is there for the others, of the same file alone.
#include "check.h"

#include "unpacked.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint8_t section[] = "what is in the section";

static int file_new(const char *text)
{
	char path[] = "unpacked.XXXXXX";
	int fd = mkstemp(path);
	CHECK(fd >= 0 && unlink(path) == 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

// Whether the section is there as it should be; else it is claimed.
static bool is_there(int fd, uint64_t offset, unsigned *claim)
{
	size_t size = 0;
	uint8_t *bytes = unpacked_find(fd, offset, &size, claim);
	bool is_same = bytes && size == sizeof(section) && memcmp(bytes, section, size) == 0 &&
		       bytes[size] == 0;
	CHECK(!bytes || is_same);
	free(bytes);
	return is_same;
}

static void nothing_is_there_where_nothing_is_shared(void)
{
	int fd = file_new("a");
	unsigned claim;
	CHECK(!is_there(fd, 8, &claim));
	unpacked_keep(claim, section, sizeof(section));
	CHECK(!is_there(fd, 8, &claim));
	close(fd);
}

static void what_a_child_unpacks_is_there(void)
{
	int fd = file_new("a"), other = file_new("other");
	unsigned claim;
	pid_t child = fork();
	if (child == 0) {
		bool was_there = is_there(fd, 8, &claim);
		unpacked_keep(claim, section, sizeof(section));
		_exit(was_there);
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(is_there(fd, 8, &claim));
	CHECK(is_there(fd, 8, &claim));
	CHECK(!is_there(fd, 16, &claim));
	CHECK(!is_there(other, 8, &claim));
	CHECK(write(fd, "more", 4) == 4); // another file now
	CHECK(!is_there(fd, 8, &claim));
	close(fd);
	close(other);
}

static void what_nobody_gave_is_not_there(void)
{
	int fd = file_new("bb");
	unsigned first, second;
	CHECK(!is_there(fd, 8, &first));
	CHECK(!is_there(fd, 8, &second)); // claimed by the first
	unpacked_keep(second, section, sizeof(section));
	CHECK(!is_there(fd, 8, &second));
	unpacked_keep(first, section, sizeof(section));
	CHECK(is_there(fd, 8, &second));
	close(fd);
}

static void there_is_an_end_to_what_is_kept(void)
{
	enum { SIZE = 40 << 20, N = 1000 };
	uint8_t *large = calloc(1, SIZE);
	size_t size;
	unsigned claim, n = 0;
	int fd = file_new("ccc");
	for (unsigned i = 0; i < N; i++) {
		uint8_t *bytes = unpacked_find(fd, i, &size, &claim);
		CHECK(!bytes);
		unpacked_keep(claim, large, i < 10 ? SIZE : 1);
	}
	for (unsigned i = 0; i < N; i++) {
		uint8_t *bytes = unpacked_find(fd, i, &size, &claim);
		n += bytes && size == SIZE;
		free(bytes);
	}
	CHECK(n >= 1 && n <= 6);
	free(large);
	close(fd);
}

int main(void)
{
	nothing_is_there_where_nothing_is_shared();
	unpacked_share();
	what_a_child_unpacks_is_there();
	what_nobody_gave_is_not_there();
	there_is_an_end_to_what_is_kept();
	return check_result();
}
