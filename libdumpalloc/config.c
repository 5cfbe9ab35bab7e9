// SPDX-License-Identifier: LGPL-2.1-or-later
// What the user asked for: the environment variables, read once, checked, never edited.
#define _GNU_SOURCE
#include "libdumpalloc/config.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/debug.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/minimal.h"
#include "libdumpalloc/programs.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/text.h"

enum { REASON_MAX = 512 };

static bool read_file(struct config *config, const char *value);
static bool read_fd(struct config *config, const char *value);
static bool read_server(struct config *config, const char *value);
static bool read_listen(struct config *config, const char *value);
static bool read_keep(struct config *config, const char *value);
static bool read_compress(struct config *config, const char *value);
static bool read_elide(struct config *config, const char *value);
static bool read_part_size(struct config *config, const char *value);
static bool read_n_parts(struct config *config, const char *value);
static bool read_walker(struct config *config, const char *value);
static bool read_unwind(struct config *config, const char *value);
static bool read_depth(struct config *config, const char *value);
static bool read_on_full(struct config *config, const char *value);
static bool read_relay(struct config *config, const char *value);
static bool read_buffer(struct config *config, const char *value);
static bool read_follow(struct config *config, const char *value);
static bool read_enabled(struct config *config, const char *value);
static bool read_least_size(struct config *config, const char *value);
static bool read_sample(struct config *config, const char *value);
static bool read_free_stacks(struct config *config, const char *value);
static bool read_usage(struct config *config, const char *value);
static bool read_programs(struct config *config, const char *value);
static bool read_toggle(struct config *config, const char *value);
static bool read_snapshot(struct config *config, const char *value);
static bool read_flush(struct config *config, const char *value);

static bool read_debug(struct config *config, const char *value);
static bool read_control(struct config *config, const char *value);
static bool read_memory(struct config *config, const char *value);
static bool read_mmap(struct config *config, const char *value);

static const char signals_accepted[] =
	"the number of a signal, or its name, such as SIGUSR1; each variable has its own";

// One row per variable. `read` returns false, leaving the default, when the value is not accepted.
struct variable {
	const char *name;
	bool (*read)(struct config *config, const char *value);
	enum log_cause cause;
	const char *accepted;
};

