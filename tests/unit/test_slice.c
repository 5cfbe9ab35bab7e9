// SPDX-License-Identifier: GPL-3.0-or-later
// Slices of a run: how their bounds are read, and which events are within.
#include "slice.h"

#include "check.h"
#include "event.h"

static struct slice_bounds bounds;
static struct slice slice;

static void begin(const char *from, const char *to)
{
	slice_bounds_free(&bounds);
	slice_free(&slice);
	CHECK(!from || moment_read(&bounds.from, "--from", from));
	CHECK(!to || moment_read(&bounds.to, "--to", to));
	slice_init(&slice, &bounds);
}

static enum slice_state pass(uint64_t seq, uint64_t time)
{
	return slice_pass(&slice, &(struct event){ .type = EVENT_ALLOC, .seq = seq, .time = time });
}

static enum slice_state pass_note(uint64_t seq, enum wire_extended type, const char *text)
{
	struct note note = { .type = type, .text = text };
	return slice_pass(&slice, &(struct event){ .type = EVENT_NOTE, .seq = seq, .note = &note });
}

static void moments_are_read(void)
{
	static const struct {
		const char *text;
		enum moment_type type;
		uint64_t number;
	} rows[] = {
		{ "90s", MOMENT_TIME, 90000000 },
		{ "90", MOMENT_TIME, 90000000 },
		{ "1.5m", MOMENT_TIME, 90000000 },
		{ "250ms", MOMENT_TIME, 250000 },
		{ "0s", MOMENT_TIME, 0 },
		{ "event:17", MOMENT_EVENT, 17 },
		{ "snapshot:3", MOMENT_SNAPSHOT, 3 },
		{ "snapshot:half*", MOMENT_SNAPSHOT, 0 },
		{ "snapshot:0", MOMENT_SNAPSHOT, 0 },
		{ "tag:3", MOMENT_TAG, 0 },
		{ "tag:tag:x", MOMENT_TAG, 0 },
	};
	static const char *const wrong[] = { "",
					     "s",
					     "-1s",
					     "1x",
					     "tag:",
					     "tag:/(/",
					     "event:",
					     "event:x",
					     "event:0",
					     "event:1x",
					     "snapshot:",
					     "snap:1",
					     "90s ",
					     "1e999",
					     "9999999999999999999s",
					     "event:99999999999999999999" };
	struct moment moment = { 0 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(moment_read(&moment, "--from", rows[i].text));
		CHECK_EQ(moment.type, rows[i].type);
		CHECK_EQ(moment.number, rows[i].number);
	}
	moment_free(&moment);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(!moment_read(&moment, "--from", wrong[i]));
		moment_free(&moment);
	}
}

static void times_take_what_comes_from_then_on(void)
{
	begin("10us", "20us");
	CHECK_EQ(pass(1, 9), SLICE_BEFORE);
	CHECK_EQ(pass(2, 10), SLICE_WITHIN);
	CHECK_EQ(pass(3, 8), SLICE_WITHIN); // another thread's clock
	CHECK_EQ(pass(4, 19), SLICE_WITHIN);
	CHECK_EQ(pass(5, 20), SLICE_AFTER);
	CHECK_EQ(pass(6, 12), SLICE_AFTER);
	CHECK_EQ(slice.begin, 10);
	CHECK_EQ(slice.end, 20);
}

static void there_may_be_nothing_between_two_times(void)
{
	begin("10us", "20us");
	CHECK_EQ(pass(1, 9), SLICE_BEFORE);
	CHECK_EQ(pass(2, 30), SLICE_AFTER);
	CHECK_EQ(slice.begin, 10);
	CHECK_EQ(slice.end, 20);
}

