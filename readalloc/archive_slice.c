// SPDX-License-Identifier: GPL-3.0-or-later
// Which events belong to a slice, and which threads count, in an archive.
#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "selection.h"
#include "slice.h"
#include "util.h"

void slice_archive(struct archive *archive, struct slice *slice)
{
	uint64_t state = slice->state;
	uint32_t n = (uint32_t)slice->n_tags;
	archive_up_to(archive, &state, SLICE_REVERSED);
	slice->state = (enum slice_state)state;
	archive_u64(archive, &slice->time);
	archive_u64(archive, &slice->n_snapshots);
	archive_u64(archive, &slice->begin);
	archive_u64(archive, &slice->end);
	archive_u64(archive, &slice->next_seq);
	archive_u64(archive, &slice->n_missing);
	archive_bool(archive, &slice->has_more_tags);
	archive_index(archive, &n, SLICE_TAGS_MAX + 1, false);
	for (uint32_t i = 0; i < n; i++) {
		archive_text(archive, &slice->tags[i]);
		if (archive->is_reading) {
			slice->tags[i] = slice->tags[i] ? slice->tags[i] : xstrndup("", 0);
			slice->n_tags++;
		}
	}
}

void selection_archive(struct archive *archive, struct selection *selection)
{
	size_t n = selection->n_threads;
	archive_count(archive, &n);
	if (archive->is_reading) {
		selection->threads = xcalloc(n, sizeof(*selection->threads));
		selection->n_threads = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct selection_thread *thread = &selection->threads[i];
		archive_u64(archive, &thread->bits);
		archive_u32(archive, &thread->tid);
		archive_bool(archive, &thread->is_known);
	}
}