// Those that a minimal build has too, and all others: such a build has no use for the second table and what it names.
static const struct variable least[] = {
	{ "DUMPALLOC_FILE", read_file, LOG_BAD_FILE,
	  "a path shorter than 4096 bytes; %p, %e, %t and %% are replaced" },
	{ "DUMPALLOC_SERVER", read_server, LOG_BAD_SERVER,
	  IS_MINIMAL ? "HOST:PORT or [IPV6-ADDRESS]:PORT"
		     : "auto, HOST:PORT, [IPV6-ADDRESS]:PORT, udp:HOST:PORT or unix:/PATH" },
	{ "DUMPALLOC_WALK_STACK", read_walker, LOG_BAD_WALKER, "0 or 1" },
	{ "DUMPALLOC_UNWIND", read_unwind, LOG_BAD_UNWIND,
	  IS_MINIMAL ? "auto, tables, scan, fp or none" : "auto, tables, scan, fp, gcc or none" },
	{ "DUMPALLOC_DEPTH", read_depth, LOG_BAD_DEPTH, "a number from 1 to 1024" },
};
static const struct variable more[] = {
	{ "DUMPALLOC_FD", read_fd, LOG_BAD_FD, "the number of an open descriptor, at most 65535" },
	{ "DUMPALLOC_LISTEN", read_listen, LOG_BAD_LISTEN,
	  "PORT, ADDRESS:PORT, [IPV6-ADDRESS]:PORT or *:PORT" },
	{ "DUMPALLOC_KEEP", read_keep, LOG_BAD_KEEP,
	  "a number of bytes from 512k to 256M; k and M multiply" },
	{ "DUMPALLOC_FILE_SIZE", read_part_size, LOG_BAD_PART_SIZE,
	  "a number of bytes from 256k to 2047M; k and M multiply" },
	{ "DUMPALLOC_FILE_COUNT", read_n_parts, LOG_BAD_N_PARTS, "a number from 1 to 9999" },
	{ "DUMPALLOC_COMPRESS", read_compress, LOG_BAD_COMPRESS, "0 or 1" },
	{ "DUMPALLOC_ELIDE", read_elide, LOG_BAD_ELIDE, "a number of events from 1 to 131072" },
	{ "DUMPALLOC_ON_FULL", read_on_full, LOG_BAD_ON_FULL, "wait or drop" },
	{ "DUMPALLOC_FOLLOW", read_follow, LOG_BAD_FOLLOW,
	  "fork, exec, both with a comma, or none" },
	{ "DUMPALLOC_RELAY", read_relay, LOG_BAD_RELAY, "always, lazy or never" },
	{ "DUMPALLOC_BUFFER", read_buffer, LOG_BAD_BUFFER,
	  "a number of bytes from 64k to 1M; k and M multiply" },
	{ "DUMPALLOC_ENABLED", read_enabled, LOG_BAD_ENABLED, "0 or 1" },
	{ "DUMPALLOC_MIN_SIZE", read_least_size, LOG_BAD_LEAST_SIZE,
	  "a number of bytes up to 1024M; k and M multiply" },
	{ "DUMPALLOC_SAMPLE", read_sample, LOG_BAD_SAMPLE,
	  "a number of bytes from 1k to 64M, k and M multiply, perhaps with :SEED, a number" },
	{ "DUMPALLOC_FREE_STACKS", read_free_stacks, LOG_BAD_FREE_STACKS, "0 or 1" },
	{ "DUMPALLOC_USAGE", read_usage, LOG_BAD_USAGE, "0 or 1" },
	{ "DUMPALLOC_PROGRAMS", read_programs, LOG_BAD_PROGRAMS,
	  "names with * and ?, separated by commas, ! in front of what is left out" },
	{ "DUMPALLOC_SIGNAL_TOGGLE", read_toggle, LOG_BAD_TOGGLE, signals_accepted },
	{ "DUMPALLOC_SIGNAL_SNAPSHOT", read_snapshot, LOG_BAD_SNAPSHOT, signals_accepted },
	{ "DUMPALLOC_SIGNAL_FLUSH", read_flush, LOG_BAD_FLUSH, signals_accepted },
	{ "DUMPALLOC_CONTROL", read_control, LOG_BAD_CONTROL,
	  "an absolute path shorter than 108 bytes; %p, %e, %t and %% are replaced" },
	{ "DUMPALLOC_MMAP", read_mmap, LOG_BAD_MMAP, "0 or 1" },
	{ "DUMPALLOC_MEMORY", read_memory, LOG_BAD_MEMORY,
	  "a number of milliseconds from 10 to 3600000, perhaps with ,smaps" },
	{ "DUMPALLOC_DEBUG", read_debug, LOG_BAD_DEBUG,
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

static bool copy(char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

bool config_expand(const char *pattern, long pid, const char *program, long long seconds,
		   char *path, size_t path_size)
{
	struct text text = text_start(path, path_size);

	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at != '%') {
			text_char(&text, *at);
			continue;
		}
		switch (*++at) {
		case 'p':
			text_number(&text, (uint64_t)pid);
			break;
		case 'e':
			text_put(&text, program);
			break;
		case 't':
			text_number(&text, (uint64_t)seconds);
			break;
		case '%':
			text_char(&text, '%');
			break;
		default:
			return false;
		}
	}
	return !text.is_cut;
}

static bool read_file(struct config *config, const char *value)
{
	char path[CONFIG_PATH_MAX];

	if (!config_expand(value, 1, "x", 1, path, sizeof path) ||
	    !copy(config->file, sizeof config->file, value, strlen(value)))
		return false;
	if (value[0] != '/' && getcwd(config->directory, sizeof config->directory) == NULL)
		config->directory[0] = '\0';
	config->sink = CONFIG_SINK_FILE;
	return true;
}

static bool read_fd(struct config *config, const char *value)
{
	uint64_t fd;

	if (!text_parse_number(value, CONFIG_FD_MOST, &fd))
		return false;
	config->fd = (int)fd;
	if (config->sink != CONFIG_SINK_FILE)
		config->sink = CONFIG_SINK_FD;
	return true;
}

static const char unix_prefix[] = "unix:";
static const char udp_prefix[] = "udp:";

static bool is_unix(const char *value)
{
	return strncmp(value, unix_prefix, sizeof unix_prefix - 1) == 0;
}

static bool read_unix(struct config *config, const char *path)
{
	size_t n = strlen(path);

	if (path[0] != '/' || n >= CONFIG_UNIX_MOST ||
	    !copy(config->host, sizeof config->host, path, n))
		return false;
	config->port[0] = '\0';
	if (config->sink == CONFIG_SINK_NONE)
		config->sink = CONFIG_SINK_SERVER;
	return true;
}

static bool is_udp(const char *value)
{
	return strncmp(value, udp_prefix, sizeof udp_prefix - 1) == 0;
}

static bool read_server(struct config *config, const char *value)
{
	enum config_sink sink = CONFIG_SINK_SERVER;

	if (!IS_MINIMAL && is_unix(value))
		return read_unix(config, value + sizeof unix_prefix - 1);
	if (!IS_MINIMAL && is_udp(value)) {
		sink = CONFIG_SINK_UDP;
		value += sizeof udp_prefix - 1;
	}
	const char *host = value;
	const char *colon = strrchr(value, ':');
	if (!IS_MINIMAL && strcmp(value, "auto") == 0 && sink == CONFIG_SINK_SERVER) {
		if (config->sink == CONFIG_SINK_NONE)
			config->sink = CONFIG_SINK_SERVER;
		config->port[0] = '\0'; // to be found
		return copy(config->host, sizeof config->host, value, strlen(value));
	}
	if (colon == NULL || *host == '/' || colon[1] == '\0' || strpbrk(colon, " \t/") != NULL)
		return false;

	size_t n = (size_t)(colon - value);
	if (*host == '[') {
		if (n < 3 || host[n - 1] != ']')
			return false;
		host++;
		n -= 2;
	} else if (memchr(host, ':', n) != NULL) {
		return false; // an IPv6 address without brackets: where its port begins is a guess
	}

	uint64_t number;
	bool is_number = colon[1] >= '0' && colon[1] <= '9';
	if (is_number && (!text_parse_number(colon + 1, 65535, &number) || number == 0))
		return false;
	if (n == 0 || !copy(config->host, sizeof config->host, host, n) ||
	    !copy(config->port, sizeof config->port, colon + 1, strlen(colon + 1)))
		return false;
	if (config->sink == CONFIG_SINK_NONE)
		config->sink = sink;
	return true;
}

static bool read_listen(struct config *config, const char *value)
{
	char place[CONFIG_HOST_MAX + CONFIG_PORT_MAX];
	struct text text = text_start(place, sizeof place);

	if (config->sink != CONFIG_SINK_NONE)
		return true;
	if (*value == '*') {
		value++;
		text_put(&text, "0.0.0.0");
	} else if (strchr(value, ':') == NULL) {
		text_put(&text, "127.0.0.1:");
	}
	text_put(&text, value);
	if (text.is_cut || is_unix(value) || is_udp(value) || !read_server(config, place))
		return false;
	config->sink = CONFIG_SINK_LISTEN;
	return true;
}

static bool read_walker(struct config *config, const char *value)
{
	if (strcmp(value, "1") == 0)
		config->walker = UNWIND_SCAN;
	else if (strcmp(value, "0") == 0)
		config->walker = UNWIND_AUTO;
	else
		return false;
	return true;
}

// The place of `value` among `n` names, or -1.
static int find_name(const char *const *names, size_t n, const char *value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(value, names[i]) == 0)
			return (int)i;
	}
	return -1;
}

