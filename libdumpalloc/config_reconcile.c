// SPDX-License-Identifier: LGPL-2.1-or-later
// What variables mean to each other.
#include "libdumpalloc/config_values.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/region.h"

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

void config_reconcile(struct config *config)
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
