// SPDX-License-Identifier: GPL-3.0-or-later
// Entries come back as they were added, from any place on, also after some were dropped in place.
#include "timeline_entries.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { N = 20000 };

static struct timeline_entry entries[N];
static struct entry_place places[N + 1];

// Numbers of any length.
static uint64_t draw(void)
{
	uint64_t value = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
	return value >> rand() % 64;
}

static void fill(struct entry_list *list)
{
	for (size_t i = 0; i < N; i++) {
		entries[i] = (struct timeline_entry){ (uint32_t)draw(), draw(), draw(), draw(),
						      draw(),           draw(), 0 };
		entries[i].dip_bytes = entries[i].live_bytes & (rand() % 2 ? draw() : 0);
		places[i] = entry_list_end(list);
		entry_list_add(list, &entries[i]);
	}
	places[N] = entry_list_end(list);
}

static void are_equal(const struct timeline_entry *one, const struct timeline_entry *two)
{
	CHECK_EQ(one->charge, two->charge);
	CHECK_EQ(one->live_bytes, two->live_bytes);
	CHECK_EQ(one->live_blocks, two->live_blocks);
	CHECK_EQ(one->total_bytes, two->total_bytes);
	CHECK_EQ(one->total_blocks, two->total_blocks);
	CHECK_EQ(one->temporary_blocks, two->temporary_blocks);
	CHECK_EQ(one->dip_bytes, two->dip_bytes);
}

// From one place to another all entries between them, and no more.
static void parts_come_back(void)
{
	struct entry_list list = { 0 };
	fill(&list);
	CHECK_EQ(list.n, N);
	for (unsigned round = 0; round < 20; round++) {
		size_t from = (size_t)rand() % N, to = from + (size_t)rand() % (N + 1 - from);
		struct entry_reader reader = entry_list_read(&list, places[from], places[to]);
		struct timeline_entry entry;
		for (size_t i = from; i < to; i++) {
			CHECK(entry_read(&reader, &entry));
			are_equal(&entry, &entries[i]);
		}
		CHECK(!entry_read(&reader, &entry));
	}
	entry_list_free(&list);
}

// Some are taken and others skipped, most of them with numbers of one byte or two.
static void entries_are_stepped_over(void)
{
	struct entry_list list = { 0 };
	struct timeline_entry entry;
	fill(&list);
	entry_list_cut(&list, places[0]);
	for (size_t i = 0; i < N; i++) {
		entries[i] = (struct timeline_entry){
			(uint32_t)i, rand() % 200, rand() % 130, 0, 0, rand() % 2, 0
		};
		entries[i].total_bytes = entries[i].live_bytes + (uint64_t)(rand() % 300);
		entries[i].total_blocks = entries[i].live_blocks;
		entries[i].dip_bytes = entries[i].live_bytes / 2 * (uint64_t)(rand() % 2);
		entry_list_add(&list, &entries[i]);
	}
	struct entry_reader reader = entry_list_read(&list, places[0], entry_list_end(&list));
	for (size_t i = 0; i < N; i++) {
		CHECK(entry_next(&reader));
		CHECK_EQ(reader.charge, entries[i].charge);
		if (rand() % 2 == 0) {
			entry_skip(&reader);
		} else {
			entry_take(&reader, &entry);
			are_equal(&entry, &entries[i]);
		}
	}
	CHECK(!entry_next(&reader));
	entry_list_free(&list);
}

// The same of numbers of any length.
static void long_entries_are_skipped(void)
{
	struct entry_list list = { 0 };
	fill(&list);
	struct entry_reader reader = entry_list_read(&list, places[0], places[N]);
	for (size_t i = 0; i < N; i++) {
		CHECK(entry_next(&reader));
		CHECK_EQ(reader.charge, entries[i].charge);
		entry_skip(&reader);
	}
	CHECK(!entry_next(&reader));
	entry_list_free(&list);
}

// What is kept of a list, whatever it is, has room before what is still to be read.
static void a_list_is_thinned_in_place(void)
{
	for (int share = 1; share < 12; share++) {
		struct entry_list list = { 0 };
		struct entry_place place = { 0 };
		struct timeline_entry entry;
		size_t kept[N + 1], n = 0;
		fill(&list);
		struct entry_reader reader = entry_list_read(&list, places[0], places[N]);
		for (size_t i = 0; entry_read(&reader, &entry); i++) {
			are_equal(&entry, &entries[i]);
			if (rand() % 11 < share) {
				entry_list_rewrite(&list, &place, &entry);
				CHECK(list.bytes + place.at <= reader.at);
				kept[n++] = i;
			}
		}
		entry_list_cut(&list, place);
		CHECK_EQ(list.n, n);
		entry_list_add(&list, &entries[0]);
		kept[n++] = 0;
		reader = entry_list_read(&list, places[0], entry_list_end(&list));
		for (size_t i = 0; i < n; i++) {
			CHECK(entry_read(&reader, &entry));
			are_equal(&entry, &entries[kept[i]]);
		}
		CHECK(!entry_read(&reader, &entry));
		entry_list_free(&list);
	}
}

static void small_entries_are_short(void)
{
	struct entry_list list = { 0 };
	for (uint32_t i = 0; i < 1000; i++) {
		entry_list_add(&list, &(struct timeline_entry){ i, 0, 0, 24, 1, 1, 0 });
	}
	CHECK_EQ(list.size, 6 * 1000);
	entry_list_free(&list);
}

int main(void)
{
	srand(1);
	parts_come_back();
	entries_are_stepped_over();
	long_entries_are_skipped();
	a_list_is_thinned_in_place();
	small_entries_are_short();
	return check_result();
}
