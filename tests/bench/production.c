// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule costs the first time, and what a thread keeps.
//
// Rules for calls all over the C library's code, each asked for once by each producer.
#include "tests/bench/production.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/mode.h"
#include "tests/programs/loaded_code.h"
#include "unwind/produce.h"

enum {
	ADDRESSES = 5000,
	CALL_REACH = 200, // instructions
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Where the next call returns to, as far as the scanner's decoder can say.
static uintptr_t call_site_after(const struct unwind_code *code, uintptr_t pc)
{
	struct code_view view = {
		.bytes = (const uint8_t *)code->start,
		.size = code->end - code->start,
		.address = code->start,
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.slot_size = unwind_arch.slot_size,
	};
	struct scan_insn insn;

	if (unwind_arch.isa_at == NULL)
		return pc;
	view.isa = unwind_arch.isa_at(pc);
	for (unsigned i = 0; i < CALL_REACH; i++) {
		memset(&insn, 0, sizeof(insn));
		view.isa->decode(&view, pc, &insn);
		pc += insn.size != 0 ? insn.size : view.isa->step;
		if (insn.op != SCAN_CALL)
			continue;
		return insn.slot == SCAN_SLOT_NONE ? pc : pc + view.isa->step;
	}
	return pc;
}

static void print_producer(const char *name, unsigned producers, const struct unwind_code *code)
{
	static struct scan_work work;
	const struct unwind_context context = { .find_code = loaded_code_find };
	uintptr_t step = (code->end - code->start) / ADDRESSES / 8 * 8;
	double start, ns, total = 0, most = 0;
	unsigned n_answers = 0;

	memset(&work, 0, sizeof(work));
	for (unsigned i = 0; i < ADDRESSES; i++) {
		const struct unwind_state state = {
			.pc = call_site_after(code, code->start + i * step),
		};
		struct unwind_rule rule;
		unsigned wild_left = 0;

		start = now();
		produce_rule(&context, producers, &work, &wild_left, &state, NULL, &rule);
		ns = now() - start;
		// A segment holds data too.
		if (rule.kind != RULE_FRAME && rule.kind != RULE_SCANNED)
			continue;
		total += ns;
		most = ns > most ? ns : most;
		n_answers++;
	}
	printf("rule\t%s\t%.0f\t%.0f\t%u\n", name, total / (n_answers != 0 ? n_answers : 1), most,
	       n_answers);
}

static size_t resident_size(const void *memory, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
	unsigned char pages[256];

	if ((size + page - 1) / page > sizeof(pages) || mincore((void *)memory, size, pages) != 0) {
		return 0;
	}
	for (size_t i = 0; i < (size + page - 1) / page; i++) {
		n += pages[i] & 1;
	}
	return n * page;
}

void production_print(void)
{
	const struct unwind_thread *thread = bench_thread();
	struct unwind_code code;

	if (!loaded_code_find(NULL, (uintptr_t)&qsort, &code)) {
		return;
	}
	print_producer("tables", PRODUCE_BY_TABLES, &code);
	if (unwind_resolve(UNWIND_SCAN) == UNWIND_SCAN) {
		print_producer("scan", PRODUCE_BY_SCAN, &code);
	}
	printf("thread\t%zu\t%zu\t%zu\t%zu\n", sizeof(thread->rules), sizeof(thread->memo),
	       sizeof(*thread), resident_size(thread, sizeof(*thread)));
}
