// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a checkpoint behind its first section, every checksum made right; what is taken for a state goes on, ends, and is
// reported.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive_repair.h"
#include "checkpoint_input.h"
#include "checkpoint_state.h"
#include "options.h"
#include "report.h"
#include "session.h"
#include "snapshot_build.h"
#include "symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BEGIN_MAX = 4096 };

static struct options options;
static uint8_t begin
	[BEGIN_MAX]; // the start and the first section, which name this version and the options
static size_t begin_size;
static FILE *nowhere;

static void begin_make(void)
{
	struct archive archive;
	int fd = memfd_create("begin", 0);
	nowhere = fopen("/dev/null", "w");
	if (!nowhere || fd < 0) {
		abort();
	}
	checkpoint_input_options(&options);
	struct checkpoint_state state = { .session = session_new(&options, NULL) };
	archive_create(&archive, fd);
	if (checkpoint_archive(&archive, &state) || !archive_close(&archive) ||
	    pread(fd, begin, sizeof(begin), 0) < ARCHIVE_START_SIZE + ARCHIVE_SECTION_SIZE) {
		abort();
	}
	begin_size = checkpoint_input_at(begin);
	session_free(state.session);
	close(fd);
}

static void reports_write(struct session *session)
{
	const struct report_options settings = { .threshold = -1 };
	session_start_symbols(session);
	struct snapshot *snapshot =
		snapshot_build(&session->model, &session->decoder.preamble, session_lost(session),
			       session->damage[0] ? session->damage : NULL);
	analyses_show(&session->analyses, &session->model, snapshot);
	for (size_t i = 0; report_at(i); i++) {
		const struct report *report = report_at(i);
		if (report->write && !(report->needs & NEEDS_CHANGES) &&
		    !report->write(nowhere, snapshot, session->symbols, &settings)) {
			abort();
		}
	}
	snapshot_free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (begin_size == 0) {
		begin_make();
	}
	uint8_t *bytes = malloc(begin_size + size);
	if (!bytes) {
		return 0;
	}
	memcpy(bytes, begin, begin_size);
	if (size != 0) {
		memcpy(bytes + begin_size, data, size);
	}
	archive_repair(bytes, begin_size + size);
	struct archive archive;
	struct checkpoint_state state = { .session = session_new(&options, NULL) };
	const char *wrong = archive_open(&archive, bytes, begin_size + size);
	wrong = wrong ? wrong : checkpoint_archive(&archive, &state);
	if (!wrong) {
		session_feed(state.session, state.rest, state.n_rest, true);
		session_end(state.session);
		if (state.session->decoder.has_preamble) {
			reports_write(state.session);
		}
	}
	session_free(state.session);
	free(state.rest);
	free(bytes);
	return 0;
}
