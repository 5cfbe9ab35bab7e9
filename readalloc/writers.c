// SPDX-License-Identifier: GPL-3.0-or-later
// Processes that write reports beside the one that reads: each has the memory as it was when it was started.
#include "writers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unpacked.h"
#include "util.h"

void writers_init(struct writers *writers)
{
	long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
	*writers = (struct writers){ .n_most = 2 };
	unpacked_share();
	if (n_processors > 2) {
		writers->n_most = n_processors < WRITERS_MAX ? (unsigned)n_processors : WRITERS_MAX;
	}
}

bool writers_may_start(const struct writers *writers, bool is_alone)
{
	for (size_t i = 0; i < WRITERS_MAX; i++) {
		if (writers->writers[i].pid != 0 && writers->writers[i].is_alone) {
			return false;
		}
	}
	return writers->n < (is_alone ? 1 : writers->n_most);
}

static void code_note(struct writers *writers, int code)
{
	writers->is_beyond = writers->is_beyond || code == EXIT_GATE;
	writers->is_damaged = writers->is_damaged || code == EXIT_DAMAGED;
	writers->has_failed = writers->has_failed ||
			      (code != EXIT_WELL && code != EXIT_GATE && code != EXIT_DAMAGED);
}

void writers_start(struct writers *writers, int (*work)(void *context), void *context,
		   const char *name, const char *label)
{
	fflush(NULL); // what is buffered is the parent's to write
	pid_t pid = fork();
	if (pid < 0) {
		code_note(writers, work(context));
		return;
	}
	if (pid == 0) {
		_exit(work(context));
	}
	struct writer *writer = writers->writers;
	while (writer->pid != 0) {
		writer++;
	}
	*writer = (struct writer){ .pid = pid, .is_alone = name == NULL };
	if (name) {
		writer->name = xstrndup(name, strlen(name));
	}
	snprintf(writer->label, sizeof(writer->label), "%s", label);
	writers->n++;
}

bool writers_have(const struct writers *writers, const char *name)
{
	for (size_t i = 0; i < WRITERS_MAX; i++) {
		const struct writer *writer = &writers->writers[i];
		if (writer->pid != 0 && writer->name && strcmp(writer->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static void writer_end(struct writers *writers, struct writer *writer, int status)
{
	if (WIFSIGNALED(status)) {
		say("%s: its reports are not complete: their writer was ended by signal %d",
		    writer->label, WTERMSIG(status));
	}
	code_note(writers, WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM);
	writer->pid = 0;
	free(writer->name);
	writer->name = NULL;
	writers->n--;
}

void writers_reap(struct writers *writers, bool is_patient)
{
	for (size_t i = 0; i < WRITERS_MAX; i++) {
		struct writer *writer = &writers->writers[i];
		int status;
		if (writer->pid != 0 && waitpid(writer->pid, &status, WNOHANG) == writer->pid) {
			writer_end(writers, writer, status);
			is_patient = false;
		}
	}
	for (size_t i = 0; is_patient && i < WRITERS_MAX; i++) {
		struct writer *writer = &writers->writers[i];
		int status = 0;
		if (writer->pid != 0) {
			while (waitpid(writer->pid, &status, 0) < 0 && errno == EINTR) {
			}
			writer_end(writers, writer, status);
			return;
		}
	}
}
