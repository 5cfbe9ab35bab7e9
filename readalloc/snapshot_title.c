// SPDX-License-Identifier: GPL-3.0-or-later
// What ran and what of it is shown, for formats that have but one text for both.
#include "snapshot_title.h"

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
	return text_buffer_close(&text);
}
