// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc selftest: traces a child of its own on this device, and holds the stream against what the child did.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/locate.h"
#include "libdumpalloc/command/selftest.h"
#include "libdumpalloc/command/stream_look.h"
#include "libdumpalloc/command/trial.h"

static const char *const shape_titles[] = {
#define X(name, title) title,
	SELFTEST_SHAPE_LIST(X)
#undef X
};

// Runs the trial and reads its stream. False: after the line that says what is wrong, which begins with `part`.
static bool look_at(struct trial *trial, struct stream_look *look, const char *part,
		    const char *advice)
{
	memset(look, 0, sizeof *look);
	look->n_marks = SELFTEST_SHAPES + 1;
	for (size_t i = 0; i < look->n_marks; i++)
		look->marks[i].size = SELFTEST_SIZE + i;
	trial_run(trial);
	if (trial->fault == NULL)
		stream_look(look, trial->stream, trial->size);
	free(trial->stream);
	if (trial->fault != NULL)
		command_find(FINDING_FAULT, "%s: %s%s: %s", part, trial->fault, trial->reason,
			     trial->advice != NULL ? trial->advice : advice);
	else if (look->fault != NULL)
		command_find(FINDING_FAULT, "%s: the stream is damaged, %s at byte %zu: %s", part,
			     look->fault, look->fault_at, advice);
	else if (!look->has_end)
		command_find(FINDING_FAULT,
			     "%s: the stream has no end after %zu bytes and 5 seconds: %s", part,
			     trial->size, advice);
	else
		return true;
	return false;
}

// What the child did is all there.
static bool is_complete(const struct stream_look *look, const char *part)
{
	uint64_t least = SELFTEST_PAIRS;

	if (look->n_lost == 0 && look->n_allocations >= least && look->n_frees >= least)
		return true;
	command_find(FINDING_FAULT,
		     "%s: of %" PRIu64 " allocations and as many releases %" PRIu64 " and %" PRIu64
		     " arrived, %" PRIu64
		     " events are counted lost: DUMPALLOC_ON_FULL=wait loses none",
		     part, least, look->n_allocations, look->n_frees, look->n_lost);
	return false;
}

// Return addresses that were found, of those of the chain: in order, perhaps with others in between. ISA bits do not count.
static uint32_t count_found(const struct selftest_calls *calls, size_t shape,
			    const struct look_mark *mark)
{
	uint32_t n = 0;

	for (size_t i = 0; i < mark->n_frames && n < calls->n[shape]; i++)
		n += (mark->frames[i] | 1) == (calls->returns[shape][n] | 1);
	return n;
}

// A stack that breaks off lacks its outermost frames, the first ones: so it is counted from the innermost.
static uint32_t count_from_inside(const struct selftest_calls *calls, size_t shape,
				  const struct look_mark *mark)
{
	uint32_t n = 0;

	for (size_t i = mark->n_frames; i > 0 && n < calls->n[shape]; i--)
		n += (mark->frames[i - 1] | 1) ==
		     (calls->returns[shape][calls->n[shape] - 1 - n] | 1);
	return n;
}

// The shapes whose stacks are complete; with `part`, a line says of each other one how far it went.
static unsigned count_whole(const struct trial *trial, const struct stream_look *look,
			    const char *part, enum finding finding)
{
	unsigned n_whole = 0;

	for (size_t i = 0; i < SELFTEST_SHAPES; i++) {
		const struct look_mark *mark = &look->marks[i];
		const uint32_t n = trial->calls.n[i];
		if (mark->is_found && count_found(&trial->calls, i, mark) == n)
			n_whole++;
		else if (part != NULL)
			command_find(finding, "%s: of the stack of %s %u of %u calls are found",
				     part, shape_titles[i],
				     count_from_inside(&trial->calls, i, mark), n);
	}
	return n_whole;
}

