// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload: walks each allocation's stack in several ways, and has them compared.
//
// WALK_CHECK_MODE names the modes, with commas. Each walks with the memo and, plainly, without;
// _Unwind_Backtrace says the truth, unless WALK_CHECK_NO_TRUTH is set. What differs, and the counts at
// exit, go to WALK_CHECK_OUTPUT.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/programs/loaded_code.h"
#include "unwind/stepper.h"
#include "walk_compare.h"

#define EXPORT __attribute__((visibility("default")))

// What one thread walks with; never unmapped.
struct walker {
	struct {
		struct unwind_thread memo, plain;
	} modes[COMPARE_MODES_MAX];
	uintptr_t pcs[3][UNWIND_DEPTH_MAX];
	uint8_t hows[3][UNWIND_DEPTH_MAX];
	unsigned n_changes;
};

static const char *const mode_names[] = {
	[UNWIND_NONE] = "none", [UNWIND_GCC] = "gcc",       [UNWIND_SCAN] = "scan",
	[UNWIND_FP] = "fp",     [UNWIND_TABLES] = "tables", [UNWIND_AUTO] = "auto",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum unwind_mode modes[COMPARE_MODES_MAX];
static unsigned n_modes;
static bool has_truth = true;

static _Thread_local struct walker *walker __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));

#if defined(__GLIBC__) && !defined(__UCLIBC__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
#else
// Elsewhere dlsym needs no memory.
#define FIND(name)     ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define __libc_malloc  FIND(malloc)
#define __libc_calloc  FIND(calloc)
#define __libc_realloc FIND(realloc)
#endif

static int count_loads(struct dl_phdr_info *object, size_t size, void *argument)
{
	(void)size;
#if defined(__UCLIBC__) // which counts nothing, but its loader's list gets longer
	(void)object;
	++*(unsigned *)argument;
	return 0;
#else
	*(unsigned *)argument = (unsigned)(object->dlpi_adds + object->dlpi_subs);
	return 1;
#endif
}

static void forget_code(struct walker *self)
{
	for (unsigned i = 0; i < n_modes; i++) {
		unwind_thread_forget_code(&self->modes[i].memo);
		unwind_thread_forget_code(&self->modes[i].plain);
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
		forget_code(walker);
	}
	return walker;
}

static struct unwind_stack empty_stack(struct walker *self, unsigned i)
{
	return (struct unwind_stack){ .pcs = self->pcs[i],
				      .hows = self->hows[i],
				      .max = UNWIND_DEPTH_MAX };
}

static void check_mode(struct walker *self, unsigned i, const struct unwind_start *start,
		       const struct unwind_stack *truth)
{
	struct unwind_context context = { .thread = &self->modes[i].memo,
					  .find_code = loaded_code_find };
	struct unwind_stack memo = empty_stack(self, 1), plain = empty_stack(self, 2);

	unwind_walk(modes[i], start, &context, &memo);
	context.thread = &self->modes[i].plain;
	unwind_thread_forget_stack(context.thread);
	unwind_walk(modes[i], start, &context, &plain);
	pthread_mutex_lock(&lock);
	compare_stacks(i, mode_names[modes[i]], &memo, &plain, has_truth ? truth : NULL);
	pthread_mutex_unlock(&lock);
}

static void check(const struct unwind_start *start)
{
	struct unwind_context context = { .find_code = loaded_code_find };
	int saved = errno;

	if (is_inside)
		return;
	is_inside = true;
	struct walker *self = walker_get();
	struct unwind_stack truth = empty_stack(self, 0);
	unwind_walk(has_truth ? UNWIND_GCC : UNWIND_NONE, start, &context, &truth);
	for (unsigned i = 0; i < n_modes; i++)
		check_mode(self, i, start, &truth);
	is_inside = false;
	errno = saved;
}

// A mode that this machine does not have is left out.
static void add_mode(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++) {
		enum unwind_mode mode = (enum unwind_mode)i;

		if (strlen(mode_names[i]) == length && memcmp(mode_names[i], name, length) == 0 &&
		    n_modes < COMPARE_MODES_MAX && unwind_resolve(mode) == mode)
			modes[n_modes++] = mode;
	}
}

__attribute__((constructor)) static void begin(void)
{
	const char *wanted = getenv("WALK_CHECK_MODE");
	const char *path = getenv("WALK_CHECK_OUTPUT");

	while (wanted != NULL && *wanted != '\0') {
		size_t length = strcspn(wanted, ",");

		add_mode(wanted, length);
		wanted += length + (wanted[length] == ',');
	}
	has_truth = getenv("WALK_CHECK_NO_TRUTH") == NULL;
	if (path != NULL)
		compare_output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((destructor)) static void end(void)
{
	is_inside = true;
	compare_report();
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

#if !defined(__GLIBC__)
// musl's own refuses where malloc was replaced and this was not.
EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	return FIND(aligned_alloc)(alignment, size);
}
#endif