static bool read_unwind(struct config *config, const char *value)
{
	static const char *const names[] = {
		[UNWIND_NONE] = "none", [UNWIND_GCC] = "gcc",       [UNWIND_SCAN] = "scan",
		[UNWIND_FP] = "fp",     [UNWIND_TABLES] = "tables", [UNWIND_AUTO] = "auto",
	};
	int i = find_name(names, sizeof names / sizeof names[0], value);

	if (IS_MINIMAL && i == UNWIND_GCC)
		return false;
	if (i >= 0)
		config->walker = (enum unwind_mode)i;
	return i >= 0;
}

static bool read_relay(struct config *config, const char *value)
{
	static const char *const names[] = {
		[CONFIG_RELAY_ALWAYS] = "always",
		[CONFIG_RELAY_LAZY] = "lazy",
		[CONFIG_RELAY_NEVER] = "never",
	};
	int i = find_name(names, sizeof names / sizeof names[0], value);

	if (i >= 0)
		config->relay = (enum config_relay)i;
	return i >= 0;
}

static bool read_depth(struct config *config, const char *value)
{
	uint64_t depth;

	if (!text_parse_number(value, CONFIG_DEPTH_MAX, &depth) || depth == 0)
		return false;
	config->depth = (unsigned)depth;
	return true;
}

