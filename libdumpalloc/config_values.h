// SPDX-License-Identifier: LGPL-2.1-or-later
// The values of variables, one function for each variable: for the rows in config.c.
#ifndef LIBDUMPALLOC_CONFIG_VALUES_H
#define LIBDUMPALLOC_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/config.h"

// Each takes `value`, which is not empty, into `config`. False: it is not accepted, and
// the default stays.
bool config_read_file(struct config *config, const char *value);
bool config_read_server(struct config *config, const char *value);
bool config_read_walker(struct config *config, const char *value);
bool config_read_unwind(struct config *config, const char *value);
bool config_read_depth(struct config *config, const char *value);
bool config_read_fd(struct config *config, const char *value);
bool config_read_listen(struct config *config, const char *value);
bool config_read_keep(struct config *config, const char *value);
bool config_read_part_size(struct config *config, const char *value);
bool config_read_n_parts(struct config *config, const char *value);
bool config_read_compress(struct config *config, const char *value);
bool config_read_elide(struct config *config, const char *value);
bool config_read_on_full(struct config *config, const char *value);
bool config_read_follow(struct config *config, const char *value);
bool config_read_relay(struct config *config, const char *value);
bool config_read_buffer(struct config *config, const char *value);
bool config_read_enabled(struct config *config, const char *value);
bool config_read_least_size(struct config *config, const char *value);
bool config_read_sample(struct config *config, const char *value);
bool config_read_free_stacks(struct config *config, const char *value);
bool config_read_usage(struct config *config, const char *value);
bool config_read_programs(struct config *config, const char *value);
bool config_read_toggle(struct config *config, const char *value);
bool config_read_snapshot(struct config *config, const char *value);
bool config_read_flush(struct config *config, const char *value);
bool config_read_control(struct config *config, const char *value);
bool config_read_mmap(struct config *config, const char *value);
bool config_read_memory(struct config *config, const char *value);
bool config_read_debug(struct config *config, const char *value);

// Ignores what cannot be had together with other variables' values, each with a line. Not for a minimal build, which
// has none of them.
void config_reconcile(struct config *config);

// Copies `n` bytes and ends them. False: they do not fit into `size`.
bool config_copy(char *to, size_t size, const char *from, size_t n);

// A number of `least` to `most`. False: it is not one, and `*number` stays.
bool config_parse_number(const char *value, uint32_t least, uint32_t most, unsigned *number);

// A number, perhaps with k or M, of `least` to `most` bytes. False: it is not one, and `*size`
// stays.
bool config_parse_size(const char *value, uint32_t least, uint32_t most, uint32_t *size);

#endif
