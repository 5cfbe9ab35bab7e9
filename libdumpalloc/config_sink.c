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

static bool read_unix(struct config *config, const char *path)
{
	size_t n = strlen(path);

	if (path[0] != '/' || n >= CONFIG_UNIX_MOST ||
	    !config_copy(config->host, sizeof config->host, path, n))
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

bool config_read_server(struct config *config, const char *value)
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
		return config_copy(config->host, sizeof config->host, value, strlen(value));
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

	uint32_t number;
	bool is_number = colon[1] >= '0' && colon[1] <= '9';
	if (is_number && (!text_parse_number(colon + 1, 65535, &number) || number == 0))
		return false;
	if (n == 0 || !config_copy(config->host, sizeof config->host, host, n) ||
	    !config_copy(config->port, sizeof config->port, colon + 1, strlen(colon + 1)))
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
