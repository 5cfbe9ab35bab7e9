// SPDX-License-Identifier: LGPL-2.1-or-later
// The orders of the control socket, line by line.
#include "libdumpalloc/control.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/pause_process.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

static void ask(enum wire_extended type, const char *text, struct text *answer)
{
	bool is_put = asks_box_put(&region_current->asks, type, text);

	channel_disturb();
	text_put(answer,
		 is_put ? "ok" : "error: too many of these wait for the program's next event");
}

static void enable(const char *rest, struct text *answer)
{
	(void)rest;
	pause_end_all();
	text_put(answer, "ok");
}

static void disable(const char *rest, struct text *answer)
{
	(void)rest;
	pause_begin_any();
	text_put(answer, "ok");
}

static void tag(const char *rest, struct text *answer)
{
	if (*rest == '\0')
		text_put(answer, "error: tag needs a text");
	else
		ask(WIRE_TAG, rest, answer);
}

static void snapshot(const char *rest, struct text *answer)
{
	ask(WIRE_SNAPSHOT, rest, answer);
}

static void flush(const char *rest, struct text *answer)
{
	(void)rest;
	text_put(answer, "ok");
}

static void put_number(struct text *answer, const char *name, uint64_t number)
{
	text_put(answer, name);
	text_number(answer, number);
}

static void put_status(const struct sink *sink, struct text *answer)
{
	struct region *region = region_current;

	text_put(answer, "ok recording=");
	text_put(answer, atomic_load(&region->n_pauses) == 0 ? "on" : "off");
	put_number(answer, " pid=", (uint64_t)sink->pid);
	put_number(answer, " relay=", (uint64_t)getpid());
	put_number(answer,
		   " threads=", atomic_load_explicit(&region->n_threads, memory_order_relaxed));
	put_number(answer,
		   " events=", atomic_load_explicit(&region->sequence, memory_order_relaxed));
	put_number(answer, " lost=", atomic_load_explicit(&region->n_lost, memory_order_relaxed));
	put_number(answer, " written=", sink->n_bytes);
	text_put(answer, " to=");
	text_put_n(answer, sink->name.at, sink->name.length);
}

bool control_obey(const char *line, const struct sink *sink, struct text *answer)
{
	static const struct {
		const char *word;
		bool takes_text;
		void (*obey)(const char *rest, struct text *answer);
	} orders[] = {
		{ "enable", false, enable }, { "disable", false, disable },
		{ "tag", true, tag },        { "snapshot", true, snapshot },
		{ "flush", false, flush },   { "status", false, NULL },
	};
	size_t n = strcspn(line, " ");
	const char *rest = line + n + (line[n] == ' ');

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		if (strlen(orders[i].word) != n || memcmp(orders[i].word, line, n) != 0)
			continue;
		if (*rest != '\0' && !orders[i].takes_text)
			text_put(answer, "error: nothing is to follow this order");
		else if (orders[i].obey != NULL)
			orders[i].obey(rest, answer);
		else
			put_status(sink, answer);
		return orders[i].obey == flush && *rest == '\0';
	}
	text_put(answer,
		 "error: the orders are enable, disable, tag TEXT, snapshot [NAME], status, flush");
	return false;
}
