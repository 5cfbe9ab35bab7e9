// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions behind the hooks: what the program would have called without this library.
#include "libdumpalloc/real.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/often.h"
#include "libdumpalloc/tracer_enter.h"
#include "unwind/minimal.h"

static bool real_resolve(void);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

// Until the real functions are known each slot holds a function that looks them up and calls on, or one that is made
// of such. While that is under way, allocations (of dlsym itself) come from the boot arena.
static void *early_malloc(size_t size)
{
	return real_resolve() ? real.malloc(size) : boot_malloc(size);
}

static void *early_calloc(size_t count, size_t size)
{
	size_t total;

	if (real_resolve())
		return real.calloc(count, size);
	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return boot_malloc(total);
}

static void *early_realloc(void *block, size_t size)
{
	if (real_resolve())
		return real.realloc(block, size);
	if (block == NULL)
		return boot_malloc(size);
	errno = ENOMEM;
	return NULL;
}

// The loader asks for no alignment beyond the arena's.
static void *early_aligned(size_t alignment, size_t size)
{
	if (alignment <= BOOT_ALIGNMENT)
		return boot_malloc(size);
	errno = ENOMEM;
	return NULL;
}

static int early_posix_memalign(void **block, size_t alignment, size_t size)
{
	if (real_resolve())
		return real.posix_memalign(block, alignment, size);
	*block = early_aligned(alignment, size);
	return *block != NULL ? 0 : ENOMEM;
}

// What the loader allocated before the hooks stood cannot be given back to anyone.
static void early_free(void *block)
{
	if (real_resolve())
		real.free(block);
}

static size_t early_malloc_usable_size(void *block)
{
	return real_resolve() ? real.malloc_usable_size(block) : 0;
}

static const volatile char is_never_alone;
const volatile char *real_single_threaded = &is_never_alone;

// Functions a libc may lack.
static void *made_reallocarray(void *block, size_t count, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(count, size, &total))
		return real.realloc(block, total);
	errno = ENOMEM;
	return NULL;
}

static int made_posix_memalign(void **block, size_t alignment, size_t size)
{
	int saved = errno;
	void *made;

	if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
		return EINVAL;
	made = real.memalign(alignment, size);
	errno = saved;
	if (made == NULL)
		return ENOMEM;
	*block = made;
	return 0;
}

static void *made_aligned_alloc(size_t alignment, size_t size)
{
	void *block = NULL;
	int error;

	if (alignment < sizeof(void *))
		alignment = sizeof(void *);
	error = real.posix_memalign(&block, alignment, size);
	if (error == 0)
		return block;
	errno = error;
	return NULL;
}

