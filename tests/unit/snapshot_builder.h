// SPDX-License-Identifier: GPL-3.0-or-later
// Small snapshots written as text, and symbols for them without any file.
#ifndef TESTS_UNIT_SNAPSHOT_BUILDER_H
#define TESTS_UNIT_SNAPSHOT_BUILDER_H

#include "../../libdumpalloc/wire.h"
#include "call_edges.h"
#include "snapshot.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

enum { BUILDER_MAX = 64, BUILDER_FRAMES_MAX = 4 };

static struct module builder_modules[] = {
	{ .path = (char *)"/usr/bin/prog" },
	{ .path = (char *)"/usr/lib/libx.so" },
};

// A call site by name: the frames it has, innermost first, as file:function:line.
struct builder_site {
	const char *name;
	struct symbol frames[BUILDER_FRAMES_MAX];
	size_t n;
	int module; // index; -1: none
};

static struct builder_site builder_names[BUILDER_MAX];
static size_t builder_n_names;

static struct site builder_sites[BUILDER_MAX];
static struct stack_node builder_nodes[BUILDER_MAX];
static struct charge builder_charges[BUILDER_MAX];
static struct snapshot builder;
// What the code says of calls: [inner][outer], by the order of the names.
static enum edge_verdict builder_verdicts[BUILDER_MAX][BUILDER_MAX];

static void builder_start(void)
{
	builder_n_names = 0;
	memset(builder_verdicts, 0, sizeof(builder_verdicts));
	builder = (struct snapshot){
		.program = "prog",
		.executable = "/usr/bin/prog",
		.command_line = "prog --flag",
		.pid = 42,
		.parent_pid = 41,
		.duration = 12.5,
		.start_time = 1700000000000000000,
		.machine = 62,
		.word_size = 8,
		.walker = WIRE_WALKER_AUTO,
		.depth_limit = 128,
		.peak_time = 3.25,
		.sites = builder_sites,
		.nodes = builder_nodes,
		.n_nodes = 1,
		.charges = builder_charges,
	};
	builder_nodes[0] = (struct stack_node){ 0, SITE_NONE, 0 };
}

// Names a call site; a second call with the same name adds the function it is inlined into.
static void builder_name(const char *name, int module, const char *function, const char *file,
			 unsigned line)
{
	struct builder_site *site = NULL;
	for (size_t i = 0; i < builder_n_names; i++) {
		if (strcmp(builder_names[i].name, name) == 0) {
			site = &builder_names[i];
		}
	}
	if (site == NULL) {
		site = &builder_names[builder_n_names];
		*site = (struct builder_site){ .name = name, .module = module };
		builder_sites[builder_n_names] = (struct site){
			.module = module < 0 ? NULL : &builder_modules[module],
			.offset = 0x1000 + 16 * builder_n_names,
		};
		builder.n_sites = ++builder_n_names;
	}
	site->frames[site->n++] = (struct symbol){ function, file, line, file, NULL };
}

static uint32_t builder_node(uint32_t parent, const char *name)
{
	uint32_t site = 0;
	while (site + 1 < builder_n_names && strcmp(builder_names[site].name, name) != 0) {
		site++;
	}
	for (uint32_t i = 1; i < builder.n_nodes; i++) {
		if (builder_nodes[i].parent == parent && builder_nodes[i].site == site) {
			return i;
		}
	}
	builder_nodes[builder.n_nodes] = (struct stack_node){ parent, site, WIRE_HOW_TABLES };
	return (uint32_t)builder.n_nodes++;
}

// Charges `blocks` blocks of `size` bytes, all live, at the peak and counted in total, to the stack of the
// named call sites, outermost first, separated by blanks.
static struct charge *builder_charge(const char *stack, enum wire_kind kind, uint64_t blocks,
				     uint64_t size)
{
	char *text = strdup(stack), *rest = NULL;
	uint32_t node = STACK_ROOT;
	for (char *name = strtok_r(text, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		node = builder_node(node, name);
	}
	free(text);
	uint64_t bytes = blocks * size;
	struct charge *charge = &builder_charges[builder.n_charges++];
	*charge = (struct charge){
		.stack = node,
		.kind = kind,
		.cost = { .column = { bytes, blocks, bytes, blocks, bytes, blocks } },
	};
	return charge;
}

// The sum of the charges becomes the total.
static const struct snapshot *builder_finish(void)
{
	builder.total = (struct cost){ .column = { 0 } };
	for (size_t i = 0; i < builder.n_charges; i++) {
		for (int k = 0; k < N_COSTS; k++) {
			builder.total.column[k] += builder_charges[i].cost.column[k];
		}
	}
	builder.n_events = builder.total.column[COST_total_blocks];
	return &builder;
}

// What the reports call instead of the functions of symbols.c.
struct symbol_list symbols_find(struct symbols *symbols, const struct site *site)
{
	(void)symbols;
	const struct builder_site *named = &builder_names[site - builder_sites];
	return (struct symbol_list){ named->frames, named->n };
}

struct call_edges *symbols_edges(struct symbols *symbols)
{
	(void)symbols;
	return NULL;
}

enum edge_verdict call_edges_check(struct call_edges *edges, const struct site *inner,
				   const struct site *outer, unsigned how)
{
	(void)edges;
	(void)how;
	return builder_verdicts[inner - builder_sites][outer - builder_sites];
}

void symbols_prepare(struct symbols *symbols, const struct site *const *sites, size_t n)
{
	(void)symbols;
	(void)sites;
	(void)n;
}

void symbols_account(const struct symbols *symbols,
		     void (*take)(void *context, const struct symbols_account *account),
		     void *context)
{
	(void)symbols;
	(void)take;
	(void)context;
}

#endif
