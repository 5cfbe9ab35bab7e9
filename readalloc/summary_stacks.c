// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of the call stacks: how they were found, how many are whole, where the others end.
#include "summary_stacks.h"

#include "../libdumpalloc/wire.h"
#include "snapshot.h"
#include "summary_text.h"
#include "util.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	N_CUTS = 1 << WIRE_CUT_BITS,
	ENDS_MAX = 3, // modules named in a sentence
};

// A sentence is due from this share on.
static const double ADVICE_PERCENT = 1;

// Where stacks end that are cut for one reason.
struct end {
	const struct module *module; // NULL: in code of no file
	uint64_t n;
};

struct counts {
	uint64_t n;            // stacks
	uint64_t cuts[N_CUTS]; // by enum wire_cut
	uint64_t frames;       // that had to be found
	uint64_t hows[WIRE_HOW_MASK + 1];
};

// How the sentences name each walker's work.
static const struct walker_row {
	const char *name;   // as DUMPALLOC_UNWIND has it
	const char *lack;   // what is missing where a stack ends
	const char *remedy; // what may help
} walkers[] = {
	[WIRE_WALKER_GCC] = { "gcc", "no unwind tables", "try DUMPALLOC_UNWIND=auto" },
	[WIRE_WALKER_SCAN] = { "scan", "no answer from the instructions",
			       "try DUMPALLOC_UNWIND=auto" },
	[WIRE_WALKER_FP] = { "fp", "no frame pointers", "try DUMPALLOC_UNWIND=auto" },
	[WIRE_WALKER_TABLES] = { "tables", "no unwind tables", "try DUMPALLOC_UNWIND=auto" },
	[WIRE_WALKER_AUTO] = { "auto", "no unwind tables and no answer from the instructions",
			       "build with -fasynchronous-unwind-tables" },
};

// NULL: the stream does not say, or names one of a later version.
static const struct walker_row *walker_of(const struct snapshot *snapshot)
{
	size_t n = sizeof(walkers) / sizeof(walkers[0]);
	return snapshot->walker != WIRE_WALKER_NONE && snapshot->walker < n
		       ? &walkers[snapshot->walker]
		       : NULL;
}

static void frame_count(struct counts *counts, const struct stack_node *node, uint64_t n)
{
	counts->hows[node->how] += n;
	counts->frames += n;
}

static void count(struct counts *counts, const struct snapshot *snapshot)
{
	// Of each node: the allocations whose stacks it is in, and is not the innermost frame of; of as many as 32 bits can count.
	// Most runs have no more; the stacks of others are gone through one by one, however large a stream says their numbers are.
	uint32_t *above = xcalloc(snapshot->n_nodes + 1, sizeof(*above));
	uint32_t room = UINT32_MAX;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t n = charge->cost.column[COST_total_blocks];
		uint32_t outer = snapshot->nodes[charge->stack].parent;
		counts->n += n;
		counts->cuts[charge->cut] += n;
		if (n <= room) {
			above[outer] += (uint32_t)n;
			room -= (uint32_t)n;
			continue;
		}
		for (; outer != STACK_ROOT; outer = snapshot->nodes[outer].parent) {
			frame_count(counts, &snapshot->nodes[outer], n);
		}
	}
	// Inner nodes come behind outer ones.
	for (size_t i = snapshot->n_nodes; i-- > 1;) {
		frame_count(counts, &snapshot->nodes[i], above[i]);
		above[snapshot->nodes[i].parent] += above[i];
	}
	free(above);
}

static void write_line(FILE *out, const char *label, uint64_t n, const char *meaning,
		       uint64_t whole)
{
	char text[NUMBER_TEXT_SIZE];
	fprintf(out, "%-12s%15s %s (%.1f %%)\n", label, text_number(text, n), meaning,
		text_percent(n, whole));
}

static void write_cuts(FILE *out, const struct counts *counts, const struct snapshot *snapshot)
{
	static const char *const meanings[N_CUTS] = {
		[WIRE_CUT_NO_RULE] = "cut where nothing tells who called",
		[WIRE_CUT_NO_CODE] = "cut in code of no known file",
		[WIRE_CUT_BAD_STACK] = "cut where the stack is not as it should be",
		[WIRE_CUT_NO_WALK] = "not looked for",
	};
	char limit[64];
	snprintf(limit, sizeof(limit), "cut at the depth limit of %" PRIu64 " frames",
		 snapshot->depth_limit);
	for (unsigned cut = 1; cut < N_CUTS; cut++) {
		const char *meaning = cut == WIRE_CUT_DEPTH ? limit : meanings[cut];
		if (counts->cuts[cut] != 0) {
			write_line(out, "", counts->cuts[cut],
				   meaning != NULL ? meaning : "cut for another reason", counts->n);
		}
	}
}