static void *made_valloc(size_t size)
{
	return real.memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

static void *made_pvalloc(size_t size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded;

	if (!__builtin_add_overflow(size, page_size - 1, &rounded))
		return real.memalign(page_size, rounded & ~(page_size - 1));
	errno = ENOMEM;
	return NULL;
}

static void made_cfree(void *block)
{
	real.free(block);
}

static void made_free_sized(void *block, size_t size)
{
	(void)size;
	real.free(block);
}

static void made_free_aligned_sized(void *block, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	real.free(block);
}

static size_t made_malloc_usable_size(void *block)
{
	(void)block;
	return 0;
}

static int made_dlclose(void *handle)
{
	(void)handle;
	return -1;
}

// What stands for functions that a libc may lack; no libc is without the others.
#define MADE_LIST                                                                                  \
	.reallocarray = made_reallocarray, .memalign = made_aligned_alloc,                         \
	.aligned_alloc = made_aligned_alloc, .valloc = made_valloc, .pvalloc = made_pvalloc,       \
	.cfree = made_cfree, .free_sized = made_free_sized,                                        \
	.free_aligned_sized = made_free_aligned_sized

static const struct real made = {
	MADE_LIST,
	.posix_memalign = made_posix_memalign,
	.malloc_usable_size = made_malloc_usable_size,
	.dlclose = made_dlclose,
};

// The others have none: their hooks come by real_prepare or real_prepare_system.
OFTEN_DATA _Alignas(64) struct real real = {
	MADE_LIST,
	.malloc = early_malloc,
	.calloc = early_calloc,
	.realloc = early_realloc,
	.posix_memalign = early_posix_memalign,
	.free = early_free,
	.malloc_usable_size = early_malloc_usable_size,
};

// In the order of struct real.
static const char names[] =
#define X(name, result, parameters, arguments) #name "\0"
	REAL_LIST(X);
#undef X

// Some malloc_usable_size say a word less than there is, and a flag of mapped blocks with it
// (uClibc-ng 1.0.35 does): fewer bytes than were asked for.
static size_t (*short_usable_size)(void *block);

enum { MAPPED_FLAG = 2 };

static size_t made_usable_size_whole(void *block)
{
	size_t size = short_usable_size(block);

	return (size & MAPPED_FLAG) != 0 ? size - MAPPED_FLAG : size + sizeof(size_t);
}

static void correct_usable_size(struct real *found)
{
#if defined(__UCLIBC__)
	const size_t asked = 3 * sizeof(size_t);
	void *block = found->malloc(asked);

	if (block != NULL && found->malloc_usable_size(block) == asked - sizeof(size_t)) {
		short_usable_size = found->malloc_usable_size;
		found->malloc_usable_size = made_usable_size_whole;
	}
	found->free(block);
#else
	(void)found;
	(void)made_usable_size_whole;
#endif
}

#define AT(name) offsetof(struct real, name)

// From one function to another, both included; what is not found stays as it is.
static void find(struct real *found, size_t first, size_t last)
{
	char *slot = (char *)found;
	size_t at = AT(malloc);

	for (const char *name = names; at <= last; name += strlen(name) + 1) {
		void *function = at >= first ? next(name) : NULL;

		if (function != NULL)
			memcpy(slot + at, &function, sizeof(function));
		at += sizeof(function);
	}
}

static struct real find_all(void)
{
	struct real found = made;

	find(&found, AT(malloc), AT(dlclose));
	// Where time_t has had 64 bits from the beginning there is no such name.
	if (found.__wait4_time64 == NULL)
		found.__wait4_time64 = found.wait4;
	// Where off_t has had 64 bits from the beginning.
	if (found.mmap64 == NULL)
		memcpy(&found.mmap64, &found.mmap, sizeof(found.mmap64));
	correct_usable_size(&found);
	return found;
}

// A libc without the word leaves all threads to be reckoned with.
static void find_single_threaded(void)
{
	const volatile char *found = dlsym(RTLD_DEFAULT, "__libc_single_threaded");

	if (found != NULL)
		real_single_threaded = found;
}

// Leaves no dlerror message that the program could mistake for its own; the second call makes libc
// give the message's memory back.
static void forget_dlerror(void)
{
	dlerror();
	dlerror();
}

void *real_realloc_boot(void *block, size_t size)
{
	size_t old_size = boot_usable(block);
	void *moved = real.malloc(size);

	if (moved != NULL)
		memcpy(moved, block, size < old_size ? size : old_size);
	return moved;
}

enum resolve_state {
	RESOLVE_NOT_YET,
	RESOLVE_UNDER_WAY,
	RESOLVE_DONE,
};

static bool real_resolve(void)
{
	static atomic_int state = RESOLVE_NOT_YET;
	int is = RESOLVE_NOT_YET;

	if (atomic_compare_exchange_strong(&state, &is, RESOLVE_UNDER_WAY)) {
		int saved = errno;
		struct real found = find_all();

		forget_dlerror();
		found.counts_usage = atomic_load(&real.counts_usage);
		real = found;
		find_single_threaded();
		errno = saved;
		atomic_store(&state, RESOLVE_DONE);
		return true;
	}
	return is == RESOLVE_DONE;
}

bool real_prepare(void)
{
	return real_resolve();
}

// Allocators map memory, and name it by prctl, with locks held, and the search for all functions may ask for their blocks.
// Every libc has these, so that to find them nothing is allocated.
void real_prepare_system(void)
{
	if (real.sbrk != NULL)
		return;
	find(&real, AT(prctl), AT(mmap));
	if (sizeof(real_offset) == sizeof(int64_t))
		memcpy(&real.mmap64, &real.mmap, sizeof(real.mmap64));
	else
		find(&real, AT(mmap64), AT(mmap64));
	find(&real, AT(munmap), AT(sbrk));
#undef AT
}

// Whether it is the PLT stub that a program at a fixed address has by the name of a function whose address it takes.
static bool is_stub(const void *function)
{
#if defined(__GLIBC__) && !defined(__UCLIBC__)
#if UINTPTR_MAX > UINT32_MAX
	const Elf64_Sym *symbol = NULL;
#else
	const Elf32_Sym *symbol = NULL;
#endif
	Dl_info info;

	return dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL &&
	       symbol->st_shndx == SHN_UNDEF;
#else
	(void)function;
	return false;
#endif
}

// All four: where a stub, which leads to ours, is not known as one, hardly a program has all of them.
const char *real_forestalled_by(void)
{
	static const char needed[][8] = { "malloc", "calloc", "realloc", "free" };
	Dl_info theirs = { 0 }, ours = { 0 };

	if (dladdr(names, &ours) == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		void *first = dlsym(RTLD_DEFAULT, needed[i]);

		if (first == NULL || dladdr(first, &theirs) == 0 ||
		    theirs.dli_fbase == ours.dli_fbase || is_stub(first))
			return NULL;
	}
	return theirs.dli_fname;
}

void *real_find_gcc(const char *name)
{
	static void *library; // never given back
	void *found = dlsym(RTLD_DEFAULT, name);

	if (found == NULL && library == NULL)
		library = dlopen("libgcc_s.so.1", RTLD_NOW);
	if (found == NULL && library != NULL)
		found = dlsym(library, name);
	forget_dlerror();
	return found;
}

atomic_uint real_operators_generation = 1;

void real_forget_operators(void)
{
	atomic_fetch_add(&real_operators_generation, 1);
}

// Looks `name` up as the module that holds `pc` would.
static void *find_from(uintptr_t pc, const char *name)
{
	void *handle, *found;
	Dl_info info;

	if (dladdr((void *)pc, &info) == 0 || info.dli_fname == NULL)
		return NULL;
	handle = dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
	if (handle == NULL)
		return NULL;
	found = dlsym(handle, name);
	real.dlclose(handle);
	return found;
}

void *real_operator_search(struct real_operator *slot, const void *own, uintptr_t pc)
{
	unsigned generation = atomic_load(&real_operators_generation);
	bool before;
	void *found;

	before = tracer_inside_begin();
	found = next(slot->name);
	if (found == NULL || found == own)
		found = find_from(pc, slot->name);
	if (found == own)
		found = NULL;
	forget_dlerror();
	tracer_inside_end(before);
	if (found != NULL) {
		atomic_store_explicit(&slot->found, found, memory_order_relaxed);
		atomic_store_explicit(&slot->generation, generation, memory_order_release);
	}
	return found;
}
