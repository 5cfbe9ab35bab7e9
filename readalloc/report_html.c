// SPDX-License-Identifier: GPL-3.0-or-later
// One page with everything in it, for a browser.
#include "report.h"

#include "html_data.h"
#include "html_page.h"

bool report_html_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		       const struct report_options *options)
{
	fwrite(html_page_head, 1, html_page_head_size, out);
	html_data_write(out, snapshot, symbols, options->metric);
	fwrite(html_page_tail, 1, html_page_tail_size, out);
	return fflush(out) == 0 && !ferror(out);
}
