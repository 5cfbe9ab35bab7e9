// SPDX-License-Identifier: GPL-3.0-or-later
// Which module stands where: mapping, unmapping, overlap, the edges of segments, wrapping addresses.
#include "modules.h"

#include "check.h"
#include "event.h"
#include "snapshot.h"
#include "stacks.h"

static void map(struct modules *modules, uint64_t id, const char *path, uint64_t bias,
		uint64_t addr, uint64_t size)
{
	struct note_segment segment = { addr, size, WIRE_SEGMENT_EXECUTE };
	struct note note = { .type = WIRE_MAP,
			     .number = id,
			     .load_bias = bias,
			     .text = path,
			     .build_id = (const uint8_t *)"",
			     .segments = &segment,
			     .n_segments = 1 };
	modules_map(modules, &note);
}

static const char *path_at(struct modules *modules, uint64_t pc)
{
	const struct range *range = modules_find(modules, pc - 1);
	return range ? range->module->path : "none";
}

static void return_address_past_the_end_belongs_to_the_segment(void)
{
	struct modules modules;
	modules_init(&modules);
	map(&modules, 1, "a", 0x1000, 0x100, 0x100);
	CHECK_STR(path_at(&modules, 0x1100), "none");
	CHECK_STR(path_at(&modules, 0x1101), "a");
	CHECK_STR(path_at(&modules, 0x1200), "a");
	CHECK_STR(path_at(&modules, 0x1201), "none");
	CHECK_STR(path_at(&modules, 0), "none");
	modules_free(&modules);
}

static void neighbours_do_not_share_their_edge(void)
{
	struct modules modules;
	modules_init(&modules);
	map(&modules, 2, "b", 0x2000, 0, 0x1000);
	map(&modules, 1, "a", 0x1000, 0, 0x1000);
	map(&modules, 3, "c", 0x3000, 0, 0x1000);
	CHECK_STR(path_at(&modules, 0x2000), "a");
	CHECK_STR(path_at(&modules, 0x2001), "b");
	CHECK_STR(path_at(&modules, 0x3000), "b");
	CHECK_STR(path_at(&modules, 0x3001), "c");
	modules_unmap(&modules, 2);
	CHECK_STR(path_at(&modules, 0x2000), "a");
	CHECK_STR(path_at(&modules, 0x2001), "none");
	CHECK_STR(path_at(&modules, 0x3001), "c");
	modules_free(&modules);
}

static void new_mapping_takes_the_place_of_old_ones(void)
{
	struct modules modules;
	modules_init(&modules);
	map(&modules, 1, "a", 0x1000, 0, 0x1000);
	map(&modules, 2, "b", 0x2000, 0, 0x1000);
	map(&modules, 3, "c", 0x3000, 0, 0x1000);
	map(&modules, 4, "d", 0x1800, 0, 0x1000);
	CHECK_STR(path_at(&modules, 0x1900), "d");
	CHECK_STR(path_at(&modules, 0x1100), "none");
	CHECK_STR(path_at(&modules, 0x3100), "c");
	CHECK_EQ(modules.n_ranges, 2);
	modules_free(&modules);
}

static void addresses_of_32_bits_wrap(void)
{
	struct modules modules;
	modules_init(&modules);
	modules_set_word_size(&modules, 4);
	map(&modules, 1, "a", 0xFFFFF000, 0x3000, 0x1000);
	CHECK_STR(path_at(&modules, 0x2004), "a");
	modules_free(&modules);
}

static void module_that_comes_back_is_the_same(void)
{
	struct modules modules;
	modules_init(&modules);
	map(&modules, 1, "a", 0x1000, 0, 0x1000);
	const struct module *first = modules_find(&modules, 0x1004)->module;
	modules_unmap(&modules, 1);
	map(&modules, 2, "a", 0x5000, 0, 0x1000);
	CHECK(modules_find(&modules, 0x5004)->module == first);
	map(&modules, 3, "a", 0x9000, 0, 0x2000);
	CHECK(modules_find(&modules, 0x9004)->module != first);
	modules_free(&modules);
}

