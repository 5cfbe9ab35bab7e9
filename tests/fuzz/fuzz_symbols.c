// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as an ELF file with debug information: reading ends, within the file, and names are texts.
//
// Input: the file; it is asked for addresses below and above where the corpus' files have their code.
#include "debug_info.h"
#include "elf_file.h"
#include "elf_unpack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CODE = 0x401000, ASKED = 96, STEP = 3, FRAMES_MAX = 1 << 16 };

static size_t length_of(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

static void count_frame(void *context, const struct debug_frame *frame)
{
	size_t *n = context;

	// Each text is read to its end.
	if (++*n > FRAMES_MAX ||
	    length_of(frame->function) + length_of(frame->linked) + length_of(frame->file) ==
		    SIZE_MAX) {
		abort();
	}
}

static void ask_all(const struct elf_file *file)
{
	const char *reason = "";
	struct debug_info *info = debug_info_open(file, file, &reason);
	const char *name = NULL;

	if (info == NULL) {
		return;
	}
	for (uint64_t i = 0; i < ASKED; i++) {
		size_t n = 0;

		debug_info_find(info, CODE + i * STEP, count_frame, &n);
		debug_info_find(info, i * STEP, count_frame, &n);
	}
	if (debug_info_n_split(info, &name) > 0 && length_of(name) == SIZE_MAX) {
		abort();
	}
	debug_info_close(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	const char *reason = "";
	size_t unpacked = 0;
	uint32_t crc = 0, word = 0;
	struct elf_identity wanted;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		abort();
	}
	struct elf_file *file = elf_file_open(fd);
	if (file != NULL) {
		elf_file_load_functions(file, file);
		for (uint64_t i = 0; i < ASKED; i++) {
			const struct elf_function *function =
				elf_file_function(file, CODE + i * STEP);

			if (function != NULL && length_of(function->name) == SIZE_MAX) {
				abort();
			}
			elf_file_code32(file, CODE + i * STEP, &word);
		}
		free(elf_file_debuglink(file, &crc));
		free(elf_file_alternate(file, &wanted));
		free(elf_unpack_mini(file, &unpacked, &reason));
		elf_file_has_same_code(file, file);
		ask_all(file);
		elf_file_close(file);
	}
	close(fd);
	return 0;
}
