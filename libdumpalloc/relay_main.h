// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay's own side: what runs in its process.
#ifndef LIBDUMPALLOC_RELAY_MAIN_H
#define LIBDUMPALLOC_RELAY_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct config;
struct sink;

// What the relay has to know; lives in the traced process and is copied with it.
struct relay_orders {
	const struct config *config;
	const uint8_t *preamble;
	size_t preamble_size;
	void (*in_relay)(void);
	struct sink *sink; // opened by the traced process; NULL: the relay opens it
	pid_t pid;         // the traced process
	bool is_fork_child;
	bool is_child; // the relay is a child of it
};

// Opens the sink and begins the stream, in whichever process calls it. Fills the region's report or
// note. `may_wait` as in sink.h; `is_relay`: a lost connection is to be made again. False: errno says why,
// too.
bool relay_open_sink(const struct relay_orders *orders, struct sink *sink,
		     bool (*may_wait)(unsigned waited_ms), bool is_relay);

// Writes into the region's report: "WHAT: REASON", or what `error` says.
void relay_report_words(const char *what, const char *reason);
void relay_report(const char *what, int error);

// The whole life of the relay. Entered with every signal blocked; `orders` is a struct
// relay_orders. Does not return (the type is that of clone's function).
int relay_main(void *orders);

#endif
