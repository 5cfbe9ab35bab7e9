// SPDX-License-Identifier: GPL-3.0-or-later
// One run: over one input, or over many streams.
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "checkpoint.h"
#include "debug_server.h"
#include "doctor.h"
#include "input.h"
#include "listen.h"
#include "options.h"
#include "rootfs.h"
#include "session.h"
#include "session_input.h"
#include "session_slice.h"
#include "util.h"
#include "verify.h"

// Adds each directory of the list. False, after having said why: one cannot be opened.
static bool trees_add(struct rootfs *rootfs, const struct directory_list *list,
		      bool (*add)(struct rootfs *rootfs, const char *path))
{
	for (size_t i = 0; i < list->n; i++) {
		if (!add(rootfs, list->paths[i])) {
			say("%s: %s", list->paths[i], strerror(errno));
			return false;
		}
	}
	return true;
}

static struct rootfs *tree_open(const struct options *options)
{
	struct rootfs *rootfs = rootfs_new();
	if (!trees_add(rootfs, &options->rootfs, rootfs_add_tree) ||
	    !trees_add(rootfs, &options->extra, rootfs_add_extra) ||
	    !trees_add(rootfs, &options->debug, rootfs_add_debug)) {
		rootfs_free(rootfs);
		return NULL;
	}
	return rootfs;
}

// The exit code of a session that has ended.
static int session_conclude(struct session *session)
{
	bool is_damaged =
		session->damage[0] != '\0' || (session->base && session->base->damage[0] != '\0');
	session_close_reports(session);
	bool has_failed = session->has_failed, is_beyond = session->is_beyond;
	bool is_unbound = session_is_unbound(session);
	bool is_unjudged = session->options->gates.n != 0 && !session->has_judged;
	bool is_for_nobody = session->is_unread && !session->has_written;
	session_free(session);
	if (has_failed) {
		return EXIT_SYSTEM;
	}
	if (is_beyond) {
		return EXIT_GATE;
	}
	if (is_unjudged) {
		say("--fail-if: nothing came that could be judged");
		return EXIT_DAMAGED;
	}
	if (is_for_nobody) {
		// Nothing was left to do: the end of any filter that is not read.
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return is_damaged || is_unbound ? EXIT_DAMAGED : EXIT_WELL;
}

// NULL, after having said why: it cannot be opened.
static struct input *input_start(const struct options *options)
{
	struct input *input = options->is_following ? input_open_following(options->input)
						    : input_open(options->input);
	if (!input) {
		say("%s: %s", options->input ? options->input : "standard input", strerror(errno));
	}
	return input;
}

static int verify_input(const struct options *options)
{
	struct input *input = input_start(options);
	if (!input) {
		return EXIT_SYSTEM;
	}
	int exit_code = verify_run(options, input);
	input_close(input);
	return exit_code;
}

// False, after having said why: the state of its reading cannot be kept.
static bool checkpoint_check(const struct options *options, const struct input *input)
{
	if (options->checkpoint && !input_can_return(input)) {
		say("--checkpoint %s: %s is no regular file and cannot be read again: write it to "
		    "one and read that with --follow",
		    options->checkpoint, options->input);
		return false;
	}
	return true;
}

// A session that goes on where the checkpoint, if there is one, says.
static struct session *session_begin(const struct options *options, struct rootfs *rootfs,
				     struct checkpoint *checkpoint)
{
	struct session *session = session_new(options, rootfs);
	if (checkpoint && !checkpoint_resume(checkpoint, session)) {
		session_free(session);
		session = session_new(options, rootfs);
	}
	session->checkpoint = checkpoint;
	return session;
}

static int input_report(const struct options *options, struct rootfs *rootfs, struct base *base)
{
	struct input *input = input_start(options);
	if (!input) {
		return EXIT_SYSTEM;
	}
	if (!checkpoint_check(options, input)) {
		input_close(input);
		return EXIT_USAGE;
	}
	struct checkpoint *checkpoint = options->checkpoint ? checkpoint_new(options, input) : NULL;
	if (checkpoint && !checkpoint_lock(checkpoint)) {
		checkpoint_free(checkpoint);
		input_close(input);
		return EXIT_SYSTEM;
	}
	// A reader of standard output that has enough must not cost the other reports.
	signal(SIGPIPE, SIG_IGN);
	struct session *session = session_begin(options, rootfs, checkpoint);
	if (base) {
		session->base = base_session(base);
	}
	session_work_ahead(session);
	if (!session_read(session, input)) {
		session->has_failed = true;
	}
	session_write_reports(session, SESSION_EVENTS | SESSION_SNAPSHOTS |
					       (options->gates.n != 0 ? SESSION_GATES : 0));
	session_say(session, options_input_label(options));
	session->has_failed |= checkpoint && checkpoint_has_failed(checkpoint);
	checkpoint_free(checkpoint);
	input_close(input);
	return session_conclude(session);
}

static int streams_run(const struct options *options, struct rootfs *rootfs)
{
	struct base *base = NULL;
	int exit_code = EXIT_WELL;
	if (options->base && !(base = base_read(options, rootfs, &exit_code))) {
		return exit_code;
	}
	exit_code = options_are_many(options)
			    ? listen_run(options, rootfs, base ? base_session(base) : NULL)
			    : input_report(options, rootfs, base);
	base_free(base);
	return exit_code;
}

int run(const struct options *options)
{
	if (options->is_verify) {
		return verify_input(options);
	}
	if (options->asks_servers && !debug_server_enable()) {
		return EXIT_USAGE;
	}
	struct rootfs *rootfs = tree_open(options);
	if (!rootfs) {
		return EXIT_SYSTEM;
	}
	int exit_code;
	if (options->is_doctor) {
		exit_code = doctor_run(rootfs, options->programs, options->n_programs);
	} else {
		exit_code = streams_run(options, rootfs);
	}
	rootfs_free(rootfs);
	return exit_code;
}
