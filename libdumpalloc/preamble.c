// SPDX-License-Identifier: LGPL-2.1-or-later
// The stream's first block: who writes it, where, when and how (FORMAT.md, section 3).
#define _GNU_SOURCE
#include "libdumpalloc/preamble.h"

#include <elf.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/executable.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/text.h"
#include "unwind/auxv.h"
#include "unwind/minimal.h"

// This library's own ELF header, placed by the linker.
extern const unsigned char __ehdr_start[] __attribute__((visibility("hidden"), weak));

// The payload as far as it is written.
struct payload {
	uint8_t *bytes;
	size_t size;
};

static void put_byte(struct payload *payload, uint8_t byte)
{
	if (payload->size < PREAMBLE_SIZE_MAX)
		payload->bytes[payload->size++] = byte;
}

static void put_uv(struct payload *payload, uint64_t value)
{
	while (value >= 0x80) {
		put_byte(payload, (uint8_t)(value | 0x80));
		value >>= 7;
	}
	put_byte(payload, (uint8_t)value);
}

static void put_field(struct payload *payload, enum wire_field id, const void *value, size_t size)
{
	const uint8_t *bytes = value;

	put_uv(payload, id);
	put_uv(payload, size);
	for (size_t i = 0; i < size; i++)
		put_byte(payload, bytes[i]);
}

static void put_numbers(struct payload *payload, enum wire_field id, const uint64_t *numbers,
			size_t n)
{
	uint8_t value[3 * WIRE_VARINT_MAX];
	struct payload field = { value, 0 };

	for (size_t i = 0; i < n; i++)
		put_uv(&field, numbers[i]);
	put_field(payload, id, value, field.size);
}

static __attribute__((noinline)) void put_number(struct payload *payload, enum wire_field id,
						 uint64_t number)
{
	put_numbers(payload, id, &number, 1);
}

static void put_text(struct payload *payload, enum wire_field id, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (text != NULL)
		put_field(payload, id, text, n < WIRE_TEXT_MAX ? n : WIRE_TEXT_MAX);
}

static void put_machine(struct payload *payload)
{
	union {
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} header;
	bool is_wide;

	put_number(payload, WIRE_FIELD_WORD_SIZE, sizeof(uintptr_t));
	put_number(payload, WIRE_FIELD_BYTE_ORDER,
		   __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? WIRE_LITTLE_ENDIAN
							     : WIRE_BIG_ENDIAN);
	if (__ehdr_start == NULL)
		return;
	is_wide = __ehdr_start[EI_CLASS] == ELFCLASS64;
	memcpy(&header, __ehdr_start, is_wide ? sizeof(header.wide) : sizeof(header.narrow));
	put_number(payload, WIRE_FIELD_MACHINE,
		   is_wide ? header.wide.e_machine : header.narrow.e_machine);
	put_number(payload, WIRE_FIELD_MACHINE_FLAGS,
		   is_wide ? header.wide.e_flags : header.narrow.e_flags);
}

// Nobody who has not seen the stream can guess it. Without random bytes there is none.
static void put_id(struct payload *payload)
{
	uint8_t id[WIRE_STREAM_ID_SIZE];

	if (process_read_file("/dev/urandom", id, sizeof id) == (ssize_t)sizeof id)
		put_field(payload, WIRE_FIELD_STREAM_ID, id, sizeof id);
}

// `scratch` holds WIRE_TEXT_MAX bytes.
static void put_program(struct payload *payload, char *scratch)
{
	const char *given = (const char *)auxv_value(AT_EXECFN);
	const char *path = executable_path(scratch, WIRE_TEXT_MAX);
	ssize_t n;

	if (given == NULL)
		given = path;
	put_text(payload, WIRE_FIELD_EXECUTABLE, path);
	put_text(payload, WIRE_FIELD_PROGRAM, text_last_part(given));

	n = process_read_file("/proc/self/cmdline", scratch, WIRE_TEXT_MAX);
	if (n > 0)
		put_field(payload, WIRE_FIELD_COMMAND_LINE, scratch, (size_t)n);
	put_text(payload, WIRE_FIELD_WORKING_DIRECTORY, getcwd(scratch, WIRE_TEXT_MAX));
}

