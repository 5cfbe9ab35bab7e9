// SPDX-License-Identifier: GPL-3.0-or-later
// The frames that a thread has defined (FORMAT.md, section 6).
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "util.h"

// Where no frame is defined.
static struct frame_page no_frames;

static void tags_fill(struct thread *thread, uint32_t tag)
{
	for (size_t i = 0; i < FRAME_TAGS; i++) {
		thread->tags[i] = tag;
	}
}

static uint32_t tag_next(struct decoder *decoder)
{
	decoder->n_tags++;
	if (decoder->n_tags == 0) {
		// The numbers have come round.
		memset(decoder->pushes, 0, sizeof(decoder->pushes));
		for (size_t i = 0; i < decoder->n_threads; i++) {
			tags_fill(decoder->threads[i], ++decoder->n_tags);
		}
		decoder->n_tags++;
	}
	return decoder->n_tags;
}

void decoder_frames_init(struct decoder *decoder, struct thread *thread)
{
	for (size_t i = 0; i < N_FRAME_PAGES; i++) {
		thread->pages[i] = &no_frames;
	}
	tags_fill(thread, tag_next(decoder));
}

void decoder_frames_free(struct thread *thread)
{
	for (size_t i = 0; i < N_FRAME_PAGES; i++) {
		if (thread->pages[i] != &no_frames) {
			free(thread->pages[i]);
		}
	}
}

void decoder_forget_frames(struct decoder *decoder, struct thread *thread)
{
	thread->restart++;
	tags_fill(thread, tag_next(decoder));
}

struct frame *decoder_define_frame(struct decoder *decoder, struct thread *thread, uint64_t id,
				   const struct frame *frame)
{
	struct frame_page **page = &thread->pages[id / FRAMES_PER_PAGE];
	if (*page == &no_frames) {
		*page = xcalloc(1, sizeof(**page));
	}
	if (frame_is_defined(thread, id)) {
		thread->tags[id % FRAME_TAGS] = tag_next(decoder);
	}
	struct frame *place = thread_frame(thread, id);
	*place = *frame;
	return place;
}