static bool read_on_full(struct config *config, const char *value)
{
	if (strcmp(value, "drop") == 0)
		config->drops_when_full = true;
	else if (strcmp(value, "wait") == 0)
		config->drops_when_full = false;
	else
		return false;
	return true;
}

// A number and perhaps a letter that multiplies it.
static bool parse_size(const char *value, uint64_t max, uint64_t *size)
{
	static const char letters[] = "kKmM";
	char digits[16];
	size_t n = strlen(value);
	const char *letter = n > 0 ? strchr(letters, value[n - 1]) : NULL;
	unsigned shift = letter == NULL ? 0 : letter - letters < 2 ? 10 : 20;

	if (!copy(digits, sizeof digits, value, letter != NULL ? n - 1 : n) ||
	    !text_parse_number(digits, max >> shift, size))
		return false;
	*size <<= shift;
	return true;
}

static bool read_buffer(struct config *config, const char *value)
{
	uint64_t size;

	if (!parse_size(value, CONFIG_BUFFER_MOST, &size) || size < CONFIG_BUFFER_LEAST)
		return false;
	for (config->buffer_size = CONFIG_BUFFER_LEAST; config->buffer_size < size;)
		config->buffer_size *= 2;
	return true;
}

static bool read_keep(struct config *config, const char *value)
{
	uint64_t size;

	if (!parse_size(value, CONFIG_KEEP_MOST, &size) || size < CONFIG_KEEP_LEAST)
		return false;
	config->keep_size = (unsigned)size;
	return true;
}

static bool read_part_size(struct config *config, const char *value)
{
	uint64_t size;

	if (!parse_size(value, CONFIG_PART_MOST, &size) || size < CONFIG_PART_LEAST)
		return false;
	config->part_size = (unsigned)size;
	return true;
}

static bool read_n_parts(struct config *config, const char *value)
{
	uint64_t n;

	if (!text_parse_number(value, CONFIG_PARTS_MOST, &n) || n == 0)
		return false;
	config->n_parts_most = (unsigned)n;
	return true;
}

static bool read_elide(struct config *config, const char *value)
{
	uint64_t n;

	if (!text_parse_number(value, CONFIG_ELIDE_MOST, &n) || n == 0)
		return false;
	config->elide_limit = (unsigned)n;
	return true;
}

