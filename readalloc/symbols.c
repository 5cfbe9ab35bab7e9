// SPDX-License-Identifier: GPL-3.0-or-later
// Names for call sites: function, file and line, inlined callers, from the files of the root file system.
#include "symbols.h"

#include "call_edges.h"
#include "call_site.h"
#include "debug_info.h"
#include "elf_file.h"
#include "jit_map.h"
#include "snapshot.h"
#include "symbols_bfd.h"
#include "symbols_private.h"
#include "text_store.h"
#include "util.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

// The frames of one call site while they are handed over.
struct gathering {
	struct symbols *symbols;
	struct symbol *frames;
	size_t n, capacity;
};

static const struct symbols_style plain_style;

struct symbols *symbols_new(struct rootfs *rootfs, const struct symbols_target *target)
{
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	symbols->rootfs = rootfs;
	symbols->target = *target;
	symbols->style = &plain_style;
	symbols->texts = text_store_new();
	return symbols;
}

void symbols_set_style(struct symbols *symbols, const struct symbols_style *style)
{
	symbols->style = style;
}

void symbols_set_base(struct symbols *symbols, struct symbols *base)
{
	symbols->base = base;
}

struct symbols *symbols_owner(struct symbols *symbols, const struct site *site)
{
	return site->is_of_base && symbols->base != NULL ? symbols->base : symbols;
}

void symbols_source_close(struct source *source)
{
	if (source->is_open) {
		symbols_file_close(&source->file);
		source->is_open = false;
	}
}

void symbols_free(struct symbols *symbols)
{
	if (symbols == NULL) {
		return;
	}
	for (size_t i = 0; i < symbols->n_sources; i++) {
		symbols_source_close(&symbols->sources[i]);
		elf_linkage_free(&symbols->sources[i].linkage);
	}
	if (symbols->jit != NULL) {
		jit_map_free(symbols->jit);
	}
	for (size_t i = 0; i < symbols->n_answers; i++) {
		free(symbols->answers[i].frames);
	}
	free(symbols->sources);
	free(symbols->answers);
	free(symbols->homes);
	index_table_free(&symbols->by_module);
	index_table_free(&symbols->by_site);
	index_table_free(&symbols->by_function);
	text_store_free(symbols->texts);
	if (symbols->edges != NULL) {
		call_edges_free(symbols->edges);
	}
	free(symbols);
}

struct source *symbols_source(struct symbols *symbols, const struct module *module)
{
	uint32_t hash = hash_pair((uintptr_t)module, 0), step = 0, at;
	while ((at = index_table_next(&symbols->by_module, hash, &step)) != INDEX_NONE) {
		if (symbols->sources[at].module == module) {
			return &symbols->sources[at];
		}
	}
	at = (uint32_t)symbols->n_sources++;
	symbols->sources =
		xrealloc(symbols->sources, symbols->n_sources, sizeof(*symbols->sources));
	symbols->sources[at] = (struct source){ .module = module };
	index_table_add(&symbols->by_module, hash, at);
	return &symbols->sources[at];
}

static struct symbols_file *source_open(struct symbols *symbols, struct source *source)
{
	if (!source->is_open) {
		symbols_file_open(&source->file, symbols->rootfs, &symbols->target, source->module,
				  source->has_spoken);
		source->is_open = source->has_spoken = true;
		source->findings = source->file.findings;
	}
	return &source->file;
}

static bool read_code(void *context, uint64_t address, uint32_t *word)
{
	return elf_file_code32(context, address, word);
}

// The source form where the name is mangled; else NULL.
const char *symbols_demangled(struct symbols *symbols, const char *name)
{
	char *text = name != NULL ? debug_demangle(name) : NULL;
	const char *kept = text != NULL ? text_store_keep(symbols->texts, text) : NULL;
	free(text);
	return kept;
}

// The file as it is to be shown.
static const char *shown_file(struct symbols *symbols, const char *file)
{
	for (size_t i = 0; file != NULL && i < symbols->style->n_maps; i++) {
		const struct symbols_map *map = &symbols->style->maps[i];
		const char *rest = file + map->from_size;
		if (strncmp(file, map->from, map->from_size) != 0 ||
		    (map->from[map->from_size - 1] != '/' && *rest != '/' && *rest != '\0')) {
			continue;
		}
		char *text = NULL;
		if (asprintf(&text, "%s%s", map->to, rest) < 0) {
			die("out of memory");
		}
		const char *kept = text_store_keep(symbols->texts, text);
		free(text);
		return kept;
	}
	return text_store_keep(symbols->texts, file);
}

