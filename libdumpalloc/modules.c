// SPDX-License-Identifier: LGPL-2.1-or-later
// Which ELF objects are mapped where, and telling the reader when that changes.
#define _GNU_SOURCE
#include "libdumpalloc/modules.h"

#include <link.h>
#include <sched.h>
#include <stddef.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/channel.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/fork_gate.h"
#include "libdumpalloc/modules_object.h"
#include "libdumpalloc/modules_record.h"
#include "libdumpalloc/pages.h"

// A module the reader knows. Walkers read the addresses without a lock; `end` 0 marks a free entry.
struct module {
	_Atomic(uintptr_t) start, end; // all segments
	struct {
		_Atomic(uintptr_t) start, end;
	} codes[MODULES_CODES];               // see modules_object.h
	_Atomic(uintptr_t) index, index_size; // as in struct unwind_code
	_Atomic(uintptr_t) index_start, index_end;
	uintptr_t bias;
	const void *headers; // program headers: with the bias and the path, the module's identity
	uint32_t path_hash;
	uint32_t id;
	unsigned made_in, seen_in; // numbers of refreshes
};

enum {
	CHUNK_MODULES = 128,
	CHUNKS_MAX = 64,
};

// Grows by chunks, which stay.
static struct module *_Atomic chunks[CHUNKS_MAX];
static atomic_uint n_modules; // entries ever used
static uint32_t last_id;
static atomic_uint last_refresh;
static atomic_uint n_unmapped, n_mapped;

// What the loader counted at the last complete refresh, cut to a word. Some begin at 0.
#define NOTHING_SEEN UINTPTR_MAX
static _Atomic(uintptr_t) seen_loads = NOTHING_SEEN, seen_unloads = NOTHING_SEEN;

// Held for one object at a time, inside the loader's call: nothing called under it can wait for
// the loader.
static atomic_flag lock = ATOMIC_FLAG_INIT;

// Under `lock`.
static struct encoder_module record;

struct refresh {
	struct encoder *encoder;
	unsigned number;
	bool is_first_object;
	bool is_needless;   // the loader has changed nothing
	bool is_incomplete; // a record was refused: the next refresh tries again
	uintptr_t loads, unloads;
};

static void lock_take(void)
{
	while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
		sched_yield();
}

