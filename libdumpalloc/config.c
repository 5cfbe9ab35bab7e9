// SPDX-License-Identifier: LGPL-2.1-or-later
// What the user asked for: the environment variables, read once, checked, never edited.
#define _GNU_SOURCE
#include "libdumpalloc/config.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/config_values.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/programs.h"
#include "libdumpalloc/text.h"
#include "unwind/minimal.h"

enum { REASON_MAX = 512 };

static const char signals_accepted[] =
	"a signal by name, HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TERM, CONT, TSTP, URG, PWR, IO "
	"or "
	"WINCH with or without SIG, or by number, a real-time one too; each variable has its own";

// One row per variable. `read` returns false, leaving the default, when the value is not accepted.
struct variable {
	const char *name;
	bool (*read)(struct config *config, const char *value);
	enum log_cause cause;
	const char *accepted;
};

// Those that a minimal build has too, and all others: such a build has no use for the second table and what it names.
static const struct variable least[] = {
	{ "DUMPALLOC_FILE", config_read_file, LOG_BAD_FILE,
	  "a path shorter than 4096 bytes; %p, %e, %t and %% are replaced" },
	{ "DUMPALLOC_SERVER", config_read_server, LOG_BAD_SERVER,
	  IS_MINIMAL ? "HOST:PORT or [IPV6-ADDRESS]:PORT"
		     : "auto, HOST:PORT, [IPV6-ADDRESS]:PORT, udp:HOST:PORT or unix:/PATH of less "
		       "than 108 bytes" },
	{ "DUMPALLOC_WALK_STACK", config_read_walker, LOG_BAD_WALKER, "0 or 1" },
	{ "DUMPALLOC_UNWIND", config_read_unwind, LOG_BAD_UNWIND,
	  IS_MINIMAL ? "auto, tables, scan, fp or none" : "auto, tables, scan, fp, gcc or none" },
	{ "DUMPALLOC_DEPTH", config_read_depth, LOG_BAD_DEPTH, "a number from 1 to 1024" },
};
static const struct variable more[] = {
	{ "DUMPALLOC_FD", config_read_fd, LOG_BAD_FD,
	  "the number of an open descriptor, at most 65535" },
	{ "DUMPALLOC_LISTEN", config_read_listen, LOG_BAD_LISTEN,
	  "PORT, ADDRESS:PORT, [IPV6-ADDRESS]:PORT or *:PORT" },
	{ "DUMPALLOC_KEEP", config_read_keep, LOG_BAD_KEEP,
	  "a number of bytes from 512k to 256M; k and M multiply" },
	{ "DUMPALLOC_FILE_SIZE", config_read_part_size, LOG_BAD_PART_SIZE,
	  "a number of bytes from 256k to 2047M; k and M multiply" },
	{ "DUMPALLOC_FILE_COUNT", config_read_n_parts, LOG_BAD_N_PARTS, "a number from 1 to 9999" },
	{ "DUMPALLOC_COMPRESS", config_read_compress, LOG_BAD_COMPRESS, "0 or 1" },
	{ "DUMPALLOC_ELIDE", config_read_elide, LOG_BAD_ELIDE,
	  "a number of events from 1 to 131072, or 0" },
	{ "DUMPALLOC_ON_FULL", config_read_on_full, LOG_BAD_ON_FULL, "wait or drop" },
	{ "DUMPALLOC_FOLLOW", config_read_follow, LOG_BAD_FOLLOW,
	  "fork, exec, both with a comma, or none" },
	{ "DUMPALLOC_RELAY", config_read_relay, LOG_BAD_RELAY, "always, lazy or never" },
	{ "DUMPALLOC_BUFFER", config_read_buffer, LOG_BAD_BUFFER,
	  "a number of bytes from 64k to 1M; k and M multiply" },
	{ "DUMPALLOC_ENABLED", config_read_enabled, LOG_BAD_ENABLED, "0 or 1" },
	{ "DUMPALLOC_MIN_SIZE", config_read_least_size, LOG_BAD_LEAST_SIZE,
	  "a number of bytes up to 1024M; k and M multiply" },
	{ "DUMPALLOC_SAMPLE", config_read_sample, LOG_BAD_SAMPLE,
	  "a number of bytes from 1k to 64M, k and M multiply, perhaps with :SEED, a number" },
	{ "DUMPALLOC_FREE_STACKS", config_read_free_stacks, LOG_BAD_FREE_STACKS, "0 or 1" },
	{ "DUMPALLOC_USAGE", config_read_usage, LOG_BAD_USAGE, "0 or 1" },
	{ "DUMPALLOC_PROGRAMS", config_read_programs, LOG_BAD_PROGRAMS,
	  "names with * and ?, separated by commas, ! in front of what is left out" },
	{ "DUMPALLOC_SIGNAL_TOGGLE", config_read_toggle, LOG_BAD_TOGGLE, signals_accepted },
	{ "DUMPALLOC_SIGNAL_SNAPSHOT", config_read_snapshot, LOG_BAD_SNAPSHOT, signals_accepted },
	{ "DUMPALLOC_SIGNAL_FLUSH", config_read_flush, LOG_BAD_FLUSH, signals_accepted },
	{ "DUMPALLOC_CONTROL", config_read_control, LOG_BAD_CONTROL,
	  "an absolute path shorter than 108 bytes; %p, %e, %t and %% are replaced" },
	{ "DUMPALLOC_MMAP", config_read_mmap, LOG_BAD_MMAP, "0 or 1" },
	{ "DUMPALLOC_MEMORY", config_read_memory, LOG_BAD_MEMORY,
	  "a number of milliseconds from 10 to 3600000, perhaps with ,smaps" },
	{ "DUMPALLOC_DEBUG", config_read_debug, LOG_BAD_DEBUG,
	  "session, relay, threads, modules, control or all, each perhaps with :0, :1 or :2, with "
	  "commas" },
};