// What compilers write where there is no name is none.
static const char *known(const char *text)
{
	static const char *const unknown[] = { "", "??", "<unknown>", "<artificial>" };
	for (size_t i = 0; text != NULL && i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (strcmp(text, unknown[i]) == 0) {
			return NULL;
		}
	}
	return text;
}

static const char *name_of_frame(struct symbols *symbols, const struct debug_frame *frame)
{
	const char *plain = known(frame->function), *linked = known(frame->linked);
	if (symbols->style->keeps_mangled) {
		return text_store_keep(symbols->texts, linked != NULL ? linked : plain);
	}
	// Some languages have but one name, which is mangled.
	const char *name = symbols_demangled(symbols, linked != NULL ? linked : plain);
	return name != NULL ? name
			    : text_store_keep(symbols->texts, plain != NULL ? plain : linked);
}

static void gather(void *context, const struct debug_frame *frame)
{
	struct gathering *gathering = context;
	struct symbols *symbols = gathering->symbols;
	if (gathering->n == gathering->capacity) {
		gathering->capacity = grown_capacity(gathering->capacity, gathering->n + 1);
		gathering->frames = xrealloc(gathering->frames, gathering->capacity,
					     sizeof(*gathering->frames));
	}
	struct symbol *symbol = &gathering->frames[gathering->n++];
	symbol->function = name_of_frame(symbols, frame);
	symbol->linked = text_store_keep(symbols->texts, known(frame->linked));
	symbol->file = symbol->home = shown_file(symbols, known(frame->file));
	symbol->line = symbol->file != NULL ? frame->line : 0;
}

static void gather_file(void *context, const struct debug_frame *frame)
{
	struct gathering *gathering = context;
	gathering->frames->home = shown_file(gathering->symbols, known(frame->file));
}

// The file in which the function at `address` begins; NULL unknown. `isa_bit` as line tables have it.
static const char *find_home(struct symbols *symbols, const struct source *source, uint64_t address,
			     uint64_t isa_bit)
{
	uint32_t hash = hash_pair((uintptr_t)source->module, address), step = 0, at;
	while ((at = index_table_next(&symbols->by_function, hash, &step)) != INDEX_NONE) {
		const struct home *home = &symbols->homes[at];
		if (home->module == source->module && home->address == address) {
			return home->file;
		}
	}
	// The outermost frame comes last and stays.
	struct symbol first = { .home = NULL };
	struct gathering gathering = { .symbols = symbols, .frames = &first };
	debug_info_find(source->file.info, address | isa_bit, gather_file, &gathering);
	if (symbols->n_homes == symbols->homes_capacity) {
		symbols->homes_capacity =
			grown_capacity(symbols->homes_capacity, symbols->n_homes + 1);
		symbols->homes =
			xrealloc(symbols->homes, symbols->homes_capacity, sizeof(*symbols->homes));
	}
	at = (uint32_t)symbols->n_homes++;
	symbols->homes[at] = (struct home){ source->module, address, first.home };
	index_table_add(&symbols->by_function, hash, at);
	return first.home;
}

// Whether the name says more than the one the author gave: whose it is, and what it takes.
static bool is_qualified(const struct symbols *symbols, const char *name)
{
	if (!symbols->style->keeps_mangled) {
		return strpbrk(name, ":(<") != NULL;
	}
	char *text = debug_demangle(name);
	free(text);
	return text != NULL;
}

// Names the function that holds the code. Debug information has the name the author gave; the symbol
// table's says more only where it is mangled and the other is not (names of local scopes), and is the only
// one in a stripped file.
static void name_outermost(struct symbols *symbols, struct symbol *outermost,
			   const struct elf_function *function)
{
	// Without the version behind a name such as memcpy@@GLIBC_2.14.
	size_t length = strcspn(function->name, "@");
	char *plain = xstrndup(function->name, length > 0 ? length : strlen(function->name));
	outermost->linked = text_store_keep(symbols->texts, plain);
	if (outermost->function != NULL && is_qualified(symbols, outermost->function)) {
		free(plain);
		return;
	}
	const char *name = symbols_demangled(symbols, plain);
	if (name != NULL && symbols->style->keeps_mangled) {
		name = text_store_keep(symbols->texts, plain);
	}
	if (name == NULL && outermost->function == NULL) {
		name = text_store_keep(symbols->texts, plain);
	}
	outermost->function = name != NULL ? name : outermost->function;
	free(plain);
}

