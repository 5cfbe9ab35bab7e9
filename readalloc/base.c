// SPDX-License-Identifier: GPL-3.0-or-later
// The run that another is compared with.
#include "base.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "options.h"
#include "rootfs.h"
#include "session.h"
#include "session_input.h"
#include "session_slice.h"
#include "util.h"

struct base {
	struct options options;
	struct rootfs *rootfs; // NULL: it has none of its own
	struct session *session;
};

// The trees of --base-rootfs; the other ways to look for files are the same for both. False, after having said why: one
// cannot be opened.
static bool trees_open(struct base *base)
{
	const struct directory_list *list = &base->options.base_rootfs;
	base->rootfs = list->n != 0 ? rootfs_new() : NULL;
	for (size_t i = 0; i < list->n; i++) {
		if (!rootfs_add_tree(base->rootfs, list->paths[i])) {
			say("%s: %s", list->paths[i], strerror(errno));
			return false;
		}
	}
	return true;
}

static bool stream_read(struct base *base)
{
	struct input *input = input_open(base->options.input);
	if (!input) {
		say("%s: %s", base->options.input, strerror(errno));
		return false;
	}
	bool is_read = session_read(base->session, input);
	input_close(input);
	return is_read;
}

struct base *base_read(const struct options *options, struct rootfs *rootfs, int *exit_code)
{
	struct base *base = xcalloc(1, sizeof(*base));
	base->options = options_of_base(options);
	*exit_code = EXIT_SYSTEM;
	if (!trees_open(base)) {
		base_free(base);
		return NULL;
	}
	base->session = session_new(&base->options, base->rootfs ? base->rootfs : rootfs);
	if (!stream_read(base)) {
		base_free(base);
		return NULL;
	}
	session_say(base->session, options->base);
	if (!base->session->decoder.has_preamble) {
		*exit_code = EXIT_DAMAGED;
		base_free(base);
		return NULL;
	}
	if (base->session->has_slice && !session_slice_has_begun(base->session)) {
		*exit_code = EXIT_DAMAGED;
		base_free(base);
		return NULL;
	}
	return base;
}

void base_free(struct base *base)
{
	if (!base) {
		return;
	}
	if (base->session) {
		session_free(base->session);
	}
	if (base->rootfs) {
		rootfs_free(base->rootfs);
	}
	free(base);
}

struct session *base_session(struct base *base)
{
	return base->session;
}
