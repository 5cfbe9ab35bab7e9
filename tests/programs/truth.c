// SPDX-License-Identifier: GPL-3.0-or-later
// A program that knows its own live set: it and a child of it work in three stages, each begun at a word from outside,
// and write down in the end which of the blocks they allocated are live. With a third argument another child is born in the second stage.
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	N_BLOCKS = 500,
	N_ROUNDS = 3000,
	N_STAGES = 3,
	SIZE_MAX_ASKED = 300,
	PATH_SIZE = 4096,
	WAITS_MOST = 6000
};

struct block {
	char *at; // NULL: none
	size_t size;
	int is_inherited;
};

static struct block blocks[N_BLOCKS];
static const char *folder;
static uint32_t state;

static uint32_t next_number(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void change(struct block *block)
{
	size_t size = 1 + next_number() % SIZE_MAX_ASKED;

	if (block->at == NULL) {
		*block = (struct block){ malloc(size), size, 0 };
	} else if (next_number() % 4 == 0) {
		*block = (struct block){ realloc(block->at, size), size, 0 };
	} else {
		free(block->at);
		block->at = NULL;
	}
}

static void work(void)
{
	for (int i = 0; i < N_ROUNDS; i++)
		change(&blocks[next_number() % N_BLOCKS]);
}

// FOLDER/WHO.WHAT
static int file_open(const char *what, int flags)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/%ld.%s", folder, (long)getpid(), what);
	return open(path, flags, 0666);
}

static void say_and_wait(int stage)
{
	char name[16], path[PATH_SIZE];

	snprintf(name, sizeof name, "%d", stage);
	close(file_open(name, O_CREAT | O_WRONLY));
	snprintf(path, sizeof path, "%s/go%d", folder, stage);
	for (int i = 0; access(path, F_OK) != 0; i++) {
		if (i == WAITS_MOST)
			_exit(3); // nobody is there any more
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

static void write_down(void)
{
	int fd = file_open("live", O_CREAT | O_WRONLY);

	for (int i = 0; i < N_BLOCKS; i++) {
		char line[64];
		int n = snprintf(line, sizeof line, "0x%lx %zu\n",
				 (unsigned long)(uintptr_t)blocks[i].at, blocks[i].size);
		if (blocks[i].at != NULL && !blocks[i].is_inherited &&
		    write(fd, line, (size_t)n) != n)
			_exit(4);
	}
	close(fd);
}

// Returns as fork does.
static pid_t fork_worker(void)
{
	pid_t child = fork();

	for (int i = 0; child == 0 && i < N_BLOCKS; i++)
		blocks[i].is_inherited = 1;
	state += child == 0;
	return child;
}

static bool await(pid_t child)
{
	int status = 0;

	return waitpid(child, &status, 0) == child && status == 0;
}

// truth FOLDER SEED [late]
int main(int argc, char **argv)
{
	pid_t second = 0;

	bool is_late = argc == 4;

	if (argc != 3 && !is_late)
		return 64;
	folder = argv[1];
	state = (uint32_t)atoi(argv[2]);
	work();
	pid_t first = fork_worker();
	for (int stage = 1; stage < N_STAGES; stage++) {
		if (stage == 2 && is_late && first != 0 && (second = fork_worker()) == 0)
			first = 0;
		work();
		say_and_wait(stage);
	}
	work();
	write_down();
	return (first == 0 || await(first)) && (second == 0 || await(second)) ? 0 : 5;
}