static void same_tag_ends_it_when_it_comes_again(void)
{
	begin("tag:round*", "tag:round*");
	CHECK_EQ(pass_note(1, WIRE_TAG, "start"), SLICE_BEFORE);
	CHECK_EQ(pass_note(2, WIRE_SNAPSHOT, "round"), SLICE_BEFORE);
	CHECK_EQ(pass_note(3, WIRE_TAG, "round 1"), SLICE_WITHIN);
	CHECK_EQ(pass(4, 0), SLICE_WITHIN);
	CHECK_EQ(pass_note(5, WIRE_TAG, "round 2"), SLICE_AFTER);
	CHECK_EQ(slice.n_tags, 3);
}

static void snapshots_are_counted_or_named(void)
{
	begin("snapshot:2", "snapshot:end");
	CHECK_EQ(pass_note(1, WIRE_SNAPSHOT, "a"), SLICE_BEFORE);
	CHECK_EQ(pass_note(2, WIRE_SNAPSHOT, "end"), SLICE_WITHIN);
	CHECK_EQ(pass_note(3, WIRE_SNAPSHOT, "b"), SLICE_WITHIN);
	CHECK_EQ(pass_note(4, WIRE_SNAPSHOT, "end"), SLICE_AFTER);
}

static void numbers_of_events_are_bounds(void)
{
	begin("event:3", "event:5");
	CHECK_EQ(pass(1, 0), SLICE_BEFORE);
	CHECK_EQ(pass(4, 0), SLICE_WITHIN); // 3 is missing
	CHECK_EQ(pass(5, 0), SLICE_AFTER);
}

static void end_before_the_beginning_is_told(void)
{
	begin("tag:late", "5us");
	CHECK_EQ(pass(1, 9), SLICE_BEFORE);
	CHECK_EQ(pass_note(2, WIRE_TAG, "late"), SLICE_REVERSED);
	CHECK_EQ(pass(3, 10), SLICE_REVERSED);
	begin("2s", "1s");
	CHECK(moments_are_reversed(&bounds.from, &bounds.to));
	begin("1s", "1s");
	CHECK(moments_are_reversed(&bounds.from, &bounds.to));
	begin("event:1", "event:2");
	CHECK(!moments_are_reversed(&bounds.from, &bounds.to));
	begin("snapshot:2", "snapshot:1");
	CHECK(moments_are_reversed(&bounds.from, &bounds.to));
	begin("snapshot:b", "snapshot:a");
	CHECK(!moments_are_reversed(&bounds.from, &bounds.to));
	begin("1s", "event:1");
	CHECK(!moments_are_reversed(&bounds.from, &bounds.to));
}

static void only_what_is_missing_within_counts(void)
{
	begin("event:10", "event:20");
	CHECK_EQ(pass(5, 0), SLICE_BEFORE);
	CHECK_EQ(pass(12, 0), SLICE_WITHIN);
	CHECK_EQ(slice.n_missing, 0);
	CHECK_EQ(pass(15, 0), SLICE_WITHIN);
	CHECK_EQ(slice.n_missing, 2);
	CHECK_EQ(pass(14, 0), SLICE_WITHIN); // late
	CHECK_EQ(slice.n_missing, 1);
}

static void tags_that_are_kept_are_bounded(void)
{
	begin("tag:none", NULL);
	char text[200];
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%u %0150u", i / 2, 0u);
		CHECK_EQ(pass_note(1 + i, WIRE_TAG, text), SLICE_BEFORE);
	}
	CHECK_EQ(slice.n_tags, SLICE_TAGS_MAX);
	CHECK(slice.has_more_tags);
	CHECK(strlen(slice.tags[0]) < 100);
}

int main(void)
{
	moments_are_read();
	times_take_what_comes_from_then_on();
	there_may_be_nothing_between_two_times();
	same_tag_ends_it_when_it_comes_again();
	snapshots_are_counted_or_named();
	numbers_of_events_are_bounds();
	end_before_the_beginning_is_told();
	only_what_is_missing_within_counts();
	tags_that_are_kept_are_bounded();
	slice_bounds_free(&bounds);
	slice_free(&slice);
	return check_result();
}
