// SPDX-License-Identifier: LGPL-2.1-or-later
// What is recorded and how: the values of the variables that say so.
#include "libdumpalloc/config_values.h"

#include <string.h>

#include "libdumpalloc/debug.h"
#include "libdumpalloc/programs.h"
#include "libdumpalloc/text.h"
#include "unwind/minimal.h"

bool config_copy(char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
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

bool config_parse_number(const char *value, uint32_t least, uint32_t most, unsigned *number)
{
	uint32_t parsed;

	if (!text_parse_number(value, most, &parsed) || parsed < least)
		return false;
	*number = (unsigned)parsed;
	return true;
}

// A number and perhaps a letter that multiplies it.
bool config_parse_size(const char *value, uint32_t least, uint32_t most, uint32_t *size)
{
	static const char letters[] = "kKmM";
	char digits[16];
	uint32_t number;
	size_t n = strlen(value);
	const char *letter = n > 0 ? strchr(letters, value[n - 1]) : NULL;
	unsigned shift = letter == NULL ? 0 : letter - letters < 2 ? 10 : 20;

	if (!config_copy(digits, sizeof digits, value, letter != NULL ? n - 1 : n) ||
	    !text_parse_number(digits, most >> shift, &number) || number << shift < least)
		return false;
	*size = number << shift;
	return true;
}

static bool read_flag(bool *flag, const char *value)
{
	if ((value[0] != '0' && value[0] != '1') || value[1] != '\0')
		return false;
	*flag = value[0] == '1';
	return true;
}

bool config_read_walker(struct config *config, const char *value)
{
	if (strcmp(value, "1") == 0)
		config->walker = UNWIND_SCAN;
	else if (strcmp(value, "0") == 0)
		config->walker = UNWIND_AUTO;
	else
		return false;
	return true;
}

bool config_read_unwind(struct config *config, const char *value)
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

bool config_read_depth(struct config *config, const char *value)
{
	return config_parse_number(value, 1, CONFIG_DEPTH_MAX, &config->depth);
}

bool config_read_buffer(struct config *config, const char *value)
{
	uint32_t size;

	if (!config_parse_size(value, CONFIG_BUFFER_LEAST, CONFIG_BUFFER_MOST, &size))
		return false;
	for (config->buffer_size = CONFIG_BUFFER_LEAST; config->buffer_size < size;)
		config->buffer_size *= 2;
	return true;
}

bool config_read_elide(struct config *config, const char *value)
{
	return config_parse_number(value, 0, CONFIG_ELIDE_MOST, &config->elide_limit);
}

bool config_read_enabled(struct config *config, const char *value)
{
	bool is_enabled;

	if (!read_flag(&is_enabled, value))
		return false;
	config->starts_paused = !is_enabled;
	return true;
}

bool config_read_least_size(struct config *config, const char *value)
{
	uint32_t size;

	if (!config_parse_size(value, 0, CONFIG_LEAST_SIZE_MAX, &size))
		return false;
	config->least_size = (size_t)size;
	return true;
}

// BYTES or BYTES:SEED
bool config_read_sample(struct config *config, const char *value)
{
	const char *colon = strchr(value, ':');
	char bytes[16];
	uint32_t size, seed = 0;

	if (!config_copy(bytes, sizeof bytes, value,
			 colon != NULL ? (size_t)(colon - value) : strlen(value)) ||
	    !config_parse_size(bytes, CONFIG_SAMPLE_LEAST, CONFIG_SAMPLE_MOST, &size) ||
	    (colon != NULL && !text_parse_number(colon + 1, UINT32_MAX, &seed)))
		return false;
	config->sample_interval = (unsigned)size;
	config->sample_seed = colon != NULL ? (uint64_t)seed + 1 : 0;
	return true;
}

bool config_read_free_stacks(struct config *config, const char *value)
{
	return read_flag(&config->has_free_stacks, value);
}

bool config_read_usage(struct config *config, const char *value)
{
	return read_flag(&config->counts_usage, value);
}

bool config_read_mmap(struct config *config, const char *value)
{
	return read_flag(&config->has_mappings, value);
}

bool config_read_memory(struct config *config, const char *value)
{
	static const char smaps[] = ",smaps";
	char digits[16];
	size_t n = strcspn(value, ",");

	if ((value[n] != '\0' && strcmp(value + n, smaps) != 0) ||
	    !config_copy(digits, sizeof digits, value, n) ||
	    !config_parse_number(digits, CONFIG_MEMORY_LEAST_MS, CONFIG_MEMORY_MOST_MS,
				 &config->memory_ms))
		return false;
	config->has_smaps = value[n] != '\0';
	return true;
}

bool config_read_programs(struct config *config, const char *value)
{
	config->has_programs = programs_are_valid(value);
	return config->has_programs;
}

bool config_read_debug(struct config *config, const char *value)
{
	(void)config;
	return debug_parse(value);
}

bool config_read_relay(struct config *config, const char *value)
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

bool config_read_on_full(struct config *config, const char *value)
{
	if (strcmp(value, "drop") == 0)
		config->drops_when_full = true;
	else if (strcmp(value, "wait") == 0)
		config->drops_when_full = false;
	else
		return false;
	return true;
}

bool config_read_follow(struct config *config, const char *value)
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

bool config_read_compress(struct config *config, const char *value)
{
	return read_flag(&config->compresses, value);
}
