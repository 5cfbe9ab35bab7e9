// SPDX-License-Identifier: GPL-3.0-or-later
// The environment variables: accepted values, refused values with their one line, no edits in place.
#define _GNU_SOURCE
#include "libdumpalloc/config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

// What config_read writes to standard error is said once per process, so each case has its own:
// reads `a` and `b` (NULL: absent) in a child and returns the child's messages.
static const char *messages_of(char *a, char *b)
{
	static char text[4096];
	char *environment[] = { a, b, NULL };
	int ends[2];
	size_t n = 0;

	if (pipe(ends) != 0)
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		struct config config;
		dup2(ends[1], STDERR_FILENO);
		config_read(&config, a != NULL ? environment : environment + 2);
		config_read(&config, a != NULL ? environment : environment + 2);
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], text + n, sizeof text - 1 - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return text;
}

// The configuration of up to three variables; read in a child, so that nothing counts as said here.
static struct config config_of(char *a, char *b, char *c)
{
	struct config *config = mmap(NULL, sizeof *config, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *environment[] = { a, b, c, NULL };

	if (config == MAP_FAILED)
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		config_read(config, environment);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	struct config answer = *config;
	munmap(config, sizeof *config);
	return answer;
}

static void file_alone(void)
{
	struct config config =
		config_of("PATH=/bin", "DUMPALLOC_FILE=/tmp/%e.%p", "DUMPALLOC_FILEX=1");

	CHECK_EQ(config.sink, CONFIG_SINK_FILE);
	CHECK_STR(config.file, "/tmp/%e.%p");
	CHECK_EQ(config.depth, CONFIG_DEPTH_DEFAULT);
	CHECK_EQ(config.walker, UNWIND_AUTO);
	CHECK(!config.drops_when_full);
}

static void check_server(char *variable, const char *host, const char *port)
{
	struct config config = config_of(variable, NULL, NULL);

	CHECK_EQ(config.sink, CONFIG_SINK_SERVER);
	CHECK_STR(config.host, host);
	CHECK_STR(config.port, port);
}

static void servers(void)
{
	check_server("DUMPALLOC_SERVER=10.0.2.2:7000", "10.0.2.2", "7000");
	check_server("DUMPALLOC_SERVER=build-host.lan:65535", "build-host.lan", "65535");
	check_server("DUMPALLOC_SERVER=[::1]:7000", "::1", "7000");
	check_server("DUMPALLOC_SERVER=[fe80::1%eth0]:1", "fe80::1%eth0", "1");
	check_server("DUMPALLOC_SERVER=localhost:http", "localhost", "http");
	check_server("DUMPALLOC_SERVER=auto", "auto", "");
}

static void bad_servers_are_refused(void)
{
	static char *const bad[] = {
		"DUMPALLOC_SERVER=host",       "DUMPALLOC_SERVER=host:",
		"DUMPALLOC_SERVER=:7000",      "DUMPALLOC_SERVER=host:0",
		"DUMPALLOC_SERVER=host:65536", "DUMPALLOC_SERVER=::1:7000",
		"DUMPALLOC_SERVER=[::1]",      "DUMPALLOC_SERVER=[]:7000",
		"DUMPALLOC_SERVER=[::1:7000",  "DUMPALLOC_SERVER=host:7 0",
		"DUMPALLOC_SERVER=host:7000/", "DUMPALLOC_SERVER=/host:7000",
		"DUMPALLOC_SERVER=unix:path",  "DUMPALLOC_SERVER=unix:",
		"DUMPALLOC_SERVER=autos",      "DUMPALLOC_SERVER=udp:7000",
		"DUMPALLOC_SERVER=udp:auto",   "DUMPALLOC_SERVER=udp:unix:/a",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char expected[256];
		snprintf(expected, sizeof expected,
			 "dumpalloc: %s: not understood, accepted is auto, HOST:PORT, "
			 "[IPV6-ADDRESS]:PORT, udp:HOST:PORT or unix:/PATH of less than "
			 "108 bytes\n",
			 bad[i]);
		CHECK_STR(messages_of(bad[i], NULL), expected);
		CHECK_EQ(config_of(bad[i], NULL, NULL).sink, CONFIG_SINK_NONE);
	}
}

static void datagrams(void)
{
	struct config config = config_of("DUMPALLOC_SERVER=udp:[::1]:7000", NULL, NULL);
	CHECK_EQ(config.sink, CONFIG_SINK_UDP);
	CHECK_STR(config.host, "::1");
	CHECK_STR(config.port, "7000");
	config = config_of("DUMPALLOC_LISTEN=udp:1.2.3.4:7000", NULL, NULL);
	CHECK_EQ(config.sink, CONFIG_SINK_NONE);
}

static void other_variables(void)
{
	struct config config =
		config_of("DUMPALLOC_FILE=f", "DUMPALLOC_WALK_STACK=1", "DUMPALLOC_DEPTH=1024");
	CHECK_EQ(config.walker, UNWIND_SCAN);
	CHECK_EQ(config.depth, 1024);
	config = config_of("DUMPALLOC_UNWIND=auto", "DUMPALLOC_WALK_STACK=1", "DUMPALLOC_FILE=f");
	CHECK_EQ(config.walker, UNWIND_AUTO);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_UNWIND=tables", NULL).walker,
		 UNWIND_TABLES);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_UNWIND=gcc", NULL).walker, UNWIND_GCC);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_UNWIND=fp", NULL).walker, UNWIND_FP);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_UNWIND=none", NULL).walker, UNWIND_NONE);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_WALK_STACK=0", "DUMPALLOC_ON_FULL=drop");
	CHECK_EQ(config.walker, UNWIND_AUTO);
	CHECK(config.drops_when_full);

	static const struct {
		const char *value;
		unsigned size;
	} buffers[] = {
		{ "DUMPALLOC_BUFFER=64k", 64 << 10 },
		{ "DUMPALLOC_BUFFER=65536", 64 << 10 },
		{ "DUMPALLOC_BUFFER=65537", 128 << 10 },
		{ "DUMPALLOC_BUFFER=100K", 128 << 10 },
		{ "DUMPALLOC_BUFFER=1M", 1 << 20 },
		{ "DUMPALLOC_BUFFER=1024k", 1 << 20 },
		{ "DUMPALLOC_BUFFER=2M", 0 },
		{ "DUMPALLOC_BUFFER=63k", 0 },
		{ "DUMPALLOC_BUFFER=k", 0 },
		{ "DUMPALLOC_BUFFER=64kB", 0 },
		{ "DUMPALLOC_BUFFER=64g", 0 },
		{ "DUMPALLOC_BUFFER=-1", 0 },
		{ "DUMPALLOC_BUFFER=1048577", 0 },
		{ "DUMPALLOC_BUFFER=99999999999999999M", 0 },
	};
	for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
		config = config_of("DUMPALLOC_FILE=f", (char *)buffers[i].value, NULL);
		CHECK_EQ(config.buffer_size, buffers[i].size);
	}
	config = config_of("DUMPALLOC_FILE=f", NULL, NULL);
	CHECK_EQ(config.keep_size, 512 << 10);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_KEEP=4M", NULL);
	CHECK_EQ(config.keep_size, 4 << 20);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_KEEP=511k", NULL);
	CHECK_EQ(config.keep_size, 512 << 10);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_KEEP=257M", NULL);
	CHECK_EQ(config.keep_size, 512 << 10);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_COMPRESS=1", NULL);
	CHECK(config.compresses);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_COMPRESS=yes", NULL);
	CHECK(!config.compresses);
	config = config_of("DUMPALLOC_COMPRESS=1", "DUMPALLOC_RELAY=never", NULL);
	CHECK(!config.compresses);

	static const struct {
		const char *value;
		bool ignores_forks, ignores_execs;
	} follows[] = {
		{ "X=", false, false },
		{ "DUMPALLOC_FOLLOW=none", true, true },
		{ "DUMPALLOC_FOLLOW=fork", false, true },
		{ "DUMPALLOC_FOLLOW=exec", true, false },
		{ "DUMPALLOC_FOLLOW=exec,fork", false, false },
		{ "DUMPALLOC_FOLLOW=fork,", false, false }, // not understood
		{ "DUMPALLOC_FOLLOW=fork,none", false, false },
		{ "DUMPALLOC_FOLLOW=forks", false, false },
	};
	for (size_t i = 0; i < sizeof follows / sizeof follows[0]; i++) {
		config = config_of("DUMPALLOC_FILE=f", (char *)follows[i].value, NULL);
		CHECK_EQ(config.ignores_forks, follows[i].ignores_forks);
		CHECK_EQ(config.ignores_execs, follows[i].ignores_execs);
	}
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_ENABLED=0", "DUMPALLOC_MIN_SIZE=2k");
	CHECK(config.starts_paused);
	CHECK_EQ(config.least_size, 2048);
	CHECK(!config.has_free_stacks);
	CHECK(!config.counts_usage);
	CHECK_EQ(config.sample_interval, 0);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_SAMPLE=512k", NULL);
	CHECK_EQ(config.sample_interval, 512 << 10);
	CHECK_EQ(config.sample_seed, 0);
	config = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_SAMPLE=64M:0", NULL);
	CHECK_EQ(config.sample_interval, 64 << 20);
	CHECK_EQ(config.sample_seed, 1);
	config = config_of("DUMPALLOC_ENABLED=1", "DUMPALLOC_FREE_STACKS=1", "DUMPALLOC_USAGE=1");
	CHECK(!config.starts_paused);
	CHECK_EQ(config.least_size, 0);
	CHECK(config.has_free_stacks);
	CHECK(config.counts_usage);
	static const struct {
		const char *value;
		int number;
	} signals[] = {
		{ "DUMPALLOC_SIGNAL_TOGGLE=SIGUSR1", SIGUSR1 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=USR2", SIGUSR2 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=1", SIGHUP },
		{ "DUMPALLOC_SIGNAL_TOGGLE=40", 40 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=SIGKILL", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=9", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=SEGV", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=0", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=1000", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=USR1 ", 0 },
		{ "DUMPALLOC_SIGNAL_TOGGLE=SIG", 0 },
	};
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		config = config_of("DUMPALLOC_FILE=f", (char *)signals[i].value, NULL);
		CHECK_EQ(config.signals[CONFIG_SIGNAL_TOGGLE], signals[i].number);
	}
	config = config_of("DUMPALLOC_SIGNAL_FLUSH=HUP", "DUMPALLOC_SIGNAL_SNAPSHOT=SIGHUP", NULL);
	CHECK_EQ(config.signals[CONFIG_SIGNAL_SNAPSHOT], SIGHUP);
	CHECK_EQ(config.signals[CONFIG_SIGNAL_FLUSH], 0);
	CHECK(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_PROGRAMS=test_*", NULL).has_programs);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_PROGRAMS=!test_*", NULL).sink,
		 CONFIG_SINK_NONE);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_PROGRAMS=other", NULL).sink,
		 CONFIG_SINK_NONE);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_PROGRAMS=,", NULL).sink,
		 CONFIG_SINK_FILE);
	static const char *const relays[] = { "DUMPALLOC_RELAY=always", "DUMPALLOC_RELAY=lazy",
					      "DUMPALLOC_RELAY=never" };
	for (int relay = CONFIG_RELAY_ALWAYS; relay <= CONFIG_RELAY_NEVER; relay++) {
		config = config_of("DUMPALLOC_FILE=f", (char *)relays[relay], NULL);
		CHECK_EQ(config.relay, relay);
	}
}

