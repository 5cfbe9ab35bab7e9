// SPDX-License-Identifier: GPL-3.0-or-later
// Texts kept once each, so that equal texts are equal pointers.
#ifndef READALLOC_TEXT_STORE_H
#define READALLOC_TEXT_STORE_H

struct text_store;

struct text_store *text_store_new(void);
void text_store_free(struct text_store *store);

// The kept copy of `text`, which lives as long as the store; NULL for NULL.
const char *text_store_keep(struct text_store *store, const char *text);

#endif
