// SPDX-License-Identifier: LGPL-2.1-or-later
// Which signals do what: the values of DUMPALLOC_SIGNAL_...
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

#include "libdumpalloc/config_values.h"
#include "libdumpalloc/text.h"

// Those that may be caught at all, and are not what a fault raises.
static const struct {
	const char *name; // without SIG
	int number;
} signal_names[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },     { "QUIT", SIGQUIT }, { "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE },   { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "CONT", SIGCONT }, { "TSTP", SIGTSTP },   { "URG", SIGURG },   { "PWR", SIGPWR },
	{ "IO", SIGIO },     { "WINCH", SIGWINCH },
};

enum { N_SIGNAL_NAMES = sizeof signal_names / sizeof signal_names[0] };

// 0: none.
static int parse_signal(const char *value)
{
	uint32_t number = 0;

	(void)text_parse_number(value, (uint32_t)SIGRTMAX, &number);
	if (number >= (uint32_t)SIGRTMIN)
		return (int)number;
	if (strncmp(value, "SIG", 3) == 0)
		value += 3;
	for (size_t i = 0; i < N_SIGNAL_NAMES; i++) {
		if (strcmp(value, signal_names[i].name) == 0 ||
		    (int)number == signal_names[i].number)
			return signal_names[i].number;
	}
	return 0;
}

static bool read_signal(struct config *config, enum config_signal which, const char *value)
{
	int number = parse_signal(value);

	for (int i = 0; i < CONFIG_N_SIGNALS; i++) {
		if (config->signals[i] == number && i != (int)which)
			return false;
	}
	config->signals[which] = number;
	return number != 0;
}

bool config_read_toggle(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_TOGGLE, value);
}

bool config_read_snapshot(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_SNAPSHOT, value);
}

bool config_read_flush(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_FLUSH, value);
}