static void put_process(struct payload *payload, const struct preamble_origin *origin)
{
	struct utsname system;

	put_text(payload, WIRE_FIELD_FIRST_MALLOC, origin->first_malloc);
	put_number(payload, WIRE_FIELD_PAGE_SIZE, (uint64_t)sysconf(_SC_PAGESIZE));
	put_number(payload, WIRE_FIELD_PID, (uint64_t)getpid());
	put_number(payload, WIRE_FIELD_PARENT_PID, (uint64_t)getppid());
	if (origin->is_fork_child) {
		put_number(payload, WIRE_FIELD_PARENT_STREAM, (uint64_t)origin->parent_stream);
		put_number(payload, WIRE_FIELD_PARENT_POSITION, origin->parent_position);
	}
	if (uname(&system) == 0)
		put_text(payload, WIRE_FIELD_HOST_NAME, system.nodename);
}

static void put_clock(struct payload *payload, const struct preamble_origin *origin)
{
	struct timespec resolution;

	put_number(payload, WIRE_FIELD_START_TIME, origin->start_time);
	put_number(payload, WIRE_FIELD_CLOCK, WIRE_CLOCK_MONOTONIC_COARSE);
	// A thread reads the clock no more often than the relay tells it to.
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) == 0)
		put_number(payload, WIRE_FIELD_CLOCK_RESOLUTION,
			   (uint64_t)resolution.tv_sec * 1000000000u +
				   (uint64_t)resolution.tv_nsec + REGION_TICK_MS * 1000000u);
}

static void put_recording(struct payload *payload, const struct config *config)
{
	static const enum wire_walker walkers[] = {
		[UNWIND_NONE] = WIRE_WALKER_NONE,     [UNWIND_GCC] = WIRE_WALKER_GCC,
		[UNWIND_SCAN] = WIRE_WALKER_SCAN,     [UNWIND_FP] = WIRE_WALKER_FP,
		[UNWIND_TABLES] = WIRE_WALKER_TABLES, [UNWIND_AUTO] = WIRE_WALKER_AUTO,
	};
	const uint64_t rule[] = { ENCODER_USABLE_ALIGN, ENCODER_USABLE_OVERHEAD,
				  ENCODER_USABLE_MIN };
	enum wire_walker walker = walkers[unwind_resolve(config->walker)];

	put_number(payload, WIRE_FIELD_SEQUENCE_BITS, 8 * sizeof(sequence_word));
	put_number(payload, WIRE_FIELD_ADDRESS_SHIFT, ENCODER_ADDRESS_SHIFT);
	put_numbers(payload, WIRE_FIELD_USABLE_RULE, rule, sizeof(rule) / sizeof(rule[0]));
	put_number(payload, WIRE_FIELD_WALKER, walker);
	put_number(payload, WIRE_FIELD_DEPTH_LIMIT, config->depth);
	put_number(payload, WIRE_FIELD_SAMPLING, config->sample_interval);
	if (!IS_MINIMAL && config->least_size != 0)
		put_number(payload, WIRE_FIELD_LEAST_SIZE, config->least_size);
	if (DUMPALLOC_ELISION && config->elide_limit != 0)
		put_number(payload, WIRE_FIELD_ELIDE_LIMIT, config->elide_limit);
	put_text(payload, WIRE_FIELD_WRITER, DUMPALLOC_VERSION);
}

size_t preamble_build(const struct config *config, const struct preamble_origin *origin,
		      uint8_t *bytes)
{
	struct payload payload = { bytes, 0 };
	char scratch[WIRE_TEXT_MAX];

	put_id(&payload);
	put_machine(&payload);
	put_process(&payload, origin);
	put_program(&payload, scratch);
	put_clock(&payload, origin);
	put_recording(&payload, config);
	return payload.size;
}