static bool read_follow(struct config *config, const char *value)
{
	bool ignores_forks = true, ignores_execs = true;

	if (strcmp(value, "none") != 0) {
		for (const char *at = value;; at++) {
			size_t n = strcspn(at, ",");
			if (n == 4 && memcmp(at, "fork", n) == 0)
				ignores_forks = false;
			else if (n == 4 && memcmp(at, "exec", n) == 0)
				ignores_execs = false;
			else
				return false;
			at += n;
			if (*at == '\0')
				break;
		}
	}
	config->ignores_forks = ignores_forks;
	config->ignores_execs = ignores_execs;
	return true;
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

static bool read_flag(bool *flag, const char *value)
{
	if ((value[0] != '0' && value[0] != '1') || value[1] != '\0')
		return false;
	*flag = value[0] == '1';
	return true;
}

static bool read_enabled(struct config *config, const char *value)
{
	bool is_enabled;

	if (!read_flag(&is_enabled, value))
		return false;
	config->starts_paused = !is_enabled;
	return true;
}

static bool read_compress(struct config *config, const char *value)
{
	return read_flag(&config->compresses, value);
}

static bool read_least_size(struct config *config, const char *value)
{
	uint64_t size;

	if (!parse_size(value, CONFIG_LEAST_SIZE_MAX, &size))
		return false;
	config->least_size = (size_t)size;
	return true;
}

// BYTES or BYTES:SEED
static bool read_sample(struct config *config, const char *value)
{
	const char *colon = strchr(value, ':');
	char bytes[16];
	uint64_t size, seed = 0;

	if (!copy(bytes, sizeof bytes, value,
		  colon != NULL ? (size_t)(colon - value) : strlen(value)) ||
	    !parse_size(bytes, CONFIG_SAMPLE_MOST, &size) || size < CONFIG_SAMPLE_LEAST ||
	    (colon != NULL && !text_parse_number(colon + 1, UINT32_MAX, &seed)))
		return false;
	config->sample_interval = (unsigned)size;
	config->sample_seed = colon != NULL ? seed + 1 : 0;
	return true;
}

static bool read_free_stacks(struct config *config, const char *value)
{
	return read_flag(&config->has_free_stacks, value);
}

static bool read_usage(struct config *config, const char *value)
{
	return read_flag(&config->counts_usage, value);
}

static bool read_mmap(struct config *config, const char *value)
{
	return read_flag(&config->has_mappings, value);
}

static bool read_memory(struct config *config, const char *value)
{
	static const char smaps[] = ",smaps";
	char digits[16];
	uint64_t ms;
	size_t n = strcspn(value, ",");

	if ((value[n] != '\0' && strcmp(value + n, smaps) != 0) ||
	    !copy(digits, sizeof digits, value, n) ||
	    !text_parse_number(digits, CONFIG_MEMORY_MOST_MS, &ms) || ms < CONFIG_MEMORY_LEAST_MS)
		return false;
	config->memory_ms = (unsigned)ms;
	config->has_smaps = value[n] != '\0';
	return true;
}

static bool read_programs(struct config *config, const char *value)
{
	config->has_programs = programs_are_valid(value);
	return config->has_programs;
}

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
	uint64_t number = 0;

	(void)text_parse_number(value, (uint64_t)SIGRTMAX, &number);
	if (number >= (uint64_t)SIGRTMIN)
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

static bool read_toggle(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_TOGGLE, value);
}

static bool read_snapshot(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_SNAPSHOT, value);
}

static bool read_flush(struct config *config, const char *value)
{
	return read_signal(config, CONFIG_SIGNAL_FLUSH, value);
}

static bool read_control(struct config *config, const char *value)
{
	char path[CONFIG_CONTROL_MAX];

	return value[0] == '/' && config_expand(value, 1, "x", 1, path, sizeof path) &&
	       copy(config->control, sizeof config->control, value, strlen(value));
}

static bool read_debug(struct config *config, const char *value)
{
	(void)config;
	return debug_parse(value);
}

