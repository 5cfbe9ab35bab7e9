// SPDX-License-Identifier: GPL-3.0-or-later
// What the channel's tests share: a traced process of its own for each case, and its stream afterwards.
#ifndef TESTS_UNIT_CHANNEL_CASE_H
#define TESTS_UNIT_CHANNEL_CASE_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/ring.h"
#include "stream_check.h"

// Long enough for an emulated relay on a busy machine: where all goes well nothing takes as long.
enum { CASE_PATIENCE_MS = 20000, CASE_DRAIN_MS = 20000 };

// Seen by the test and by the process of a case.
struct case_notes {
	_Atomic uint32_t n_failed;
	_Atomic uint32_t n_written; // units, by thread 1
	_Atomic uint32_t value;
	_Atomic uint32_t is_go;
};

static struct case_notes *notes;

// The address sanitizer needs more address space, and keeps memory, than some cases allow.
void __asan_init(void) __attribute__((weak));

#define CASE_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s (errno %d)\n", __FILE__,         \
				__LINE__, #condition, errno);                                      \
			atomic_fetch_add(&notes->n_failed, 1);                                     \
		}                                                                                  \
	} while (0)

static inline void case_sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 },
		  NULL);
}

static inline void case_begin(void)
{
	if (notes == NULL)
		notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		abort();
	memset(notes, 0, sizeof *notes);
	fflush(NULL);
}

// Runs `body` in a process of its own, whose standard error goes to the file "messages".
static inline pid_t case_start(void (*body)(void))
{
	case_begin();
	unlink("messages");
	pid_t pid = fork();
	if (pid == 0) {
		if (freopen("messages", "a", stderr) == NULL)
			abort();
		setvbuf(stderr, NULL, _IONBF, 0);
		body();
		_exit(0);
	}
	return pid;
}

// What the process of the case has written to standard error; static storage.
static inline const char *case_messages(void)
{
	static char text[8192];
	FILE *file = fopen("messages", "r");
	size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

	text[n] = '\0';
	if (file != NULL)
		fclose(file);
	return text;
}

// Waits for the process and checks that it ended well, without a failed CASE_CHECK.
static inline void case_finish(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_EQ(atomic_load(&notes->n_failed), 0);
	if (atomic_load(&notes->n_failed) != 0)
		fputs(case_messages(), stderr);
}

static inline void case_run(void (*body)(void))
{
	case_finish(case_start(body));
}

// The stream in `path` once it has its END, or as it is when that takes too long.
static inline struct stream case_stream(const char *path)
{
	uint32_t since = clock_ms();

	for (;;) {
		struct stream stream = stream_read(path);
		if (stream.end != 0 || clock_ms() - since > CASE_PATIENCE_MS)
			return stream;
		stream_free(&stream);
		case_sleep_ms(10);
	}
}

static inline const struct config *case_file(const char *path)
{
	static struct config config;

	config = (struct config){ .sink = CONFIG_SINK_FILE };
	snprintf(config.file, sizeof config.file, "%s", path);
	if (path[0] != '/' && getcwd(config.directory, sizeof config.directory) == NULL)
		config.directory[0] = '\0';
	return &config;
}

// A preamble with nothing but this process's pid.
static inline bool case_open(const struct config *config)
{
	static uint8_t preamble[8] = { WIRE_FIELD_PID,
				       5 }; // a relay that starts later reads it then
	uint32_t pid = (uint32_t)getpid();

	for (int i = 0; i < 5; i++)
		preamble[2 + i] = (uint8_t)((pid >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
	return channel_open(config) && channel_start(config, preamble, 7, NULL);
}

// Writes the thread's pattern from `*at` on in records of 1 to 200 bytes, `size` bytes in all.
static inline bool case_write(struct ring *ring, size_t *at, size_t size)
{
	uint8_t record[200];

	while (size > 0) {
		size_t n = 1 + *at % sizeof record;
		n = n < size ? n : size;
		pattern_fill(record, n, *at, ring->thread);
		channel_sequence_next();
		if (!ring_write(ring, record, n))
			return false;
		*at += n;
		size -= n;
	}
	return true;
}

// Kills the process and waits until it is dead, be it a zombie.
static inline void case_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (process_is_alive(pid, 0))
		case_sleep_ms(1);
}

// An empty folder to work in; the old one is removed. Never returns a failure.
static inline void case_folder(const char *name)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", name, name);
	if (system(command) != 0 || chdir(name) != 0) {
		perror(name);
		exit(1);
	}
}

#endif
