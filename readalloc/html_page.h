// SPDX-License-Identifier: GPL-3.0-or-later
// The page that the html report fills with data: made of html/ when readalloc is built (html/embed.cmake).
#ifndef READALLOC_HTML_PAGE_H
#define READALLOC_HTML_PAGE_H

#include <stddef.h>

// What stands before the data, and behind them.
extern const unsigned char html_page_head[], html_page_tail[];
extern const size_t html_page_head_size, html_page_tail_size;

#endif