const char *config_signal_variable(int which)
{
	static bool (*const readers[])(struct config *, const char *) = {
		[CONFIG_SIGNAL_TOGGLE] = read_toggle,
		[CONFIG_SIGNAL_SNAPSHOT] = read_snapshot,
		[CONFIG_SIGNAL_FLUSH] = read_flush,
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
	text_put(&text, variable->name);
	text_char(&text, '=');
	text_put_n(&text, value, strnlen(value, 200));
	text = text_start(reason, sizeof reason);
	text_put(&text, "not understood, accepted is ");
	text_put(&text, variable->accepted);
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

static void say_no_sink(const struct config *config, char *const *environment)
{
	if (config->sink == CONFIG_SINK_FILE && config->host[0] != '\0')
		log_say(LOG_TWO_SINKS, "DUMPALLOC_SERVER", "ignored, because DUMPALLOC_FILE is set",
			NULL);
	else if (config->sink == CONFIG_SINK_NONE && is_meant(environment))
		log_say(LOG_NO_SINK, "not tracing",
			"neither DUMPALLOC_FILE nor DUMPALLOC_SERVER is set",
			"set one, for example DUMPALLOC_FILE=/tmp/%e.%p.dump");
}

// A block, which is what a ring holds, must not fill more than a part of a file.
static void limit_parts(struct config *config)
{
	enum { BLOCKS_LEAST = 4 };
	unsigned most = config->part_size / BLOCKS_LEAST;

	if (config->part_size == 0 && config->n_parts_most != 0)
		log_say(LOG_NO_PARTS, "DUMPALLOC_FILE_COUNT",
			"ignored, because DUMPALLOC_FILE_SIZE is not set", NULL);
	else if (config->part_size != 0 && config->sink != CONFIG_SINK_FILE)
		log_say(LOG_NO_PARTS, "DUMPALLOC_FILE_SIZE",
			"ignored, because DUMPALLOC_FILE is not set", NULL);
	if (config->part_size == 0)
		return;
	if (config->buffer_size == 0)
		config->buffer_size = REGION_RING_SIZE;
	while (config->buffer_size > most)
		config->buffer_size /= 2;
}

// Where events may be missing, or come by another way, it cannot be known which blocks live when.
static void limit_eliding(struct config *config)
{
	const char *reason = NULL;

	if (!DUMPALLOC_ELISION)
		reason = "ignored, because this library is built without it";
	else if (config->relay == CONFIG_RELAY_NEVER)
		reason = "ignored, because with DUMPALLOC_RELAY=never there is no process for it";
	else if (config->sample_interval != 0)
		reason = "ignored, because DUMPALLOC_SAMPLE leaves out blocks by itself";
	else if (config->has_mappings)
		reason = "ignored, because DUMPALLOC_MMAP asks for what is no block";
	else if (config->drops_when_full)
		reason = "ignored, because with DUMPALLOC_ON_FULL=drop events may be missing";
	if (config->elide_limit == 0 || reason == NULL)
		return;
	config->elide_limit = 0;
	log_say(LOG_NOT_ELIDED, "DUMPALLOC_ELIDE", reason, NULL);
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

// What variables beyond the least mean to others.
static void reconcile(struct config *config)
{
	limit_parts(config);
	// There is one descriptor, and each process has a stream of its own.
	if (config->sink == CONFIG_SINK_FD)
		config->ignores_forks = config->ignores_execs = true;
	if (config->compresses && config->relay == CONFIG_RELAY_NEVER) {
		config->compresses = false;
		log_say(LOG_NOT_COMPRESSED, "DUMPALLOC_COMPRESS",
			"ignored, because with DUMPALLOC_RELAY=never there is no process for it",
			NULL);
	}
	limit_eliding(config);
}

void config_read(struct config *config, char *const *environment)
{
	const struct variable *variable;
	const char *programs = find(environment, "DUMPALLOC_PROGRAMS");
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
		if (value == NULL || *value == '\0' || variable->read(config, value))
			continue;
		say_bad_value(variable, value);
		if (variable->cause == LOG_BAD_FILE || variable->cause == LOG_BAD_SERVER ||
		    variable->cause == LOG_BAD_LISTEN || variable->cause == LOG_BAD_FD)
			has_bad_sink = true;
	}
	if (!has_bad_sink || config->sink != CONFIG_SINK_NONE)
		say_no_sink(config, environment);
	if (IS_MINIMAL)
		say_left_out(environment);
	else
		reconcile(config);
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
