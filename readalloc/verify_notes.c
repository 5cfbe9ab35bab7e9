// SPDX-License-Identifier: GPL-3.0-or-later
// What was found wrong with a stream, in lists that do not grow with it.
#include "verify_notes.h"

#include <inttypes.h>

#include "event.h"
#include "summary_text.h"

static void damage(void *context, uint64_t at, const char *reason)
{
	struct verify_notes *notes = context;
	if (notes->n_places == VERIFY_LINES_MAX) {
		notes->n_more_places++;
		return;
	}
	notes->places[notes->n_places++] = (struct verify_place){ at, 0, reason };
}

static void skip(void *context, uint64_t n)
{
	struct verify_notes *notes = context;
	if (notes->n_places != 0 && notes->n_more_places == 0) {
		notes->places[notes->n_places - 1].size += n;
	}
}

static bool has_open_gap(const struct verify_notes *notes, const struct thread *thread)
{
	for (size_t i = 0; i < notes->n_gaps; i++) {
		if (notes->gaps[i].thread == thread && notes->gaps[i].until == 0) {
			return true;
		}
	}
	return false;
}

static void gap(void *context, const struct thread *thread, uint64_t at, uint32_t first, uint32_t n)
{
	struct verify_notes *notes = context;
	if (n == 0 && has_open_gap(notes, thread)) {
		return;
	}
	if (notes->n_gaps == VERIFY_LINES_MAX) {
		notes->n_more_gaps++;
		return;
	}
	notes->gaps[notes->n_gaps++] =
		(struct verify_gap){ .thread = thread, .at = at, .first = first, .n = n };
}

static void restart(void *context, const struct thread *thread, uint64_t at)
{
	struct verify_notes *notes = context;
	for (size_t i = 0; i < notes->n_gaps; i++) {
		if (notes->gaps[i].thread == thread && notes->gaps[i].until == 0) {
			notes->gaps[i].until = at;
		}
	}
}

const struct decode_watch verify_notes_watch = {
	.damage = damage,
	.skip = skip,
	.gap = gap,
	.restart = restart,
};

void verify_notes_lost(struct verify_notes *notes, const struct thread *thread,
		       const struct event *event)
{
	const struct note *note = event->note;
	size_t i = 0;
	while (i < notes->n_losses &&
	       (notes->losses[i].thread != thread || notes->losses[i].reason != note->flags)) {
		i++;
	}
	if (i == VERIFY_LINES_MAX) {
		notes->n_more_losses += note->number;
		return;
	}
	struct verify_loss *loss = &notes->losses[i];
	if (i == notes->n_losses) {
		*loss = (struct verify_loss){ thread, note->flags, 0, event->seq, event->seq };
		notes->n_losses++;
	}
	loss->n += note->number;
	loss->last = event->seq;
}

static void write_more(FILE *out, uint64_t n, const char *one, const char *many)
{
	if (n != 0) {
		fprintf(out, "and %" PRIu64 " more %s\n", n, text_noun(n, one, many));
	}
}

static void write_places(const struct verify_notes *notes, FILE *out)
{
	for (size_t i = 0; i < notes->n_places; i++) {
		const struct verify_place *place = &notes->places[i];
		if (place->size > 1) {
			fprintf(out, "bytes %" PRIu64 " to %" PRIu64 ": %s\n", place->at,
				place->at + place->size - 1, place->reason);
		} else {
			fprintf(out, "byte %" PRIu64 ": %s\n", place->at, place->reason);
		}
	}
	write_more(out, notes->n_more_places, "damaged place", "damaged places");
}

static void write_thread(FILE *out, const struct thread *thread)
{
	fprintf(out, "thread %" PRIu32, thread->number);
	// Where its first block is missing, the system's number may never have come.
	if (thread->tid != 0) {
		fprintf(out, " (tid %" PRIu32 ")", thread->tid);
	}
}

static void write_gap(const struct verify_gap *gap, FILE *out)
{
	write_thread(out, gap->thread);
	if (gap->n == 0) {
		fprintf(out, ": unreadable from the block at byte %" PRIu64 " on", gap->at);
	} else if (gap->n == 1) {
		fprintf(out, ": block %" PRIu32 " is missing before byte %" PRIu64, gap->first,
			gap->at);
	} else {
		fprintf(out, ": blocks %" PRIu32 " to %" PRIu32 " are missing before byte %" PRIu64,
			gap->first, gap->first + gap->n - 1, gap->at);
	}
	if (gap->until != 0) {
		fprintf(out, "; read again from a restart in the block at byte %" PRIu64 "\n",
			gap->until);
	} else {
		fputs("; nothing of it can be read after that\n", out);
	}
}

static void write_gaps(const struct verify_notes *notes, FILE *out)
{
	for (size_t i = 0; i < notes->n_gaps; i++) {
		write_gap(&notes->gaps[i], out);
	}
	write_more(out, notes->n_more_gaps, "gap in a thread", "gaps in threads");
}

static void write_holes(const struct verify_notes *notes, FILE *out)
{
	for (size_t i = 0; i < notes->holes.n; i++) {
		const struct number_range *hole = &notes->holes.list[i];
		if (hole->first == hole->last) {
			fprintf(out, "event %" PRIu64 " is missing\n", hole->first);
		} else {
			fprintf(out, "events %" PRIu64 " to %" PRIu64 " are missing\n", hole->first,
				hole->last);
		}
	}
	write_more(out, notes->holes.n_more, "hole in the numbers of events",
		   "holes in the numbers of events");
}

static const char *words_of(uint64_t reason)
{
	static const char *const words[] = {
#define X(number, id, word, words) [number] = (words),
		WIRE_LOST_LIST(X)
#undef X
	};
	size_t n = sizeof(words) / sizeof(words[0]);
	return reason < n && words[reason] ? words[reason] : "for a reason not known here";
}

static void write_losses(const struct verify_notes *notes, FILE *out)
{
	for (size_t i = 0; i < notes->n_losses; i++) {
		const struct verify_loss *loss = &notes->losses[i];
		write_thread(out, loss->thread);
		fprintf(out, ", told by event %" PRIu64, loss->first);
		if (loss->last != loss->first) {
			fprintf(out, " to %" PRIu64, loss->last);
		}
		fprintf(out, ": %" PRIu64 " %s lost, %s\n", loss->n,
			text_noun(loss->n, "event was", "events were"), words_of(loss->reason));
	}
	write_more(out, notes->n_more_losses, "event lost in other threads",
		   "events lost in other threads");
}

void verify_notes_write(const struct verify_notes *notes, FILE *out)
{
	write_places(notes, out);
	write_gaps(notes, out);
	write_holes(notes, out);
	write_losses(notes, out);
}
