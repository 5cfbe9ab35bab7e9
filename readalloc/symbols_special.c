// SPDX-License-Identifier: GPL-3.0-or-later
// Names for code that is no function of a file: linkage stubs, the kernel's own object, what was made at run time.
#include "elf_file.h"
#include "jit_map.h"
#include "libdumpalloc/wire.h"
#include "plt_stub.h"
#include "snapshot.h"
#include "symbols_private.h"
#include "text_store.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

void symbols_set_process(struct symbols *symbols, uint64_t pid)
{
	if (symbols->jit == NULL && symbols->rootfs != NULL) {
		symbols->jit = jit_map_open(symbols->rootfs, pid);
	}
}

// The function that the linkage stub at the site calls, with "@plt" behind it; NULL: no stub is there.
static const char *stub_name(struct symbols *symbols, struct source *source,
			     const struct site *site)
{
	const struct elf_file *elf = source->file.elf;
	uint64_t code = elf != NULL ? symbols_code(symbols, source, site) : 0;
	if (elf == NULL || !plt_stub_may_be(elf, code)) {
		return NULL;
	}
	if (!source->has_linkage) {
		elf_linkage_load(&source->linkage, elf);
		source->has_linkage = true;
	}
	const char *name = plt_stub_name_around(elf, &source->linkage, code);
	if (name == NULL) {
		return NULL;
	}
	bool is_kept = symbols->style->keeps_mangled;
	const char *shown = is_kept ? NULL : symbols_demangled(symbols, name);
	char *text = NULL;
	if (asprintf(&text, "%s@plt", shown != NULL ? shown : name) < 0) {
		die("out of memory");
	}
	const char *kept = text_store_keep(symbols->texts, text);
	free(text);
	return kept;
}

const char *symbols_special(struct symbols *symbols, const struct site *site)
{
	if (site->module == NULL) {
		return symbols->jit != NULL
			       ? jit_map_find(symbols->jit, site->offset - !site->is_exact)
			       : NULL;
	}
	if ((site->module->flags & WIRE_MAP_VDSO) != 0) {
		return "[vdso]";
	}
	return stub_name(symbols, symbols_source(symbols, site->module), site);
}
