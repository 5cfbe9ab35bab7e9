// SPDX-License-Identifier: GPL-3.0-or-later
// What a checkpoint has is what was put in: a session that is made of it goes on as the one it is of. Nothing else is taken for one.
#define _GNU_SOURCE
#include "checkpoint_state.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../fuzz/archive_repair.h"
#include "../fuzz/checkpoint_input.h"
#include "check.h"
#include "options.h"
#include "session.h"

enum { STREAM_MAX = 4096, STATE_MAX = 1 << 20 };

// The streams of the fuzz target are small and have all that there is.
static const char *const streams[] = { "damage",  "elided",  "first",      "losses", "mappings",
				       "memory",  "missing", "no-charges", "reuse",  "threads",
				       "unknown", "ways",    "wrap" };
enum { N_STREAMS = sizeof(streams) / sizeof(streams[0]) };

struct bytes {
	size_t n;
	uint8_t at[STREAM_MAX];
};

static FILE *corpus_open(const char *target, const char *name, const char *mode)
{
	char path[4096];
	const char *source = getenv("SOURCE");
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s", source ? source : ".", target,
		 name);
	FILE *file = fopen(path, mode);
	CHECK(file);
	return file;
}

static struct bytes stream_read(const char *name)
{
	struct bytes bytes = { 0 };
	FILE *file = corpus_open("decode", name, "rb");
	bytes.n = file ? fread(bytes.at, 1, STREAM_MAX, file) : 0;
	CHECK(bytes.n != 0 && bytes.n < STREAM_MAX);
	if (file) {
		fclose(file);
	}
	return bytes;
}

static const char *const reports[] = { "json", "summary", "massif", "dhat" };
enum { N_REPORTS = sizeof(reports) / sizeof(reports[0]), ARGUMENTS_MAX = 40, NAME_SIZE = 32 };

// Two sets of files; `more` options are given before them.
static void options_make(struct options *options, char side, const char *const *more)
{
	static char names[2][N_REPORTS][NAME_SIZE];
	const char *argv[ARGUMENTS_MAX] = { "readalloc", "-i", "-" };
	int n = 3, exit_code;
	argv[2] = "stream";
	for (; more && *more; more++) {
		argv[n++] = *more;
	}
	for (size_t i = 0; i < N_REPORTS; i++) {
		char *name = names[side == 'b'][i];
		snprintf(name, NAME_SIZE, "checkpoint.%c.%s", side, reports[i]);
		argv[n++] = "-f";
		argv[n++] = reports[i];
		argv[n++] = "-o";
		argv[n++] = name;
	}
	argv[n++] = "/";
	argv[n] = NULL;
	optind = 1;
	CHECK(options_parse(options, n, (char **)(uintptr_t)argv, &exit_code));
}

static bool file_equals(const char *report)
{
	char one[NAME_SIZE], other[NAME_SIZE];
	snprintf(one, sizeof(one), "checkpoint.a.%s", report);
	snprintf(other, sizeof(other), "checkpoint.b.%s", report);
	FILE *files[] = { fopen(one, "rb"), fopen(other, "rb") };
	bool is_equal = !files[0] == !files[1];
	while (files[0] && files[1] && is_equal) {
		int c = getc(files[0]);
		is_equal = c == getc(files[1]);
		if (c == EOF) {
			break;
		}
	}
	for (int i = 0; i < 2; i++) {
		if (files[i]) {
			fclose(files[i]);
		}
	}
	unlink(one);
	unlink(other);
	return is_equal;
}

// The state of the session, which has not decoded `rest`. The caller frees.
static uint8_t *state_write(struct session *session, const uint8_t *rest, size_t n_rest,
			    size_t *size)
{
	struct archive archive;
	struct checkpoint_state state = { .session = session,
					  .rest = (uint8_t *)(uintptr_t)rest,
					  .n_rest = n_rest };
	int fd = memfd_create("state", 0);
	archive_create(&archive, fd);
	CHECK(!checkpoint_archive(&archive, &state));
	CHECK(archive_close(&archive));
	uint8_t *bytes = malloc(STATE_MAX);
	ssize_t n = pread(fd, bytes, STATE_MAX, 0);
	CHECK(n > 0 && n < STATE_MAX);
	*size = (size_t)n;
	close(fd);
	return bytes;
}

