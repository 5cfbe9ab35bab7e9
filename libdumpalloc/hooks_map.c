// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that map memory, each in front of the real one; what they do is recorded where that is asked for.
#define _GNU_SOURCE
#include "libdumpalloc/hooks.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "libdumpalloc/real.h"
#include "libdumpalloc/tracer_map.h"

// By the names that programs call, whatever this file's own off_t makes of them.
EXPORT void *hook_mmap(void *address, size_t size, int protection, int flags, int fd,
		       real_offset offset) __asm__("mmap");
EXPORT void *hook_mmap64(void *address, size_t size, int protection, int flags, int fd,
			 int64_t offset) __asm__("mmap64");
EXPORT int hook_brk(void *end) __asm__("brk");
EXPORT void *hook_sbrk(intptr_t increment) __asm__("sbrk");

// Whether what these functions do is recorded; the real ones can be called.
static __attribute__((noinline)) bool is_on(void)
{
	real_prepare_system();
	return tracer_map_is_on;
}

static enum wire_kind kind_of(int flags)
{
	return (flags & MAP_ANONYMOUS) != 0 ? WIRE_KIND_MMAP : WIRE_KIND_MMAP_FILE;
}

// What is asked for, in memory: so few values are alive in a hook that none takes a register whose value the walk begins with.
struct request {
	void *address;
	size_t old_size, size;
	int protection, flags, fd;
	bool is_64;
	int64_t offset;
	void *wanted;
};

static void *call_mmap(const struct request *request)
{
	return request->is_64
		       ? real.mmap64(request->address, request->size, request->protection,
				     request->flags, request->fd, request->offset)
		       : real.mmap(request->address, request->size, request->protection,
				   request->flags, request->fd, (real_offset)request->offset);
}

static __attribute__((noinline)) void *do_mmap(struct tracer_call *call,
					       const struct request *request)
{
	if (!is_on() || !tracer_map_begin(call, false))
		return call_mmap(request);

	void *made = call_mmap(request);
	struct encoder_mapping mapping = { .address = (uintptr_t)made, .size = call->size };
	if (made == MAP_FAILED)
		tracer_map_fail(call, NULL);
	else
		tracer_map_end(call, &mapping);
	return made;
}

EXPORT void *hook_mmap(void *address, size_t size, int protection, int flags, int fd,
		       real_offset offset)
{
	TRACER_CALL(call, kind_of(flags), size);
	struct request request = { .address = address,
				   .size = size,
				   .protection = protection,
				   .flags = flags,
				   .fd = fd,
				   .offset = offset };

	return do_mmap(&call, &request);
}

EXPORT void *hook_mmap64(void *address, size_t size, int protection, int flags, int fd,
			 int64_t offset)
{
	TRACER_CALL(call, kind_of(flags), size);
	struct request request = { .address = address,
				   .size = size,
				   .protection = protection,
				   .flags = flags,
				   .fd = fd,
				   .is_64 = true,
				   .offset = offset };

	return do_mmap(&call, &request);
}

EXPORT int munmap(void *address, size_t size)
{
	if (!is_on())
		return real.munmap(address, size);

	TRACER_CALL(call, WIRE_KIND_MUNMAP, size);
	if (!tracer_map_begin(&call, true))
		return real.munmap(address, size);

	struct encoder_mapping mapping = { .old = (uintptr_t)address, .old_size = size };
	int result = real.munmap(address, size);
	if (result == 0)
		tracer_map_end(&call, &mapping);
	else
		tracer_map_fail(&call, address);
	return result;
}

// As the kernel takes it: the address is there only with these flags.
static bool has_address(int flags)
{
#ifdef MREMAP_DONTUNMAP
	return (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
#else
	return (flags & MREMAP_FIXED) != 0;
#endif
}

// What stays mapped where it was is not taken away.
static bool leaves_old(size_t old_size, int flags)
{
#ifdef MREMAP_DONTUNMAP
	return old_size == 0 || (flags & MREMAP_DONTUNMAP) != 0;
#else
	(void)flags;
	return old_size == 0;
#endif
}

static void *call_mremap(const struct request *request)
{
	return real.mremap(request->address, request->old_size, request->size, request->flags,
			   request->wanted);
}

static __attribute__((noinline)) void *do_mremap(struct tracer_call *call,
						 const struct request *request)
{
	bool releases = !leaves_old(request->old_size, request->flags);
	if (!is_on() || !tracer_map_begin(call, releases))
		return call_mremap(request);

	void *made = call_mremap(request);
	struct encoder_mapping mapping = { .old = (uintptr_t)request->address,
					   .old_size = releases ? request->old_size : 0,
					   .address = (uintptr_t)made,
					   .size = request->size };
	if (made != MAP_FAILED)
		tracer_map_end(call, &mapping);
	else
		tracer_map_fail(call, releases ? request->address : NULL);
	return made;
}

EXPORT void *mremap(void *address, size_t old_size, size_t size, int flags, ...)
{
	TRACER_CALL(call, WIRE_KIND_MREMAP, size);
	struct request request = {
		.address = address, .old_size = old_size, .size = size, .flags = flags
	};
	va_list rest;

	if (has_address(flags)) {
		va_start(rest, flags);
		request.wanted = va_arg(rest, void *);
		va_end(rest);
	}
	return do_mremap(&call, &request);
}

// -1: refused.
static void *call_brk(bool is_brk, intptr_t argument)
{
	return is_brk ? (void *)(intptr_t)real.brk((void *)argument) : real.sbrk(argument);
}

// brk is told where the data is to end, sbrk by how much it is to grow.
static __attribute__((noinline)) void *do_brk(struct tracer_call *call, bool is_brk,
					      intptr_t argument)
{
	if (!is_on())
		return call_brk(is_brk, argument);

	uintptr_t before = (uintptr_t)real.sbrk(0);
	uintptr_t after = is_brk ? (uintptr_t)argument : before + (uintptr_t)argument;
	call->size = after > before ? after - before : 0;
	if (after == before || !tracer_map_begin(call, after < before))
		return call_brk(is_brk, argument);

	void *made = call_brk(is_brk, argument);
	if (made == (void *)-1) {
		tracer_map_fail(call, NULL);
		return made;
	}
	if (!is_brk && (uintptr_t)made != before) { // another thread came before
		after += (uintptr_t)made - before;
		before = (uintptr_t)made;
	}
	struct encoder_mapping mapping = { .address = before, .old = after, .size = call->size };
	if (after < before)
		mapping.old_size = before - after;
	tracer_map_end(call, &mapping);
	return made;
}

EXPORT int hook_brk(void *end)
{
	TRACER_CALL(call, WIRE_KIND_BRK, 0);

	return (int)(intptr_t)do_brk(&call, true, (intptr_t)end);
}

EXPORT void *hook_sbrk(intptr_t increment)
{
	TRACER_CALL(call, WIRE_KIND_BRK, 0);

	return do_brk(&call, false, increment);
}