static void bad_values_keep_the_default_and_are_said(void)
{
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_DEPTH=0"),
		  "dumpalloc: DUMPALLOC_DEPTH=0: not understood, accepted is a number from 1 to "
		  "1024\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_WALK_STACK=yes"),
		  "dumpalloc: DUMPALLOC_WALK_STACK=yes: not understood, accepted is 0 or 1\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_UNWIND=Auto"),
		  "dumpalloc: DUMPALLOC_UNWIND=Auto: not understood, accepted is auto, tables, "
		  "scan, fp, gcc or none\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_ON_FULL=\n"),
		  "dumpalloc: DUMPALLOC_ON_FULL=?: not understood, accepted is wait or drop\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=%x", NULL),
		  "dumpalloc: DUMPALLOC_FILE=%x: not understood, accepted is a path shorter than "
		  "4096 "
		  "bytes; %p, %e, %t and %% are replaced\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_ENABLED=yes"),
		  "dumpalloc: DUMPALLOC_ENABLED=yes: not understood, accepted is 0 or 1\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_FREE_STACKS=11"),
		  "dumpalloc: DUMPALLOC_FREE_STACKS=11: not understood, accepted is 0 or 1\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_USAGE=2"),
		  "dumpalloc: DUMPALLOC_USAGE=2: not understood, accepted is 0 or 1\n");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_PROGRAMS=a,,b"),
		  "dumpalloc: DUMPALLOC_PROGRAMS=a,,b: not understood, accepted is names with * "
		  "and ?, "
		  "separated by commas, ! in front of what is left out\n");
	CHECK_STR(messages_of("DUMPALLOC_PROGRAMS=other", "DUMPALLOC_DEPTH=many"), "");
	CHECK_STR(
		messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_CONTROL=socket"),
		"dumpalloc: DUMPALLOC_CONTROL=socket: not understood, accepted is an absolute path "
		"shorter than 108 bytes; %p, %e, %t and %% are replaced\n");
	CHECK_STR(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_CONTROL=/run/%e.%p", NULL).control,
		  "/run/%e.%p");
	CHECK_STR(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_CONTROL=/run/%x", NULL).control, "");
	const char memory[] = "a number of milliseconds from 10 to 3600000, perhaps with ,smaps\n";
	static const char *const wrong[] = { "9", "3600001", "1s", "100,", "100,smap", ",smaps" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char setting[64], line[256];
		snprintf(setting, sizeof setting, "DUMPALLOC_MEMORY=%s", wrong[i]);
		snprintf(line, sizeof line, "dumpalloc: %s: not understood, accepted is %s",
			 setting, memory);
		CHECK_STR(messages_of("DUMPALLOC_FILE=f", setting), line);
	}
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_MMAP=yes"),
		  "dumpalloc: DUMPALLOC_MMAP=yes: not understood, accepted is 0 or 1\n");
	CHECK(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_MMAP=1", NULL).has_mappings);
	CHECK(!config_of("DUMPALLOC_FILE=f", NULL, NULL).has_mappings);
	struct config looks = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_MEMORY=250", NULL);
	CHECK(looks.memory_ms == 250 && !looks.has_smaps);
	looks = config_of("DUMPALLOC_FILE=f", "DUMPALLOC_MEMORY=10,smaps", NULL);
	CHECK(looks.memory_ms == 10 && looks.has_smaps);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", NULL, NULL).memory_ms, 0);
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_SIGNAL_SNAPSHOT=KILL"),
		  "dumpalloc: DUMPALLOC_SIGNAL_SNAPSHOT=KILL: not understood, accepted is a signal "
		  "by name, HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TERM, CONT, TSTP, URG, PWR, IO "
		  "or WINCH with or without SIG, or by number, a real-time one too; each variable "
		  "has its own\n");
	static const char *const debugs[] = {
		"relays", "all:3", "all:", "session:11", "relay,", ""
	};
	for (size_t i = 0; debugs[i][0] != '\0'; i++) {
		char variable[64], expected[256];
		snprintf(variable, sizeof variable, "DUMPALLOC_DEBUG=%s", debugs[i]);
		snprintf(expected, sizeof expected,
			 "dumpalloc: %s: not understood, accepted is session, relay, threads, "
			 "modules, control or all, each perhaps with :0, :1 or :2, with commas\n",
			 variable);
		CHECK_STR(messages_of("DUMPALLOC_FILE=f", variable), expected);
	}
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_DEBUG=all:2,session:0,relay"), "");
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", "DUMPALLOC_MIN_SIZE=1025M"),
		  "dumpalloc: DUMPALLOC_MIN_SIZE=1025M: not understood, accepted is a number of "
		  "bytes up "
		  "to 1024M; k and M multiply\n");
	static const char *const samples[] = { "1023", "65M", "512k:",           "512k:x",
					       ":1",   "1G",  "512k:4294967296", "" };
	for (size_t i = 0; samples[i][0] != '\0'; i++) {
		char variable[64], expected[256];
		snprintf(variable, sizeof variable, "DUMPALLOC_SAMPLE=%s", samples[i]);
		snprintf(expected, sizeof expected,
			 "dumpalloc: %s: not understood, accepted is a number of bytes from 1k to "
			 "64M, "
			 "k and M multiply, perhaps with :SEED, a number\n",
			 variable);
		CHECK_STR(messages_of("DUMPALLOC_FILE=f", variable), expected);
		CHECK_EQ(config_of("DUMPALLOC_FILE=f", variable, NULL).sample_interval, 0);
	}
	CHECK(!config_of("DUMPALLOC_FILE=f", "DUMPALLOC_ENABLED=", NULL).starts_paused);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_MIN_SIZE=-1", NULL).least_size, 0);
	CHECK_EQ(config_of("DUMPALLOC_FILE=f", "DUMPALLOC_DEPTH=1025", NULL).depth,
		 CONFIG_DEPTH_DEFAULT);
}

