// SPDX-License-Identifier: GPL-3.0-or-later
// What ran and what of it is shown, for formats that have but one text for both.
#include "snapshot_title.h"

#include <inttypes.h>
#include <stdlib.h>

#include "snapshot.h"
#include "text_buffer.h"

char *snapshot_title(const struct snapshot *snapshot)
{
	const char *command = snapshot->command_line;
	if (command == NULL || command[0] == '\0') {
		command = snapshot->program != NULL ? snapshot->program : "";
	}
	struct text_buffer text;
	FILE *out = text_buffer_open(&text);
	fputs(command, out);
	if (snapshot->view != NULL) {
		fprintf(out, " [%s]", snapshot->view);
	}
	if (snapshot->base != NULL) {
		char *base = snapshot_base_text(snapshot);
		fprintf(out, " [compared with %s]", base);
		free(base);
	}
	return text_buffer_close(&text);
}

char *snapshot_base_text(const struct snapshot *snapshot)
{
	const struct snapshot *base = snapshot->base;
	struct text_buffer text;
	FILE *out = text_buffer_open(&text);
	if (base->is_same_run) {
		fputs("the same run", out);
	} else {
		fprintf(out, "%s, process %" PRIu64, base->program != NULL ? base->program : "\?\?",
			base->pid);
	}
	if (base->slice != NULL) {
		fprintf(out, ", %s", base->slice->text);
	}
	return text_buffer_close(&text);
}
