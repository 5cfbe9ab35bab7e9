// SPDX-License-Identifier: GPL-3.0-or-later
// Names of many call sites at once, and an account of all that were asked for.
#include "snapshot.h"
#include "symbols_private.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

static const char *path_of(const struct site *site)
{
	return site->module != NULL && site->module->path != NULL ? site->module->path : "";
}

// Modules by name, so that what is said of them comes in the same order in every run.
static int compare_sites(const void *a, const void *b)
{
	const struct site *one = *(const struct site *const *)a;
	const struct site *two = *(const struct site *const *)b;
	if (one->module != two->module) {
		int order = strcmp(path_of(one), path_of(two));
		if (order != 0) {
			return order;
		}
		return (uintptr_t)one->module < (uintptr_t)two->module ? -1 : 1;
	}
	return one->offset < two->offset ? -1 : one->offset > two->offset;
}

void symbols_prepare(struct symbols *symbols, const struct site *const *sites, size_t n)
{
	const struct site **sorted = xcalloc(n + 1, sizeof(*sorted));
	memcpy(sorted, sites, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_sites);
	for (size_t i = 0; i < n; i++) {
		const struct module *module = sorted[i]->module;
		symbols_find(symbols, sorted[i]);
		if (module != NULL && (i + 1 == n || sorted[i + 1]->module != module)) {
			struct symbols *owner = symbols_owner(symbols, sorted[i]);
			symbols_source_close(symbols_source(owner, module));
		}
	}
	free(sorted);
}

void symbols_account(const struct symbols *symbols,
		     void (*take)(void *context, const struct symbols_account *account),
		     void *context)
{
	// The last is for code of no known file.
	struct symbols_account *accounts = xcalloc(symbols->n_sources + 1, sizeof(*accounts));
	for (size_t i = 0; i < symbols->n_answers; i++) {
		const struct answer *answer = &symbols->answers[i];
		uint32_t hash = hash_pair((uintptr_t)answer->module, 0), step = 0, at;
		while ((at = index_table_next(&symbols->by_module, hash, &step)) != INDEX_NONE &&
		       symbols->sources[at].module != answer->module) {
		}
		struct symbols_account *account =
			&accounts[at != INDEX_NONE ? at : symbols->n_sources];
		const struct symbol *outermost = &answer->frames[answer->n - 1];
		account->n_sites++;
		account->n_nameless += outermost->function == NULL;
		account->n_lineless +=
			outermost->function != NULL && outermost->line == 0 && !answer->is_special;
	}
	for (size_t i = 0; i <= symbols->n_sources; i++) {
		if (i < symbols->n_sources) {
			const struct symbols_findings *findings = &symbols->sources[i].findings;
			bool has_file = findings->verdict != VERDICT_NONE || findings->error != 0;
			accounts[i].module = symbols->sources[i].module;
			accounts[i].findings = has_file ? findings : NULL;
		}
		if (accounts[i].n_sites > 0) {
			take(context, &accounts[i]);
		}
	}
	free(accounts);
}
