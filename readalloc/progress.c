// SPDX-License-Identifier: GPL-3.0-or-later
// How far the reading is, in one line of the terminal that is written over and over.
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "summary_text.h"
#include "util.h"

enum { COLUMNS_USUAL = 80, SECOND_MS = 1000 };

static const char ERASE[] = "\r\033[K";

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_MS + (uint64_t)now.tv_nsec / 1000000;
}

static size_t columns(void)
{
	struct winsize window;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col
										   : COLUMNS_USUAL;
}

// One write. That the terminal is gone is no matter.
static void put(const char *text, size_t size)
{
	ssize_t n = write(STDERR_FILENO, text, size);
	(void)n;
}

static void line_erase(void)
{
	put(ERASE, sizeof(ERASE) - 1);
}

void progress_start(struct progress *progress, bool is_wanted)
{
	*progress = (struct progress){ .is_wanted = is_wanted && isatty(STDERR_FILENO) };
	if (progress->is_wanted) {
		progress->last_ms = now_ms();
		say_after(line_erase);
	}
}

bool progress_is_due(const struct progress *progress)
{
	return progress->is_wanted && now_ms() - progress->last_ms >= PROGRESS_MS;
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
	char line[320], streams[NUMBER_TEXT_SIZE], events[NUMBER_TEXT_SIZE], rate[NUMBER_TEXT_SIZE];
	char live[NUMBER_TEXT_SIZE], behind[NUMBER_TEXT_SIZE];
	uint64_t now = now_ms();
	uint64_t passed = now > progress->last_ms ? now - progress->last_ms : 1;
	uint64_t n_new = state->n_events - progress->last_events;
	int n = snprintf(
		line, sizeof(line), "%s%s%s%s %s, %s/s, %s live, %s behind", ERASE,
		state->is_many ? text_number(streams, state->n_streams) : "",
		!state->is_many ? "" : text_noun(state->n_streams, " stream, ", " streams, "),
		text_number(events, state->n_events), text_noun(state->n_events, "event", "events"),
		text_number(rate, n_new * SECOND_MS / passed), text_size(live, state->live_bytes),
		text_size(behind, state->n_behind));
	// In the last column some terminals begin a new line.
	size_t most = sizeof(ERASE) - 1 + columns() - 1;
	put(line, (size_t)n < most ? (size_t)n : most);
	progress->is_shown = true;
	progress->last_ms = now;
	progress->last_events = state->n_events;
}

void progress_hide(struct progress *progress)
{
	if (progress->is_shown) {
		line_erase();
		progress->is_shown = false;
	}
}

void progress_end(struct progress *progress)
{
	progress_hide(progress);
	if (progress->is_wanted) {
		say_after(NULL);
		progress->is_wanted = false;
	}
}