// NULL: they are a state, and `session` has it.
static const char *state_read(struct session *session, const uint8_t *bytes, size_t size,
			      struct bytes *rest)
{
	struct archive archive;
	struct checkpoint_state state = { .session = session };
	const char *wrong = archive_open(&archive, bytes, size);
	wrong = wrong ? wrong : checkpoint_archive(&archive, &state);
	rest->n = !wrong && state.n_rest <= STREAM_MAX ? state.n_rest : 0;
	memcpy(rest->at, state.rest ? state.rest : bytes, rest->n);
	free(state.rest);
	return wrong;
}

static void session_finish(struct session *session, const struct bytes *rest)
{
	session_feed(session, rest->at, rest->n, true);
	session_end(session);
	session_write_reports(session, SESSION_SNAPSHOTS);
	session_free(session);
}

// Reads `n_first` bytes of the stream, goes on in two sessions, and compares what they report.
static void stream_split(const struct bytes *stream, size_t n_first, const struct options *one,
			 const struct options *other)
{
	struct session *session = session_new(one, NULL), *copy = session_new(other, NULL);
	size_t used = session_feed(session, stream->at, n_first, false), size;
	uint8_t *state = state_write(session, stream->at + used, n_first - used, &size);
	struct bytes rest;
	CHECK(!state_read(copy, state, size, &rest));
	CHECK_EQ(rest.n, n_first - used);
	memcpy(rest.at + rest.n, stream->at + n_first, stream->n - n_first);
	rest.n += stream->n - n_first;
	session_finish(session, &rest);
	session_finish(copy, &rest);
	free(state);
	for (size_t i = 0; i < N_REPORTS; i++) {
		CHECK(file_equals(reports[i]));
	}
}

// Split each `step` bytes.
static void reading_goes_on_with_any_options(const char *const *more, size_t step)
{
	struct options one, other;
	options_make(&one, 'a', more);
	options_make(&other, 'b', more);
	for (size_t i = 0; i < N_STREAMS; i++) {
		struct bytes stream = stream_read(streams[i]);
		for (size_t n = i; n <= stream.n; n += step) {
			stream_split(&stream, n, &one, &other);
		}
	}
	options_free(&one);
	options_free(&other);
}

static void reading_goes_on(void)
{
	reading_goes_on_with_any_options(NULL, 71);
}

static void slices_and_filters_go_on(void)
{
	static const char *const slice[] = { "--from", "event:2", "--to", "event:5", NULL };
	static const char *const filter[] = { "--include", "size>8", "--exclude", "thread=worker",
					      NULL };
	reading_goes_on_with_any_options(slice, 71);
	reading_goes_on_with_any_options(filter, 71);
}

// The part that is read along, before, within and after the other.
static void parts_that_are_compared_go_on(void)
{
	static const char *const earlier[] = { "--from", "event:5", "--base-to", "event:4", NULL };
	static const char *const later[] = { "--to",      "event:4",   "--base-from",
					     "event:3",   "--base-to", "event:7",
					     "--include", "size>8",    NULL };
	reading_goes_on_with_any_options(earlier, 293);
	reading_goes_on_with_any_options(later, 293);
}

// What remains of a state in which something is wrong does no harm; `must_fail`: it is none.
static void state_try(const struct options *options, const uint8_t *bytes, size_t size,
		      bool must_fail)
{
	struct session *session = session_new(options, NULL);
	struct bytes rest;
	const char *wrong = state_read(session, bytes, size, &rest);
	CHECK(wrong || !must_fail);
	if (wrong) {
		session_free(session);
	} else {
		session_finish(session, &rest);
	}
}

static uint8_t *state_of(const char *name, const struct options *options, size_t *size)
{
	struct bytes stream = stream_read(name);
	struct session *session = session_new(options, NULL);
	size_t used = session_feed(session, stream.at, stream.n - 20, false);
	uint8_t *state = state_write(session, stream.at + used, stream.n - 20 - used, size);
	session_free(session);
	return state;
}