enum { N_LEAST = sizeof least / sizeof least[0], N_MORE = sizeof more / sizeof more[0] };

// The `i`th variable, or NULL.
static const struct variable *variable_at(size_t i)
{
	if (i < N_LEAST)
		return &least[i];
	return !IS_MINIMAL && i - N_LEAST < N_MORE ? &more[i - N_LEAST] : NULL;
}

const char *config_variable(size_t i, const char **accepted)
{
	const struct variable *variable = variable_at(i);

	if (variable == NULL)
		return NULL;
	*accepted = variable->accepted;
	return variable->name;
}

bool config_accepts(size_t i, const char *value)
{
	static struct config config;

	return *value != '\0' && variable_at(i)->read(&config, value);
}

const char *config_signal_variable(int which)
{
	static bool (*const readers[])(struct config *, const char *) = {
		[CONFIG_SIGNAL_TOGGLE] = config_read_toggle,
		[CONFIG_SIGNAL_SNAPSHOT] = config_read_snapshot,
		[CONFIG_SIGNAL_FLUSH] = config_read_flush,
	};
	size_t i = 0;

	while (more[i].read != readers[which])
		i++;
	return more[i].name;
}

static const char *find(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++) {
		if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	}
	return NULL;
}

static void say_bad_value(const struct variable *variable, const char *value)
{
	char what[REASON_MAX];
	char reason[REASON_MAX];

	struct text text = text_start(what, sizeof what);
	text_put_all(&text, variable->name, "=", (char *)NULL);
	text_put_n(&text, value, strnlen(value, 200));
	text = text_start(reason, sizeof reason);
	text_put_all(&text, "not understood, accepted is ", variable->accepted, (char *)NULL);
	log_say(variable->cause, what, reason, NULL);
}

// Where the library is loaded into every program, those that nobody means by it have nothing to say.
static bool is_meant(char *const *environment)
{
	for (; environment != NULL && *environment != NULL; environment++) {
		const char *variable = *environment;
		if (strncmp(variable, "DUMPALLOC_", 10) == 0 ||
		    (strncmp(variable, "LD_PRELOAD=", 11) == 0 &&
		     strstr(variable, "dumpalloc") != NULL))
			return true;
	}
	return false;
}

// The variable that each sink comes from, known by what is said of its wrong values.
static const uint8_t sink_causes[] = {
	[CONFIG_SINK_FILE] = LOG_BAD_FILE,     [CONFIG_SINK_FD] = LOG_BAD_FD,
	[CONFIG_SINK_SERVER] = LOG_BAD_SERVER, [CONFIG_SINK_UDP] = LOG_BAD_SERVER,
	[CONFIG_SINK_LISTEN] = LOG_BAD_LISTEN,
};

enum { N_SINKS = sizeof sink_causes };

