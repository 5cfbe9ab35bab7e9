// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload: walks each allocation's stack in several ways, and counts how they differ.
//
// Plain against memo: the same walker that keeps nothing from one stack to the next. Truth against
// walker: _Unwind_Backtrace. At exit one line goes to WALK_CHECK_OUTPUT, differences before it.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/programs/loaded_code.h"
#include "unwind/stepper.h"

#define EXPORT __attribute__((visibility("default")))

enum { SHOWN_MAX = 10 };

// What one thread walks with; never unmapped.
struct walker {
	struct unwind_thread memo, plain;
	uintptr_t pcs[3][UNWIND_DEPTH_MAX];
	uint8_t hows[3][UNWIND_DEPTH_MAX];
	unsigned n_changes;
};

static struct counts {
	unsigned long stacks, frames, memo_differs, truth_differs, kept;
	unsigned long whole, truth_whole, beyond_truth, truth_frames, equal_frames;
} counts;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum unwind_mode mode = UNWIND_AUTO;
static bool has_truth = true;
static int output = 2;

static _Thread_local struct walker *walker __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static int count_loads(struct dl_phdr_info *object, size_t size, void *argument)
{
	(void)size;
	*(unsigned *)argument = (unsigned)(object->dlpi_adds + object->dlpi_subs);
	return 1;
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char text[512];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (n > 0 && write(output, text, (size_t)n) != n)
		_exit(99);
}

static void show(const char *name, const struct unwind_stack *stack)
{
	static const char *const cuts[] = {
		[UNWIND_WHOLE] = "whole",
		[UNWIND_CUT_DEPTH] = "depth",
		[UNWIND_CUT_NO_RULE] = "no rule",
		[UNWIND_CUT_NO_CODE] = "no code",
		[UNWIND_CUT_BAD_STACK] = "no stack",
		[UNWIND_CUT_NO_WALK] = "no walk",
	};

	say("  %s, %zu frames, %s:", name, stack->n_pcs, cuts[stack->cut]);
	for (size_t i = 0; i < stack->n_pcs; i++) {
		Dl_info info;
		bool is_known = dladdr((void *)stack->pcs[i], &info) != 0;
		const char *slash = is_known ? strrchr(info.dli_fname, '/') : NULL;

		say(" %s+%lx", is_known ? (slash != NULL ? slash + 1 : info.dli_fname) : "?",
		    (unsigned long)(stack->pcs[i] - (is_known ? (uintptr_t)info.dli_fbase : 0)));
	}
	say("\n");
}

static bool is_same_pc(uintptr_t a, uintptr_t b)
{
#if defined(__mips__)
	// For an interrupted instruction libgcc gives its address + 2.
	return a == b || (a ^ b) == 2;
#elif defined(__arm__)
	// For an interrupted instruction libgcc does not say that it is Thumb.
	return (a | 1) == (b | 1);
#else
	return a == b;
#endif
}

static size_t count_equal(const struct unwind_stack *a, const struct unwind_stack *b)
{
	size_t n = 0;

	while (n < a->n_pcs && n < b->n_pcs && is_same_pc(a->pcs[n], b->pcs[n]))
		n++;
	return n;
}

static bool has_same_frames(const struct unwind_stack *a, const struct unwind_stack *b)
{
	return a->n_pcs == b->n_pcs && count_equal(a, b) == a->n_pcs;
}

static bool has_same_hows(const struct unwind_stack *a, const struct unwind_stack *b)
{
	return memcmp(a->hows, b->hows, a->n_pcs) == 0;
}