static void stack_is_converted_again_after_modules_change(void)
{
	struct modules modules;
	struct stacks stacks;
	modules_init(&modules);
	stacks_init(&stacks);
	uint32_t outer = stacks_push(&stacks, RAW_ROOT, 0x1010, 0);
	uint32_t inner = stacks_push(&stacks, outer, 0x1020, 0);
	CHECK_EQ(stacks_push(&stacks, outer, 0x1020, 0), inner);
	CHECK(stacks_push(&stacks, RAW_ROOT, 0x1020, 0) != inner);
	uint32_t unknown = stacks_resolve(&stacks, &modules, inner);
	map(&modules, 1, "a", 0x1000, 0, 0x1000);
	uint32_t in_a = stacks_resolve(&stacks, &modules, inner);
	CHECK(in_a != unknown);
	CHECK_EQ(stacks_resolve(&stacks, &modules, inner), in_a);
	CHECK_EQ(stacks.sites[stacks.nodes[in_a].site].offset, 0x20);
	CHECK_EQ(stacks.nodes[in_a].parent, stacks_resolve(&stacks, &modules, outer));
	modules_unmap(&modules, 1);
	CHECK_EQ(stacks_resolve(&stacks, &modules, inner), unknown);
	// The same call sites at other addresses are the same node.
	map(&modules, 2, "a", 0x7000, 0, 0x1000);
	uint32_t moved = stacks_push(&stacks, stacks_push(&stacks, RAW_ROOT, 0x7010, 0), 0x7020, 0);
	CHECK_EQ(stacks_resolve(&stacks, &modules, moved), in_a);
	stacks_free(&stacks);
	modules_free(&modules);
}

static void an_exact_frame_is_looked_up_where_it_is(void)
{
	struct modules modules;
	struct stacks stacks;
	modules_init(&modules);
	stacks_init(&stacks);
	map(&modules, 1, "a", 0x1000, 0, 0x1000);
	map(&modules, 2, "b", 0x2000, 0, 0x1000);
	uint8_t exact = WIRE_HOW_SIGNAL | WIRE_HOW_EXACT;
	uint32_t called = stacks_push(&stacks, RAW_ROOT, 0x2000, WIRE_HOW_SCAN);
	uint32_t interrupted = stacks_push(&stacks, RAW_ROOT, 0x2000, exact);
	CHECK(called != interrupted);
	CHECK_EQ(stacks_push(&stacks, RAW_ROOT, 0x2000, WIRE_HOW_SCAN), called);
	const struct stack_node *node =
		&stacks.nodes[stacks_resolve(&stacks, &modules, interrupted)];
	CHECK_EQ(stacks.sites[node->site].offset, 0);
	CHECK(stacks.sites[node->site].is_exact);
	CHECK_STR(stacks.sites[node->site].module->path, "b");
	CHECK_EQ(node->how, WIRE_HOW_SIGNAL);
	node = &stacks.nodes[stacks_resolve(&stacks, &modules, called)];
	CHECK_EQ(stacks.sites[node->site].offset, 0x1000);
	CHECK(!stacks.sites[node->site].is_exact);
	CHECK_STR(stacks.sites[node->site].module->path, "a");
	// In the middle of `a`, the two are still two call sites; how the frame was found makes none.
	interrupted = stacks_push(&stacks, RAW_ROOT, 0x1800, exact);
	called = stacks_push(&stacks, RAW_ROOT, 0x1800, WIRE_HOW_HOOK);
	CHECK(stacks_resolve(&stacks, &modules, interrupted) !=
	      stacks_resolve(&stacks, &modules, called));
	uint32_t found = stacks_push(&stacks, RAW_ROOT, 0x1800, WIRE_HOW_TABLES);
	CHECK(found != called);
	CHECK_EQ(stacks_resolve(&stacks, &modules, found),
		 stacks_resolve(&stacks, &modules, called));
	CHECK_EQ(stacks.nodes[stacks_resolve(&stacks, &modules, called)].how, WIRE_HOW_TABLES);
	stacks_free(&stacks);
	modules_free(&modules);
}

int main(void)
{
	return_address_past_the_end_belongs_to_the_segment();
	neighbours_do_not_share_their_edge();
	new_mapping_takes_the_place_of_old_ones();
	addresses_of_32_bits_wrap();
	module_that_comes_back_is_the_same();
	stack_is_converted_again_after_modules_change();
	an_exact_frame_is_looked_up_where_it_is();
	return check_result();
}
