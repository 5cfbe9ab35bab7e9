// SPDX-License-Identifier: GPL-3.0-or-later
// A moment of a run, as the user names it: by the time, by a tag, by a snapshot or by the number of an event.
#include "moment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "quantity.h"
#include "util.h"

static const struct {
	const char *prefix;
	enum moment_type type;
	bool takes_number, takes_pattern;
} words[] = {
	{ "tag:", MOMENT_TAG, false, true },
	{ "snapshot:", MOMENT_SNAPSHOT, true, true },
	{ "event:", MOMENT_EVENT, true, false },
};

// A whole number from 1 on.
static bool number_read(const char *text, uint64_t *number)
{
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text)) {
		return false;
	}
	errno = 0;
	*number = strtoull(text, NULL, 10);
	return errno == 0 && *number != 0;
}

static bool time_read(struct moment *moment, const char *text)
{
	double time;
	if (!quantity_read(&text, quantity_times, &time) || *text != '\0' ||
	    time >= (double)INT64_MAX) {
		return false;
	}
	moment->type = MOMENT_TIME;
	moment->number = (uint64_t)(time + 0.5);
	return true;
}

bool moment_read(struct moment *moment, const char *option, const char *text)
{
	char error[PATTERN_ERROR_SIZE];
	moment_free(moment);
	moment->option = option;
	moment->text = text;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t size = strlen(words[i].prefix);
		if (strncmp(text, words[i].prefix, size) != 0) {
			continue;
		}
		bool is_number = words[i].takes_number && number_read(text + size, &moment->number);
		if (!is_number && !words[i].takes_pattern) {
			say("%s %s: not of the form event:N, N being a number from 1 on", option,
			    text);
			return false;
		}
		if (!is_number && !pattern_read(&moment->pattern, text + size, error)) {
			say("%s %s: %s", option, text, error);
			return false;
		}
		moment->type = words[i].type;
		return true;
	}
	if (!time_read(moment, text)) {
		say("%s %s: not a time such as 90s, 1.5m or 250ms, nor tag:TEXT, snapshot:N or "
		    "event:N",
		    option, text);
		return false;
	}
	return true;
}

void moment_free(struct moment *moment)
{
	if (moment->type == MOMENT_TAG ||
	    (moment->type == MOMENT_SNAPSHOT && moment->number == 0)) {
		pattern_free(&moment->pattern);
	}
	*moment = (struct moment){ 0 };
}

static bool is_note(const struct event *event, enum wire_extended type)
{
	return event->type == EVENT_NOTE && event->note->type == type;
}

bool moment_is_at(const struct moment *moment, const struct event *event, uint64_t time,
		  uint64_t n_snapshots)
{
	switch (moment->type) {
	case MOMENT_NONE:
		break;
	case MOMENT_TIME:
		return time >= moment->number;
	case MOMENT_EVENT:
		return event->seq >= moment->number;
	case MOMENT_TAG:
		return is_note(event, WIRE_TAG) &&
		       pattern_matches(&moment->pattern, event->note->text);
	case MOMENT_SNAPSHOT:
		return is_note(event, WIRE_SNAPSHOT) &&
		       (moment->number != 0 ? n_snapshots == moment->number
					    : pattern_matches(&moment->pattern, event->note->text));
	}
	return false;
}

bool moments_are_reversed(const struct moment *from, const struct moment *to)
{
	bool are_numbers = from->type == to->type &&
			   (from->type == MOMENT_TIME || (from->number != 0 && to->number != 0));
	return are_numbers && from->number >= to->number;
}