static void no_sink_and_two_sinks_are_said(void)
{
	CHECK_STR(messages_of("HOME=/", "DUMPALLOC_FILE="),
		  "dumpalloc: not tracing: none of DUMPALLOC_FILE, DUMPALLOC_FD, DUMPALLOC_SERVER "
		  "and DUMPALLOC_LISTEN is set: "
		  "set one, for example DUMPALLOC_FILE=/tmp/%e.%p.dump\n");
	CHECK(messages_of("HOME=/", "LD_PRELOAD=/lib/libdumpalloc.so")[0] != '\0');
	// Loaded into every program of a system.
	CHECK_STR(messages_of("HOME=/", "LD_PRELOAD=/lib/other.so"), "");
	CHECK_STR(messages_of("DUMPALLOC_SERVER=h:1", "DUMPALLOC_FILE=f"),
		  "dumpalloc: DUMPALLOC_SERVER: ignored, because DUMPALLOC_FILE is set\n");
	CHECK_STR(messages_of("DUMPALLOC_LISTEN=7000", "DUMPALLOC_FILE=f"),
		  "dumpalloc: DUMPALLOC_LISTEN: ignored, because DUMPALLOC_FILE is set\n");
	CHECK_STR(messages_of("DUMPALLOC_LISTEN=7000", "DUMPALLOC_SERVER=udp:h:1"),
		  "dumpalloc: DUMPALLOC_LISTEN: ignored, because DUMPALLOC_SERVER is set\n");
	CHECK_STR(messages_of("DUMPALLOC_SERVER=h:1", "DUMPALLOC_FD=9"),
		  "dumpalloc: DUMPALLOC_SERVER: ignored, because DUMPALLOC_FD is set\n");
	CHECK_STR(messages_of("DUMPALLOC_LISTEN=7000", "DUMPALLOC_FILE="), "");
	CHECK_STR(messages_of("DUMPALLOC_LISTEN=", "DUMPALLOC_FILE=f"), "");
	CHECK_EQ(config_of("DUMPALLOC_SERVER=h:1", "DUMPALLOC_FILE=f", NULL).sink,
		 CONFIG_SINK_FILE);
	CHECK_STR(messages_of("DUMPALLOC_FILE=f", NULL), "");
}

