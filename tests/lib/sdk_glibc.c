// SPDX-License-Identifier: GPL-3.0-or-later
// What a compiler's runtime that was built for glibc wants of it, for another C library.
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Never to be taken for true: reference counts are then atomic.
char __libc_single_threaded;

uint32_t arc4random(void);
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

#if defined(__UCLIBC__) // built without locales
int getentropy(void *buffer, size_t size);
char *gettext(const char *text);
int get_nprocs(void);

int getentropy(void *buffer, size_t size)
{
	return syscall(SYS_getrandom, buffer, size, 0) == (long)size ? 0 : -1;
}

char *gettext(const char *text)
{
	return (char *)(uintptr_t)text;
}

int get_nprocs(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
#else
size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time,
		    locale_t locale);

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time,
		    locale_t locale)
{
	return strftime_l(text, size, format, time, locale);
}
#endif

// Destructors of thread_local objects, the last one's first.
struct ending {
	void (*destroy)(void *object);
	void *object;
	struct ending *next;
};

static _Thread_local struct ending *endings;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void end(void *unused)
{
	(void)unused;
	while (endings != NULL) {
		struct ending *ending = endings;

		endings = ending->next;
		ending->destroy(ending->object);
		free(ending);
	}
}

static void end_at_exit(void)
{
	end(NULL);
}

static void prepare(void)
{
	if (pthread_key_create(&key, end) != 0 || atexit(end_at_exit) != 0)
		abort();
}

int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library)
{
	struct ending *ending = malloc(sizeof(*ending));

	(void)library;
	if (ending == NULL)
		return -1;
	pthread_once(&once, prepare);
	*ending = (struct ending){ destroy, object, endings };
	endings = ending;
	return pthread_setspecific(key, ending);
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
