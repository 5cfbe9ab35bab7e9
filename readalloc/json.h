// SPDX-License-Identifier: GPL-3.0-or-later
// Texts in JSON.
#ifndef READALLOC_JSON_H
#define READALLOC_JSON_H

#include <stdio.h>

// Writes `text` as a JSON string, NULL as null. What text_escape writes as \xNN is written so here too, its backslash
// doubled as JSON wants it; < > and & are written as \uNNNN, so that no page the string stands in is ended by it.
void json_text(FILE *out, const char *text);

#endif
