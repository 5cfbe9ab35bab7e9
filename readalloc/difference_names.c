// SPDX-License-Identifier: GPL-3.0-or-later
// What a function is known by in two runs, whose builds may spell its name in two ways.
#include "difference_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "function_name.h"
#include "index_table.h"
#include "snapshot.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

enum { NOW = 1, BASE = 2, BOTH = NOW | BASE };

// A text of a file, and what was seen of it: of a plain name the forms of whole ones, of a whole one the runs.
struct name {
	const char *text, *file;
	unsigned seen;
};

enum { FORM_WITH_ARGUMENTS = 1, FORM_WITHOUT = 2 };

struct name_table {
	struct name *list;
	size_t n, room;
	struct index_table index;
};

// A module by its file's name, and the runs in which it has functions, and lines.
struct module_names {
	const char *name;
	unsigned named, lined;
};

struct difference_names {
	struct text_store *texts;
	struct name_table plain, whole;
	struct module_names *modules;
	size_t n_modules, modules_room;
};

static const char *last_of(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	return slash != NULL ? slash + 1 : path;
}

static struct name *name_find(const struct name_table *table, const char *text, const char *file)
{
	uint32_t hash = hash_pair((uintptr_t)text, (uintptr_t)file), step = 0, at;
	while ((at = index_table_next(&table->index, hash, &step)) != INDEX_NONE) {
		if (table->list[at].text == text && table->list[at].file == file) {
			return &table->list[at];
		}
	}
	return NULL;
}

static void name_add(struct name_table *table, const char *text, const char *file, unsigned seen)
{
	struct name *known = name_find(table, text, file);
	if (known != NULL) {
		known->seen |= seen;
		return;
	}
	if (table->n == table->room) {
		table->room = grown_capacity(table->n, 0);
		table->list = xrealloc(table->list, table->room, sizeof(*table->list));
	}
	index_table_add(&table->index, hash_pair((uintptr_t)text, (uintptr_t)file),
			(uint32_t)table->n);
	table->list[table->n++] = (struct name){ text, file, seen };
}

static const char *keep(struct text_store *texts, char *text)
{
	const char *kept = text_store_keep(texts, text);
	free(text);
	return kept;
}

static const char *plain_of(struct text_store *texts, const char *function)
{
	size_t size;
	const char *plain = function_name_plain(function, &size);
	return keep(texts, xstrndup(plain, size));
}

// Without variants, and without what only some spell: tags, and the namespace that has no name.
static const char *whole_of(struct text_store *texts, const char *function)
{
	static const char *const left_out[] = { "(anonymous namespace)::", "{anonymous}::",
						"[abi:cxx11]" };
	char *text = xstrndup(function, function_name_stable(function));
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		size_t size = strlen(left_out[i]);
		for (char *at = text; (at = strstr(at, left_out[i])) != NULL;) {
			memmove(at, at + size, strlen(at + size) + 1);
		}
	}
	return keep(texts, text);
}

static const char *file_of(struct text_store *texts, const struct symbol *symbol, bool is_bare)
{
	return is_bare ? NULL : text_store_keep(texts, last_of(symbol->home));
}

static struct module_names *module_find(const struct difference_names *names,
					const struct site *site)
{
	const char *name = site->module != NULL ? last_of(site->module->path) : NULL;
	for (size_t i = 0; i < names->n_modules && name != NULL; i++) {
		if (strcmp(names->modules[i].name, name) == 0) {
			return &names->modules[i];
		}
	}
	return NULL;
}

static void module_learn(struct difference_names *names, const struct site *site,
			 const struct symbol_list *list, unsigned run)
{
	struct module_names *module = module_find(names, site);
	if (module == NULL && site->module != NULL) {
		if (names->n_modules == names->modules_room) {
			names->modules_room = grown_capacity(names->n_modules, 0);
			names->modules = xrealloc(names->modules, names->modules_room,
						  sizeof(*names->modules));
		}
		module = &names->modules[names->n_modules++];
		*module = (struct module_names){ .name = last_of(site->module->path) };
	}
	if (module != NULL) {
		const struct symbol *outer = &list->frames[list->n - 1];
		module->named |= outer->function != NULL ? run : 0;
		module->lined |= outer->file != NULL ? run : 0;
	}
}

static void names_learn(struct difference_names *names, const struct site *site,
			const struct symbol_list *list, unsigned run)
{
	bool is_bare = difference_names_is_bare(names, site);
	for (size_t i = is_bare ? list->n - 1 : 0; i < list->n; i++) {
		const char *function = list->frames[i].function;
		if (function != NULL) {
			const char *file = file_of(names->texts, &list->frames[i], is_bare);
			bool has_arguments = function_name_bare(function) != strlen(function);
			name_add(&names->plain, plain_of(names->texts, function), file,
				 has_arguments ? FORM_WITH_ARGUMENTS : FORM_WITHOUT);
			name_add(&names->whole, whole_of(names->texts, function), file, run);
		}
	}
}

static void learn(struct difference_names *names, const struct snapshot *snapshot,
		  struct symbols *symbols, unsigned run,
		  void (*each)(struct difference_names *, const struct site *,
			       const struct symbol_list *, unsigned))
{
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		struct symbol_list list = symbols_find(symbols, &snapshot->sites[i]);
		each(names, &snapshot->sites[i], &list, run);
	}
}

struct difference_names *difference_names_new(struct text_store *texts, const struct snapshot *now,
					      struct symbols *now_symbols,
					      const struct snapshot *base,
					      struct symbols *base_symbols)
{
	struct difference_names *names = xcalloc(1, sizeof(*names));
	names->texts = texts;
	learn(names, now, now_symbols, NOW, module_learn);
	learn(names, base, base_symbols, BASE, module_learn);
	learn(names, now, now_symbols, NOW, names_learn);
	learn(names, base, base_symbols, BASE, names_learn);
	return names;
}

void difference_names_free(struct difference_names *names)
{
	if (names != NULL) {
		index_table_free(&names->plain.index);
		index_table_free(&names->whole.index);
		free(names->plain.list);
		free(names->whole.list);
		free(names->modules);
		free(names);
	}
}

bool difference_names_is_bare(const struct difference_names *names, const struct site *site)
{
	const struct module_names *module = module_find(names, site);
	return module != NULL && module->named == BOTH && module->lined != BOTH;
}

const char *difference_names_of(const struct difference_names *names, const struct symbol *symbol,
				bool is_bare, const char **file)
{
	*file = file_of(names->texts, symbol, is_bare);
	const char *plain = plain_of(names->texts, symbol->function);
	const char *whole = whole_of(names->texts, symbol->function);
	const struct name *of_plain = name_find(&names->plain, plain, *file);
	const struct name *of_whole = name_find(&names->whole, whole, *file);
	bool is_told_apart = of_plain != NULL && of_whole != NULL &&
			     of_plain->seen != (FORM_WITH_ARGUMENTS | FORM_WITHOUT) &&
			     of_whole->seen == BOTH;
	return is_told_apart ? whole : plain;
}