// The modes beside the one in use: what they would find.
static void compare_walkers(const char *library, unsigned n_in_use)
{
	static const char *const modes[] = { "auto", "tables", "scan", "fp", "gcc" };
	char better[64] = "";

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct stream_look look = { .n_marks = SELFTEST_SHAPES + 1 };
		struct trial trial = { .library = library,
				       .variable = "DUMPALLOC_UNWIND",
				       .value = modes[i] };
		for (size_t m = 0; m < look.n_marks; m++)
			look.marks[m].size = SELFTEST_SIZE + m;
		trial_run(&trial);
		if (trial.fault == NULL)
			stream_look(&look, trial.stream, trial.size);
		free(trial.stream);
		unsigned n = count_whole(&trial, &look, NULL, FINDING_NOTE);
		command_find(FINDING_NOTE, "walker %s: %u of %u stacks are whole", modes[i], n,
			     (unsigned)SELFTEST_SHAPES);
		if (n > n_in_use) {
			n_in_use = n;
			snprintf(better, sizeof better, "%s", modes[i]);
		}
	}
	if (better[0] != '\0')
		command_find(FINDING_NOTE, "walker: set DUMPALLOC_UNWIND=%s", better);
}

static void check_walker(const char *library, const struct trial *trial,
			 const struct stream_look *look)
{
	unsigned n = count_whole(trial, look, "walker", FINDING_FAULT);

	if (n == SELFTEST_SHAPES)
		command_find(FINDING_OK, "walker: %u of %u stacks are whole: %s", n,
			     (unsigned)SELFTEST_SHAPES,
			     "nested, alloca, qsort, signal handler, thread");
	else
		compare_walkers(library, n);
}

// The child slept between the two.
static void check_clock(const struct stream_look *look)
{
	const struct look_mark *last = &look->marks[SELFTEST_SHAPES];
	int64_t moved = (int64_t)(last->time - look->marks[SELFTEST_thread].time) / 1000;
	struct timespec step = { 0 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &step);
	long step_ms = (long)step.tv_sec * 1000 + step.tv_nsec / 1000000;
	if (!last->is_found || moved < SELFTEST_PAUSE_MS / 2)
		command_find(
			FINDING_FAULT,
			"clock: %d ms passed, %" PRId64
			" ms of them in the stream: times and rates will be wrong, all else holds",
			(int)SELFTEST_PAUSE_MS, moved);
	else
		command_find(FINDING_OK, "clock: %" PRId64 " ms for %d, in steps of %ld ms", moved,
			     (int)SELFTEST_PAUSE_MS, step_ms);
}

static void check_relay(const char *library)
{
	static const char advice[] = "what a killed program recorded may be lost; "
				     "DUMPALLOC_RELAY=never writes each record at once";
	struct trial trial = { .library = library, .is_killed = true };
	struct stream_look look;
	const char *mode = getenv("DUMPALLOC_RELAY");

	if (mode != NULL && strcmp(mode, "never") == 0) {
		command_find(FINDING_NOTE, "relay: not used, by DUMPALLOC_RELAY=never");
		return;
	}
	if (!look_at(&trial, &look, "relay", advice) || !is_complete(&look, "relay"))
		return;
	if (look.message[0] != '\0')
		command_find(FINDING_FAULT, "relay: %s: %s", look.message, advice);
	else
		command_find(FINDING_OK,
			     "relay: a program that is killed loses none of %" PRIu64 " events",
			     look.n_events);
}

static void check_peer(const char *library)
{
	struct trial trial = { .library = library, .is_to_peer = true };
	struct stream_look look;

	if (look_at(&trial, &look, "peer", "DUMPALLOC_SERVER will not work here") &&
	    is_complete(&look, "peer"))
		command_find(FINDING_OK, "peer: %" PRIu64 " events in %zu bytes by TCP",
			     look.n_events, trial.size);
}

int command_selftest(int argc, char **argv)
{
	char library[LOCATE_PATH_MAX];
	struct trial trial = { .library = library };
	struct stream_look look;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--help") == 0)) {
		command_say("usage: dumpalloc selftest [LIBRARY]");
		return COMMAND_USAGE;
	}
	if (!locate_library(argc == 2 ? argv[1] : NULL, library))
		return COMMAND_USAGE;
	if (!look_at(&trial, &look, "preload and file",
		     "the library's own line above, if there is one, says why"))
		return COMMAND_FAULT;
	command_find(FINDING_OK, "preload and file: a stream of %zu bytes, whole", trial.size);
	if (is_complete(&look, "ring"))
		command_find(FINDING_OK, "ring: %" PRIu64 " events, none lost", look.n_events);
	check_walker(library, &trial, &look);
	check_clock(&look);
	check_relay(library);
	check_peer(library);
	return command_has_fault() ? COMMAND_FAULT : 0;
}