static void compare(const struct unwind_stack *memo, const struct unwind_stack *plain,
		    const struct unwind_stack *truth)
{
	bool memo_differs = !has_same_frames(memo, plain) || memo->cut != plain->cut ||
			    !has_same_hows(memo, plain);
	size_t n_equal = count_equal(plain, truth);
	// Tables end where a program has none; to see further is no fault.
	bool is_beyond = n_equal == truth->n_pcs && truth->cut != UNWIND_WHOLE;
	bool truth_differs = has_truth && !is_beyond && !has_same_frames(plain, truth);

	counts.stacks++;
	counts.frames += memo->n_pcs;
	counts.kept += memo->n_kept;
	counts.whole += memo->cut == UNWIND_WHOLE;
	counts.truth_whole += truth->cut == UNWIND_WHOLE;
	counts.memo_differs += memo_differs;
	counts.truth_differs += truth_differs;
	counts.truth_frames += truth->n_pcs;
	counts.equal_frames += n_equal;
	counts.beyond_truth += is_beyond && plain->n_pcs > truth->n_pcs;
	if ((memo_differs || truth_differs) &&
	    counts.memo_differs + counts.truth_differs <= SHOWN_MAX) {
		say("%s differs\n", memo_differs ? "memo" : "truth");
		show("memo ", memo);
		show("plain", plain);
		show("truth", truth);
	} else if (memo->cut != UNWIND_WHOLE && getenv("WALK_CHECK_CUT") != NULL) {
		show("cut", memo);
	}
}

static struct walker *walker_get(void)
{
	unsigned n_changes = 0;

	if (walker == NULL) {
		walker = mmap(NULL, sizeof(*walker), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (walker == MAP_FAILED)
			abort();
	}
	dl_iterate_phdr(count_loads, &n_changes);
	if (walker->n_changes != n_changes) {
		walker->n_changes = n_changes;
		unwind_thread_forget_code(&walker->memo);
		unwind_thread_forget_code(&walker->plain);
	}
	return walker;
}

static void check(const struct unwind_start *start)
{
	struct unwind_context context = { .find_code = loaded_code_find };
	struct unwind_stack stacks[3];
	int saved = errno;

	if (is_inside)
		return;
	is_inside = true;
	struct walker *self = walker_get();
	for (unsigned i = 0; i < 3; i++)
		stacks[i] =
			(struct unwind_stack){ self->pcs[i], self->hows[i], 0, UNWIND_DEPTH_MAX, 0,
					       UNWIND_WHOLE };
	context.thread = &self->memo;
	unwind_walk(mode, start, &context, &stacks[0]);
	context.thread = &self->plain;
	unwind_thread_forget_stack(&self->plain);
	unwind_walk(mode, start, &context, &stacks[1]);
	unwind_walk(has_truth ? UNWIND_GCC : UNWIND_NONE, start, &context, &stacks[2]);
	pthread_mutex_lock(&lock);
	compare(&stacks[0], &stacks[1], &stacks[2]);
	pthread_mutex_unlock(&lock);
	is_inside = false;
	errno = saved;
}

__attribute__((constructor)) static void begin(void)
{
	static const char *const names[] = {
		[UNWIND_NONE] = "none", [UNWIND_GCC] = "gcc",       [UNWIND_SCAN] = "scan",
		[UNWIND_FP] = "fp",     [UNWIND_TABLES] = "tables", [UNWIND_AUTO] = "auto",
	};
	const char *wanted = getenv("WALK_CHECK_MODE");
	const char *path = getenv("WALK_CHECK_OUTPUT");

	for (size_t i = 0; wanted != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(wanted, names[i]) == 0)
			mode = (enum unwind_mode)i;
	}
	has_truth = getenv("WALK_CHECK_NO_TRUTH") == NULL;
	if (path != NULL)
		output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((destructor)) static void end(void)
{
	is_inside = true;
	say("stacks %lu frames %lu kept %lu whole %lu memo_differs %lu truth_differs %lu "
	    "truth_whole %lu truth_frames %lu equal_frames %lu beyond_truth %lu\n",
	    counts.stacks, counts.frames, counts.kept, counts.whole, counts.memo_differs,
	    counts.truth_differs, counts.truth_whole, counts.truth_frames, counts.equal_frames,
	    counts.beyond_truth);
}

EXPORT void *malloc(size_t size)
{
	struct unwind_start start = UNWIND_HERE;
	void *block = __libc_malloc(size);

	check(&start);
	return block;
}

EXPORT void *calloc(size_t count, size_t size)
{
	struct unwind_start start = UNWIND_HERE;
	void *block = __libc_calloc(count, size);

	check(&start);
	return block;
}

EXPORT void *realloc(void *block, size_t size)
{
	struct unwind_start start = UNWIND_HERE;

	block = __libc_realloc(block, size);
	check(&start);
	return block;
}
