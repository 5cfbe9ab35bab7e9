// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of names: how many are missing, which files are the cause, and what to do.
#include "summary_names.h"

#include "findings.h"
#include "snapshot.h"
#include "summary_text.h"
#include "symbols.h"
#include "util.h"

static void add(void *context, const struct symbols_account *account)
{
	struct symbols_account *sum = context;
	sum->n_sites += account->n_sites;
	sum->n_nameless += account->n_nameless;
	sum->n_lineless += account->n_lineless;
}

static void write_account(void *context, const struct symbols_account *account)
{
	FILE *out = context;
	size_t n = account->n_nameless + account->n_lineless;
	if (n == 0) {
		return;
	}
	const char *path = account->module != NULL ? account->module->path : NULL;
	fprintf(out, "%zu in ", n);
	if (account->findings != NULL) {
		findings_write(out, path, account->findings);
	} else if (path != NULL && path[0] != '\0') {
		findings_line(out, path, "the kernel's own code, of which there is no file", NULL,
			      NULL);
	} else {
		fputs("code of no known file, such as is made at run time\n", out);
	}
}

void summary_names_write(FILE *out, const struct symbols *symbols)
{
	struct symbols_account sum = { .n_sites = 0 };
	symbols_account(symbols, add, &sum);
	if (sum.n_nameless + sum.n_lineless == 0) {
		return;
	}
	fprintf(out,
		"\nNames: of %zu %s looked up, %zu %s no function and %zu more no "
		"line\n\n",
		sum.n_sites, text_noun(sum.n_sites, "call site", "call sites"), sum.n_nameless,
		text_noun(sum.n_nameless, "has", "have"), sum.n_lineless);
	symbols_account(symbols, write_account, out);
}
