// SPDX-License-Identifier: GPL-3.0-or-later
// The state of a session in an archive: one function for each structure, which writes it, or reads it into one that was made anew.
//
// After a failure what was read can be freed, and nothing else.
#ifndef READALLOC_ARCHIVE_PARTS_H
#define READALLOC_ARCHIVE_PARTS_H

#include <stddef.h>

struct analyses;
struct archive;
struct decoder;
struct event;
struct live_table;
struct mappings;
struct memory_curve;
struct misuses;
struct model;
struct modules;
struct order;
struct pools;
struct preamble;
struct selection;
struct slice;
struct stacks;
struct strays;

// archive_tables.c. Whoever reads a live table holds its charges to their limit.
void live_table_archive(struct archive *archive, struct live_table *table);

// modules.c. Which module it is that others point to: `module` is NULL for none.
struct module;
void modules_archive(struct archive *archive, struct modules *modules);
void module_archive(struct archive *archive, struct modules *modules, const struct module **module);

// archive_stacks.c: the tree of call sites; and, once there are charges, the raw one.
void stacks_archive(struct archive *archive, struct stacks *stacks, struct modules *modules);
void raw_stacks_archive(struct archive *archive, struct stacks *stacks);

// mappings.c, pools.c, memory_curve.c
void mappings_archive(struct archive *archive, struct mappings *mappings);
void pools_archive(struct archive *archive, struct pools *pools);
void memory_curve_archive(struct archive *archive, struct memory_curve *curve);

// misuse.c; charges and nodes that it points to are below these numbers.
void misuses_archive(struct archive *archive, struct misuses *misuses, size_t n_charges,
		     size_t n_nodes);

// stray.c; nodes that it points to are below this number.
void strays_archive(struct archive *archive, struct strays *strays, size_t n_nodes);

// archive_model.c: all of it but the watchers, and what says what counts.
void model_archive(struct archive *archive, struct model *model);

// decode_preamble.c
void preamble_archive(struct archive *archive, struct preamble *preamble);

// archive_decoder.c. Needs the model; the events that wait need the decoder.
void decoder_archive(struct archive *archive, struct decoder *decoder);
void order_archive(struct archive *archive, struct order *order, const struct decoder *decoder);

// archive_analyses.c: those that there are; they need the model.
void analyses_archive(struct archive *archive, struct analyses *analyses, struct model *model);

// archive_slice.c
void slice_archive(struct archive *archive, struct slice *slice);
void selection_archive(struct archive *archive, struct selection *selection);

#endif
