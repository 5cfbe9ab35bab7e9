// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as an ELF file that call stacks are held against: reading ends, within the file.
//
// Input: the file; pairs of call sites below are asked for, where the corpus' files have their code.
#include "call_edges.h"
#include "rootfs.h"
#include "snapshot.h"
#include "symbols.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CODE = 0x200, CODE_SIZE = 0x400, STEP = 4, OUTER_STEP = 0x34 };

static char folder[] = "/tmp/fuzz_edges.XXXXXX";

static void folder_remove(void)
{
	char path[sizeof(folder) + 2];
	snprintf(path, sizeof(path), "%s/m", folder);
	unlink(path);
	rmdir(folder);
}

static void file_write(const uint8_t *data, size_t size)
{
	static bool is_made;
	char path[sizeof(folder) + 2];
	if (!is_made) {
		if (mkdtemp(folder) == NULL || atexit(folder_remove) != 0) {
			abort();
		}
		is_made = true;
	}
	snprintf(path, sizeof(path), "%s/m", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	file_write(data, size);
	struct rootfs *rootfs = rootfs_new();
	if (!rootfs_add_tree(rootfs, folder)) {
		abort();
	}
	const struct module module = { .path = (char *)(uintptr_t) "/m" };
	struct call_edges *edges = call_edges_new(rootfs, &(struct symbols_target){ .machine = 0 });
	uint64_t outer = CODE;
	for (uint64_t inner = CODE; inner < CODE + CODE_SIZE; inner += STEP) {
		outer = CODE + (outer + OUTER_STEP) % CODE_SIZE;
		const struct site sites[] = {
			{ .module = &module, .offset = inner, .is_exact = inner % 3 == 0 },
			{ .module = &module, .offset = outer | inner % 2 },
		};
		enum edge_verdict verdict =
			call_edges_check(edges, &sites[0], &sites[1], WIRE_HOW_SCAN);
		if ((unsigned)verdict >= N_EDGE_VERDICTS) {
			abort();
		}
	}
	call_edges_free(edges);
	rootfs_free(rootfs);
	return 0;
}
