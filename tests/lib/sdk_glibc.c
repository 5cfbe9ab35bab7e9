// SPDX-License-Identifier: GPL-3.0-or-later
// What a compiler's runtime that was built for glibc wants of it, for another C library.
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Never to be taken for true: reference counts are then atomic.
char __libc_single_threaded;

uint32_t arc4random(void);
size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time,
		    locale_t locale);
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library);

uint32_t arc4random(void)
{
	uint32_t number;

	if (syscall(SYS_getrandom, &number, sizeof(number), 0) != sizeof(number))
		abort();
	return number;
}

// As in glibc's <dlfcn.h> on MIPS.
struct found_object {
	unsigned long long flags;
	void *map_start, *map_end;
	struct link_map *link_map;
	void *eh_frame_header;
	unsigned long long reserved[7];
};

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time,
		    locale_t locale)
{
	return strftime_l(text, size, format, time, locale);
}

// No thread-local object of the test programs wants to be destroyed.
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library)
{
	(void)destroy;
	(void)object;
	(void)library;
	abort();
}

struct search {
	uintptr_t pc;
	struct found_object *object;
};

int _dl_find_object(void *pc, struct found_object *object);

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct search *search = argument;
	uintptr_t header = 0;
	int holds = 0;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_GNU_EH_FRAME)
			header = start;
		if (segment->p_type != PT_LOAD || search->pc - start >= segment->p_memsz)
			continue;
		holds = 1;
		search->object->map_start = (void *)start;
		search->object->map_end = (void *)(start + segment->p_memsz);
	}
	search->object->eh_frame_header = (void *)header;
	return holds && header != 0;
}

int _dl_find_object(void *pc, struct found_object *object)
{
	struct search search = { (uintptr_t)pc, object };

	*object = (struct found_object){ 0 };
	return dl_iterate_phdr(visit, &search) ? 0 : -1;
}
