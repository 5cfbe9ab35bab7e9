// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the stream goes: the values of the variables that say so.
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/config_values.h"
#include "libdumpalloc/text.h"
#include "unwind/minimal.h"

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

bool config_read_file(struct config *config, const char *value)
{
	char path[CONFIG_PATH_MAX];

	if (!config_expand(value, 1, "x", 1, path, sizeof path) ||
	    !config_copy(config->file, sizeof config->file, value, strlen(value)))
		return false;
	if (value[0] != '/' && getcwd(config->directory, sizeof config->directory) == NULL)
		config->directory[0] = '\0';
	config->sink = CONFIG_SINK_FILE;
	return true;
}

bool config_read_fd(struct config *config, const char *value)
{
	uint32_t fd;

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

static bool is_udp(const char *value)
{
	return strncmp(value, udp_prefix, sizeof udp_prefix - 1) == 0;
}

// Of HOST:PORT its parts, the host of `*n` bytes; an IPv6 address is in brackets. False: it is none.
static bool split_peer(const char *value, const char **host, size_t *n, const char **port)
{
	const char *colon = strrchr(value, ':');
	uint32_t number;

	if (colon == NULL || *value == '/' || colon[1] == '\0' || strpbrk(colon, " \t/") != NULL)
		return false;
	*host = value;
	*n = (size_t)(colon - value);
	*port = colon + 1;
	if (*value == '[') {
		if (*n < 3 || colon[-1] != ']')
			return false;
		++*host;
		*n -= 2;
	} else if (memchr(value, ':', *n) != NULL) {
		return false; // an IPv6 address without brackets: where its port begins is a guess
	}
	bool is_number = colon[1] >= '0' && colon[1] <= '9';
	return *n != 0 && (!is_number || (text_parse_number(*port, 65535, &number) && number != 0));
}

bool config_read_server(struct config *config, const char *value)
{
	enum config_sink sink = CONFIG_SINK_SERVER;
	const char *host = value, *port = "";
	size_t n = strlen(value);

	if (!IS_MINIMAL && is_unix(value)) {
		host += sizeof unix_prefix - 1;
		n -= sizeof unix_prefix - 1;
		if (host[0] != '/' || n >= CONFIG_UNIX_MOST)
			return false;
	} else if (IS_MINIMAL || strcmp(value, "auto") != 0) { // "auto": its port is to be found
		if (!IS_MINIMAL && is_udp(value)) {
			sink = CONFIG_SINK_UDP;
			value += sizeof udp_prefix - 1;
		}
		if (!split_peer(value, &host, &n, &port))
			return false;
	}
	if (!config_copy(config->host, sizeof config->host, host, n) ||
	    !config_copy(config->port, sizeof config->port, port, strlen(port)))
		return false;
	if (config->sink == CONFIG_SINK_NONE)
		config->sink = sink;
	return true;
}

bool config_read_listen(struct config *config, const char *value)
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
	if (text.is_cut || is_unix(value) || is_udp(value) || !config_read_server(config, place))
		return false;
	config->sink = CONFIG_SINK_LISTEN;
	return true;
}

bool config_read_keep(struct config *config, const char *value)
{
	return config_parse_size(value, CONFIG_KEEP_LEAST, CONFIG_KEEP_MOST, &config->keep_size);
}

bool config_read_part_size(struct config *config, const char *value)
{
	return config_parse_size(value, CONFIG_PART_LEAST, CONFIG_PART_MOST, &config->part_size);
}

bool config_read_n_parts(struct config *config, const char *value)
{
	return config_parse_number(value, 1, CONFIG_PARTS_MOST, &config->n_parts_most);
}

bool config_read_control(struct config *config, const char *value)
{
	char path[CONFIG_CONTROL_MAX];

	return value[0] == '/' && config_expand(value, 1, "x", 1, path, sizeof path) &&
	       config_copy(config->control, sizeof config->control, value, strlen(value));
}