static struct call_site place_of(const struct symbols *symbols, const struct source *source,
				 const struct site *site)
{
	unsigned machine = symbols->target.machine;
	return site->is_exact ? call_site_exact(machine, site->offset)
			      : call_site_find(machine, site->offset, read_code, source->file.elf);
}

uint64_t symbols_code(const struct symbols *symbols, const struct source *source,
		      const struct site *site)
{
	return place_of(symbols, source, site).code;
}

static void resolve_in_file(struct symbols *symbols, const struct source *source,
			    const struct site *asked, struct gathering *gathering)
{
	const struct symbols_file *file = &source->file;
	struct call_site site = place_of(symbols, source, asked);
	if (file->info != NULL) {
		debug_info_find(file->info, site.line, gather, gathering);
	}
	if (gathering->n == 0) {
		gather(gathering, &(struct debug_frame){ NULL, NULL, NULL, 0 });
	}
	const struct elf_function *function = elf_file_function(file->elf, site.code);
	if (function == NULL) {
		return;
	}
	struct symbol *outermost = &gathering->frames[gathering->n - 1];
	name_outermost(symbols, outermost, function);
	if (outermost->file != NULL) {
		const char *home = find_home(symbols, source, function->address,
					     site.line != site.code ? 1 : 0);
		outermost->home = home != NULL ? home : outermost->file;
	}
}

static const struct answer *find_answer(const struct symbols *symbols, const struct site *site,
					uint32_t hash)
{
	uint32_t step = 0, at;
	while ((at = index_table_next(&symbols->by_site, hash, &step)) != INDEX_NONE) {
		const struct answer *answer = &symbols->answers[at];
		if (answer->module == site->module && answer->offset == site->offset &&
		    answer->is_exact == site->is_exact) {
			return answer;
		}
	}
	return NULL;
}

static const struct answer *resolve(struct symbols *symbols, const struct site *site)
{
	uint32_t hash = hash_pair((uintptr_t)site->module, site->offset);
	const struct answer *known = find_answer(symbols, site, hash);
	if (known != NULL) {
		return known;
	}
	struct gathering gathering = { .symbols = symbols };
	if (site->module != NULL) {
		struct source *source = symbols_source(symbols, site->module);
		if (source_open(symbols, source)->elf != NULL) {
			resolve_in_file(symbols, source, site, &gathering);
		}
	}
	if (gathering.n == 0) {
		gather(&gathering, &(struct debug_frame){ NULL, NULL, NULL, 0 });
	}
	struct symbol *outermost = &gathering.frames[gathering.n - 1];
	const char *special = outermost->function == NULL ? symbols_special(symbols, site) : NULL;
	outermost->function = special != NULL ? special : outermost->function;
	if (symbols->n_answers == symbols->answers_capacity) {
		symbols->answers_capacity =
			grown_capacity(symbols->answers_capacity, symbols->n_answers + 1);
		symbols->answers = xrealloc(symbols->answers, symbols->answers_capacity,
					    sizeof(*symbols->answers));
	}
	uint32_t at = (uint32_t)symbols->n_answers++;
	symbols->answers[at] = (struct answer){
		.module = site->module,
		.offset = site->offset,
		.is_exact = site->is_exact,
		.is_special = special != NULL,
		.frames = xrealloc(gathering.frames, gathering.n, sizeof(*gathering.frames)),
		.n = gathering.n,
	};
	index_table_add(&symbols->by_site, hash, at);
	return &symbols->answers[at];
}

struct symbol_list symbols_find(struct symbols *symbols, const struct site *site)
{
	const struct answer *answer = resolve(symbols_owner(symbols, site), site);
	size_t n_hidden = site->n_hidden < answer->n ? site->n_hidden : answer->n - 1;
	return (struct symbol_list){ answer->frames + n_hidden, answer->n - n_hidden };
}

struct call_edges *symbols_edges(struct symbols *symbols)
{
	if (symbols->edges == NULL) {
		symbols->edges = call_edges_new(symbols->rootfs, &symbols->target);
	}
	return symbols->edges;
}