static void long_file_is_refused(void)
{
	static char variable[5000] = "DUMPALLOC_FILE=";

	memset(variable + 15, 'a', 4096);
	CHECK_EQ(config_of(variable, NULL, NULL).sink, CONFIG_SINK_NONE);
	CHECK(strstr(messages_of(variable, NULL), "accepted is a path") != NULL);
	variable[15 + 4095] = '\0';
	CHECK_EQ(config_of(variable, NULL, NULL).sink, CONFIG_SINK_FILE);
}

static void environment_is_not_edited(void)
{
	char server[] = "DUMPALLOC_SERVER=[::1]:7000";
	char file[] = "DUMPALLOC_FILE=%%a";

	struct config config;
	char *environment[] = { server, file, NULL };
	config_read(&config, environment);
	CHECK_STR(config.file, "%%a");
	CHECK_STR(config.host, "::1");
	CHECK_STR(server, "DUMPALLOC_SERVER=[::1]:7000");
	CHECK_STR(file, "DUMPALLOC_FILE=%%a");
}

static void names_are_expanded(void)
{
	char path[32];

	CHECK(config_expand("/tmp/%e-%p-%t-%%", 123, "sh", 1700000000, path, sizeof path));
	CHECK_STR(path, "/tmp/sh-123-1700000000-%");
	CHECK(config_expand("", 1, "", 0, path, sizeof path));
	CHECK(!config_expand("%", 1, "x", 0, path, sizeof path));
	CHECK(!config_expand("%q", 1, "x", 0, path, sizeof path));
	CHECK(!config_expand("%e%e%e%e", 1, "12345678", 0, path, sizeof path));
}

int main(void)
{
	file_alone();
	servers();
	bad_servers_are_refused();
	datagrams();
	other_variables();
	bad_values_keep_the_default_and_are_said();
	no_sink_and_two_sinks_are_said();
	long_file_is_refused();
	environment_is_not_edited();
	names_are_expanded();
	return check_result();
}