static void lock_give(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

static struct module *module_at(unsigned i)
{
	return &atomic_load_explicit(&chunks[i / CHUNK_MODULES],
				     memory_order_acquire)[i % CHUNK_MODULES];
}

static bool module_is_mapped(const struct module *module)
{
	return atomic_load_explicit(&module->end, memory_order_relaxed) != 0;
}

static bool is_between(uintptr_t address, const _Atomic(uintptr_t) *start,
		       const _Atomic(uintptr_t) *end)
{
	return address >= atomic_load_explicit(start, memory_order_relaxed) &&
	       address < atomic_load_explicit(end, memory_order_relaxed);
}

static struct module *module_holding(uintptr_t address)
{
	unsigned n = atomic_load_explicit(&n_modules, memory_order_acquire);

	for (unsigned i = 0; i < n; i++) {
		struct module *module = module_at(i);

		if (is_between(address, &module->start, &module->end))
			return module;
	}
	return NULL;
}

unsigned modules_unmapped(void)
{
	return atomic_load_explicit(&n_unmapped, memory_order_relaxed);
}

unsigned modules_changes(void)
{
	return modules_unmapped() + atomic_load_explicit(&n_mapped, memory_order_relaxed);
}

bool modules_are_same(uintptr_t one, uintptr_t other)
{
	const struct module *module = module_holding(one);

	return module != NULL && module == module_holding(other);
}

bool modules_hold(uintptr_t pc)
{
	return module_holding(pc) != NULL;
}

bool modules_find_code(uintptr_t pc, struct unwind_code *code)
{
	struct module *module = module_holding(pc);
	size_t i = 0;

	if (module == NULL)
		return false;
	while (!is_between(pc, &module->codes[i].start, &module->codes[i].end)) {
		if (++i == MODULES_CODES)
			return false;
	}
	code->start = atomic_load_explicit(&module->codes[i].start, memory_order_relaxed);
	code->end = atomic_load_explicit(&module->codes[i].end, memory_order_relaxed);
	code->index = atomic_load_explicit(&module->index, memory_order_relaxed);
	code->index_size = atomic_load_explicit(&module->index_size, memory_order_relaxed);
	code->index_start = atomic_load_explicit(&module->index_start, memory_order_relaxed);
	code->index_end = atomic_load_explicit(&module->index_end, memory_order_relaxed);
	// The entry may have become another module's meanwhile.
	atomic_thread_fence(memory_order_acquire);
	return is_between(pc, &module->start, &module->end);
}

bool modules_is_own(uintptr_t pc)
{
	struct module *module = module_holding(pc);

	return module != NULL && module == module_holding((uintptr_t)&lock);
}

// A free entry; NULL: none, and no memory for more.
static struct module *module_new(void)
{
	unsigned n = atomic_load_explicit(&n_modules, memory_order_relaxed);
	void *memory;

	for (unsigned i = 0; i < n; i++) {
		if (!module_is_mapped(module_at(i)))
			return module_at(i);
	}
	if (n == CHUNK_MODULES * CHUNKS_MAX)
		return NULL;
	if (chunks[n / CHUNK_MODULES] == NULL) {
		memory = pages_map(CHUNK_MODULES * sizeof(struct module));
		if (memory == NULL)
			return NULL;
		atomic_store_explicit(&chunks[n / CHUNK_MODULES], memory, memory_order_relaxed);
	}
	atomic_store_explicit(&n_modules, n + 1, memory_order_release);
	return module_at(n);
}

// False: the record was refused, its sequence number is lost.
static bool flush_record(struct refresh *refresh)
{
	if (encoder_flush(refresh->encoder))
		return true;
	encoder_count_lost(refresh->encoder, WIRE_LOST_NO_ROOM);
	channel_count_lost();
	refresh->is_incomplete = true;
	return false;
}

// It holds nothing from now on.
static void module_wipe(struct module *module)
{
	atomic_store_explicit(&module->end, 0, memory_order_release);
	for (size_t i = 0; i < MODULES_CODES; i++)
		atomic_store_explicit(&module->codes[i].end, 0, memory_order_release);
}

static void module_unmap(struct module *module, struct refresh *refresh)
{
	encoder_number(refresh->encoder, channel_sequence_next(), WIRE_UNMAP, module->id);
	if (!flush_record(refresh))
		return;
	// The next change comes after these for everybody.
	module_wipe(module);
	atomic_fetch_add(&n_unmapped, 1);
	channel_disturb();
}

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u; // FNV-1a

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

static uintptr_t min(uintptr_t a, uintptr_t b)
{
	return a < b ? a : b;
}

static uintptr_t max(uintptr_t a, uintptr_t b)
{
	return a > b ? a : b;
}

static void set(_Atomic(uintptr_t) *address, uintptr_t value)
{
	atomic_store_explicit(address, value, memory_order_relaxed);
}

// Fills the addresses of `module`, the last of which makes it known.
static void take_ranges(struct module *module, const struct dl_phdr_info *object)
{
	uintptr_t start = UINTPTR_MAX, end = 0;
	struct unwind_code codes[MODULES_CODES];

	for (size_t i = 0; i < record.n_segments; i++) {
		uintptr_t from = (uintptr_t)(record.bias + record.segments[i].address);

		start = min(start, from);
		end = max(end, from + (uintptr_t)record.segments[i].size);
	}
	modules_object_codes(object, codes);
	set(&module->index, codes[0].index);
	set(&module->index_size, codes[0].index_size);
	set(&module->index_start, codes[0].index_start);
	set(&module->index_end, codes[0].index_end);
	set(&module->start, start);
	for (size_t i = 0; i < MODULES_CODES; i++) {
		set(&module->codes[i].start, codes[i].start);
		set(&module->codes[i].end, codes[i].end);
	}
	atomic_store_explicit(&module->end, end, memory_order_release);
}

// The entry of an object the reader knows already; entries it overlaps with otherwise are gone.
static struct module *find_known(const struct dl_phdr_info *object, struct refresh *refresh)
{
	uint32_t hash = hash_text(object->dlpi_name);
	unsigned n = atomic_load_explicit(&n_modules, memory_order_relaxed);

	for (unsigned i = 0; i < n; i++) {
		struct module *module = module_at(i);

		if (!module_is_mapped(module))
			continue;
		if (module->bias == object->dlpi_addr && module->headers == object->dlpi_phdr &&
		    module->path_hash == hash)
			return module;
		if (modules_object_holds(
			    object, atomic_load_explicit(&module->start, memory_order_relaxed)))
			module_unmap(module, refresh);
	}
	return NULL;
}

static void add_object(const struct dl_phdr_info *object, struct refresh *refresh)
{
	struct module *module = module_new();

	if (module == NULL)
		return;
	modules_record_take(&record, object);
	record.id = ++last_id;
	module->id = record.id;
	module->bias = object->dlpi_addr;
	module->headers = object->dlpi_phdr;
	module->path_hash = hash_text(object->dlpi_name);
	module->made_in = module->seen_in = refresh->number;
	debug_say(DEBUG_MODULES, 2, "mapped, with the number", record.id);
	encoder_map(refresh->encoder, channel_sequence_next(), &record);
	if (flush_record(refresh)) {
		take_ranges(module, object);
		atomic_fetch_add(&n_mapped, 1);
		channel_disturb();
	}
}

// True if what is known of modules is still mapped.
static bool loader_has_unloaded_nothing(const struct dl_phdr_info *object, size_t size)
{
	uintptr_t loads, unloads;

	return modules_object_counts(object, size, &loads, &unloads) &&
	       unloads == atomic_load(&seen_unloads);
}

// True if the loader has done nothing since the last refresh; old loaders do not count.
static bool loader_is_idle(const struct dl_phdr_info *object, size_t size, struct refresh *refresh)
{
	if (!modules_object_counts(object, size, &refresh->loads, &refresh->unloads))
		return false;
	return refresh->loads == atomic_load(&seen_loads) &&
	       refresh->unloads == atomic_load(&seen_unloads);
}

static int visit(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct refresh *refresh = argument;
	struct module *module;

	if (refresh->is_first_object) {
		refresh->is_first_object = false;
		// Here, so that refreshes have seen the list in the order of their numbers.
		refresh->number = atomic_fetch_add(&last_refresh, 1) + 1;
		refresh->is_needless = loader_is_idle(object, size, refresh);
	}
	if (refresh->is_needless)
		return 1;
	lock_take();
	module = find_known(object, refresh);
	if (module == NULL)
		add_object(object, refresh);
	else if (module->seen_in < refresh->number)
		module->seen_in = refresh->number;
	lock_give();
	return 0;
}

// What was there before this refresh and was not seen by it is gone.
static void drop_unseen(struct refresh *refresh)
{
	unsigned n;

	lock_take();
	n = atomic_load_explicit(&n_modules, memory_order_relaxed);
	for (unsigned i = 0; i < n; i++) {
		struct module *module = module_at(i);

		if (module_is_mapped(module) && module->made_in < refresh->number &&
		    module->seen_in < refresh->number)
			module_unmap(module, refresh);
	}
	lock_give();
}

void modules_refresh(struct encoder *encoder)
{
	struct refresh refresh = { .encoder = encoder, .is_first_object = true };

	fork_gate_enter();
	dl_iterate_phdr(visit, &refresh);
	if (!refresh.is_needless)
		drop_unseen(&refresh);
	fork_gate_leave();
	if (refresh.is_needless || refresh.is_incomplete)
		return;
	atomic_store(&seen_loads, refresh.loads);
	atomic_store(&seen_unloads, refresh.unloads);
}

struct code_request {
	uintptr_t pc;
	unwind_code_reader *read;
	void *argument;
	bool is_first_object, is_found;
};

// The loader's lock is held: nothing that it has mapped is unmapped meanwhile.
static int visit_code(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct code_request *request = argument;
	struct unwind_code code = { 0 };

	if (request->is_first_object && loader_has_unloaded_nothing(object, size)) {
		request->is_found = modules_find_code(request->pc, &code);
		if (request->is_found)
			request->read(request->argument, &code);
		return 1;
	}
	// What is known may be gone: the list itself is asked.
	request->is_first_object = false;
	if (!modules_object_holds(object, request->pc))
		return 0;
	request->is_found = modules_object_code(object, request->pc, &code);
	if (request->is_found)
		request->read(request->argument, &code);
	return 1;
}

bool modules_read_code(uintptr_t pc, unwind_code_reader *read, void *argument)
{
	struct code_request request = { pc, read, argument, true, false };

	fork_gate_enter();
	dl_iterate_phdr(visit_code, &request);
	fork_gate_leave();
	return request.is_found;
}

void modules_forget(void)
{
	unsigned n = atomic_load_explicit(&n_modules, memory_order_relaxed);

	for (unsigned i = 0; i < n; i++)
		module_wipe(module_at(i));
	last_id = 0;
	atomic_store_explicit(&seen_loads, NOTHING_SEEN, memory_order_relaxed);
	atomic_store_explicit(&seen_unloads, NOTHING_SEEN, memory_order_relaxed);
	lock_give();
}