static void write_frames(FILE *out, const struct counts *counts)
{
	static const char *const meanings[WIRE_HOW_MASK + 1] = {
#define X(number, id, word, words) [number] = (words),
		WIRE_HOW_LIST(X)
#undef X
	};
	const char *label = "Frames";
	for (unsigned how = 0; how <= WIRE_HOW_MASK; how++) {
		if (counts->hows[how] != 0) {
			write_line(out, label, counts->hows[how],
				   meanings[how] != NULL ? meanings[how] : "in ways not told",
				   counts->frames);
			label = "";
		}
	}
}

static const struct module *end_of(const struct snapshot *snapshot, uint32_t node)
{
	while (snapshot->nodes[node].parent != STACK_ROOT) {
		node = snapshot->nodes[node].parent;
	}
	return node == STACK_ROOT ? NULL : snapshot->sites[snapshot->nodes[node].site].module;
}

static int compare_ends(const void *a, const void *b)
{
	const struct end *one = a, *two = b;
	return one->n < two->n ? 1 : -(one->n > two->n);
}

// The modules in which stacks cut for the reason end, those with most first. The caller frees.
static struct end *find_ends(const struct snapshot *snapshot, unsigned cut, size_t *n_ends)
{
	struct end *ends = NULL;
	size_t n = 0, capacity = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		if (charge->cut != cut) {
			continue;
		}
		const struct module *module = end_of(snapshot, charge->stack);
		size_t k = 0;
		while (k < n && ends[k].module != module) {
			k++;
		}
		if (k == capacity) {
			capacity = grown_capacity(capacity, k + 1);
			ends = xrealloc(ends, capacity, sizeof(*ends));
		}
		if (k == n) {
			ends[n++] = (struct end){ module, 0 };
		}
		ends[k].n += charge->cost.column[COST_total_blocks];
	}
	if (n != 0) {
		qsort(ends, n, sizeof(*ends), compare_ends);
	}
	*n_ends = n;
	return ends;
}

static void write_ends(FILE *out, const struct snapshot *snapshot, unsigned cut, const char *where)
{
	size_t n;
	struct end *ends = find_ends(snapshot, cut, &n);
	char text[NUMBER_TEXT_SIZE];
	for (size_t i = 0; i < n && i < ENDS_MAX; i++) {
		const struct module *module = ends[i].module;
		fputs(i == 0 ? where : ", ", out);
		text_escape(out, module != NULL ? module->path : "code of no known file", 0);
		fprintf(out, " (%s %s)", text_number(text, ends[i].n),
			text_noun(ends[i].n, "stack", "stacks"));
	}
	if (n > ENDS_MAX) {
		fprintf(out, " and %zu more", n - ENDS_MAX);
	}
	free(ends);
}

// One sentence for each reason that cuts many stacks: where, and what may help.
static void write_advice(FILE *out, const struct counts *counts, const struct snapshot *snapshot)
{
	const struct walker_row *walker = walker_of(snapshot);
	for (unsigned cut = WIRE_CUT_DEPTH; cut <= WIRE_CUT_BAD_STACK; cut++) {
		double percent = text_percent(counts->cuts[cut], counts->n);
		if (counts->cuts[cut] == 0 || percent < ADVICE_PERCENT) {
			continue;
		}
		fprintf(out, "\n%.1f %% of the stacks ", percent);
		if (cut == WIRE_CUT_DEPTH) {
			fprintf(out,
				"are deeper than %" PRIu64
				" frames: DUMPALLOC_DEPTH allows up to 1024\n",
				snapshot->depth_limit);
			continue;
		}
		fputs("end early: ", out);
		if (cut == WIRE_CUT_NO_RULE) {
			fputs(walker != NULL ? walker->lack : "nothing tells who called", out);
			write_ends(out, snapshot, cut, " in ");
			fprintf(out, "%s%s", walker != NULL ? ": " : "",
				walker != NULL ? walker->remedy : "");
		} else if (cut == WIRE_CUT_NO_CODE) {
			fputs("they lead to code of no known file, such as is made at run time",
			      out);
		} else {
			fputs("the stack holds no good frame", out);
			write_ends(out, snapshot, cut, " beyond ");
		}
		fputc('\n', out);
	}
}

void summary_stacks_write(FILE *out, const struct snapshot *snapshot)
{
	const struct walker_row *walker = walker_of(snapshot);
	struct counts counts = { 0 };
	count(&counts, snapshot);
	if (counts.n == 0) {
		return;
	}
	if (counts.cuts[WIRE_CUT_NO_WALK] == counts.n) {
		fprintf(out, "%-12s%15s were recorded\n", "Call stacks", "none");
		return;
	}
	uint64_t n_whole = counts.cuts[WIRE_CUT_WHOLE];
	char text[NUMBER_TEXT_SIZE];
	fprintf(out, "%-12s%15s whole (%.1f %%)%s%s\n", "Call stacks", text_number(text, n_whole),
		text_percent(n_whole, counts.n), walker != NULL ? ", found by walker " : "",
		walker != NULL ? walker->name : "");
	write_cuts(out, &counts, snapshot);
	write_frames(out, &counts);
	write_advice(out, &counts, snapshot);
}