static bool names_sink(const struct variable *variable)
{
	for (size_t i = CONFIG_SINK_NONE + 1; i < N_SINKS; i++) {
		if (variable->cause == sink_causes[i])
			return true;
	}
	return false;
}

static void say_no_sink(char *const *environment)
{
	if (is_meant(environment))
		log_say(LOG_NO_SINK, "not tracing",
			IS_MINIMAL ? "neither DUMPALLOC_FILE nor DUMPALLOC_SERVER is set"
				   : "none of DUMPALLOC_FILE, DUMPALLOC_FD, DUMPALLOC_SERVER and "
				     "DUMPALLOC_LISTEN is set",
			"set one, for example DUMPALLOC_FILE=/tmp/%e.%p.dump");
}

// `sinks`: the variables that are understood and name one.
static void say_ignored_sinks(const struct config *config, const struct variable *const sinks[],
			      size_t n)
{
	char names[REASON_MAX], reason[REASON_MAX];
	struct text text = text_start(names, sizeof names);
	struct text why = text_start(reason, sizeof reason);

	for (size_t i = 0; i < n; i++) {
		if (sinks[i]->cause == sink_causes[config->sink])
			text_put_all(&why, "ignored, because ", sinks[i]->name, " is set",
				     (char *)NULL);
		else
			text_put_all(&text, text.length != 0 ? ", " : "", sinks[i]->name,
				     (char *)NULL);
	}
	if (text.length != 0)
		log_say(LOG_TWO_SINKS, names, reason, NULL);
}

// Whether a variable of the environment is one of ours, and in no table.
static bool is_left_out(const char *variable)
{
	const struct variable *ours;
	size_t n = strcspn(variable, "=");

	if (strncmp(variable, "DUMPALLOC_", 10) != 0 || variable[n] == '\0' ||
	    variable[n + 1] == '\0')
		return false;
	for (size_t i = 0; (ours = variable_at(i)) != NULL; i++) {
		if (strncmp(ours->name, variable, n) == 0 && ours->name[n] == '\0')
			return false;
	}
	return true;
}

// Of a minimal build: names all variables that mean nothing to it.
static void say_left_out(char *const *environment)
{
	char names[REASON_MAX];
	struct text text = text_start(names, sizeof names);

	for (; environment != NULL && *environment != NULL; environment++) {
		if (!is_left_out(*environment))
			continue;
		text_put(&text, text.length != 0 ? ", " : "");
		text_put_n(&text, *environment, strcspn(*environment, "="));
	}
	if (text.length != 0)
		log_say(LOG_LEFT_OUT, names, "ignored, because this library is a minimal build",
			"it needs one made without DUMPALLOC_MINIMAL");
}

void config_read(struct config *config, char *const *environment)
{
	const struct variable *variable;
	const char *programs = find(environment, "DUMPALLOC_PROGRAMS");
	const struct variable *sinks[N_SINKS];
	size_t n_sinks = 0;
	bool has_bad_sink = false;

	*config = (struct config){ .walker = UNWIND_AUTO,
				   .depth = CONFIG_DEPTH_DEFAULT,
				   .keep_size = CONFIG_KEEP_LEAST };
	// Programs that are left out do not say what is wrong for others either.
	if (programs != NULL && *programs != '\0' && programs_are_valid(programs) &&
	    !programs_include_this(programs))
		return;
	for (size_t i = 0; (variable = variable_at(i)) != NULL; i++) {
		const char *value = find(environment, variable->name);
		if (value == NULL || *value == '\0')
			continue;
		bool is_read = variable->read(config, value);
		if (!is_read)
			say_bad_value(variable, value);
		if (!names_sink(variable))
			continue;
		if (is_read)
			sinks[n_sinks++] = variable;
		else
			has_bad_sink = true;
	}
	if (n_sinks != 0)
		say_ignored_sinks(config, sinks, n_sinks);
	else if (!has_bad_sink)
		say_no_sink(environment);
	if (IS_MINIMAL)
		say_left_out(environment);
	else
		config_reconcile(config);
}

const struct config *config_get(void)
{
	static struct config config;
	static bool is_read;

	if (is_read)
		return &config;
	is_read = true;
	// A program that runs with more rights than its caller must not write files the caller names.
	if (getuid() != geteuid() || getgid() != getegid())
		return &config;
	config_read(&config, environ);
	return &config;
}