static void damage_is_seen(void)
{
	struct options options;
	struct archive archive;
	size_t size;
	options_make(&options, 'a', NULL);
	uint8_t *state = state_of("threads", &options, &size);
	for (size_t n = 0; n < size; n++) {
		// Whole sections may be missing.
		if (!archive_open(&archive, state, n)) {
			state_try(&options, state, n, true);
		}
	}
	size_t n_unseen = 0;
	for (size_t bit = 0; bit < 8 * size; bit++) {
		state[bit / 8] ^= (uint8_t)(1u << bit % 8);
		n_unseen += !archive_open(&archive, state, size);
		state[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_EQ(n_unseen, 0);
	state_try(&options, state, size, false);
	free(state);
	options_free(&options);
}

// Else the fuzz target is not led to what is behind the first that has changed. With REGENERATE set they are made anew.
static void inputs_of_the_fuzz_target_are_states(void)
{
	static const char *const inputs[] = { "elided", "losses",  "mappings", "memory",
					      "reuse",  "threads", "ways" };
	struct options options;
	checkpoint_input_options(&options);
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		size_t size;
		uint8_t *state = state_of(inputs[i], &options, &size);
		size_t begin = checkpoint_input_at(state);
		bool is_made_anew = getenv("REGENERATE") != NULL;
		FILE *file = corpus_open("checkpoint", inputs[i], is_made_anew ? "wb" : "rb");
		if (file && is_made_anew) {
			CHECK_EQ(fwrite(state + begin, 1, size - begin, file), size - begin);
		} else if (file) {
			struct session *session = session_new(&options, NULL);
			struct bytes rest;
			state = realloc(state, STATE_MAX);
			size = begin + fread(state + begin, 1, STATE_MAX - begin, file);
			archive_repair(state, size);
			CHECK_STR(state_read(session, state, size, &rest), NULL);
			session_free(session);
		}
		CHECK(file && fclose(file) == 0);
		free(state);
	}
	options_free(&options);
}

// As only somebody who wants it so does it.
static void damage_with_right_checksums_does_no_harm_with(const char *const *more, size_t step)
{
	struct options options;
	options_make(&options, 'a', more);
	for (size_t i = 0; i < N_STREAMS; i += 2) {
		size_t size;
		uint8_t *state = state_of(streams[i], &options, &size);
		uint8_t *changed = malloc(size);
		for (size_t at = ARCHIVE_START_SIZE + i; at < size; at += step) {
			memcpy(changed, state, size);
			changed[at] ^= (uint8_t)(1u << at % 8);
			archive_repair(changed, size);
			state_try(&options, changed, size, false);
		}
		free(changed);
		free(state);
	}
	for (size_t i = 0; i < N_REPORTS; i++) {
		(void)file_equals(reports[i]);
	}
	options_free(&options);
}

static void damage_with_right_checksums_does_no_harm(void)
{
	static const char *const part[] = { "--from", "event:3", "--base-to", "event:5", NULL };
	damage_with_right_checksums_does_no_harm_with(NULL, 41);
	damage_with_right_checksums_does_no_harm_with(part, 199);
}

static void others_options_and_versions_are_refused(void)
{
	static const char *const slice[] = { "--from", "event:2", NULL };
	struct options one, other;
	size_t size;
	struct bytes rest;
	options_make(&one, 'a', NULL);
	options_make(&other, 'b', slice);
	uint8_t *state = state_of("first", &one, &size);
	struct session *session = session_new(&other, NULL);
	CHECK_STR(state_read(session, state, size, &rest),
		  "written with other -f, --include, --exclude, --from, --to, --base-from or "
		  "--base-to");
	session_free(session);
	session = session_new(&one, NULL);
	state[ARCHIVE_START_SIZE - 4]++;
	CHECK_STR(state_read(session, state, size, &rest),
		  "written by another version of readalloc");
	state[0]++;
	CHECK_STR(state_read(session, state, size, &rest), "not a checkpoint");
	session_free(session);
	free(state);
	options_free(&one);
	options_free(&other);
}

int main(void)
{
	reading_goes_on();
	slices_and_filters_go_on();
	parts_that_are_compared_go_on();
	damage_is_seen();
	inputs_of_the_fuzz_target_are_states();
	damage_with_right_checksums_does_no_harm();
	others_options_and_versions_are_refused();
	return check_result();
}
