// SPDX-License-Identifier: GPL-3.0-or-later
// The doctor: whether all names will be known, before anything is traced, and what to do where they will not.
#include "doctor.h"

#include "elf_file.h"
#include "elf_needed.h"
#include "findings.h"
#include "rootfs.h"
#include "snapshot.h"
#include "symbols.h"
#include "symbols_file.h"
#include "util.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A file to be looked at.
struct patient {
	char *path;
	struct symbols_target target; // what it must be built for
	bool is_program;
};

struct doctor {
	const struct rootfs *rootfs;
	struct patient *patients;
	size_t n, n_healthy;
};

// Where loaders look, those of Debian's architectures included: what is of another machine is passed over.
static const char *const library_directories[] = {
	"/lib",
	"/usr/lib",
	"/lib64",
	"/usr/lib64",
	"/lib32",
	"/usr/lib32",
	"/libx32",
	"/usr/local/lib",
	"/lib/aarch64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
	"/lib/arm-linux-gnueabi",
	"/usr/lib/arm-linux-gnueabi",
	"/lib/arm-linux-gnueabihf",
	"/usr/lib/arm-linux-gnueabihf",
	"/lib/i386-linux-gnu",
	"/usr/lib/i386-linux-gnu",
	"/lib/mips-linux-gnu",
	"/usr/lib/mips-linux-gnu",
	"/lib/mipsel-linux-gnu",
	"/usr/lib/mipsel-linux-gnu",
	"/lib/mips64el-linux-gnuabi64",
	"/usr/lib/mips64el-linux-gnuabi64",
	"/lib/riscv64-linux-gnu",
	"/usr/lib/riscv64-linux-gnu",
	"/lib/x86_64-linux-gnu",
	"/usr/lib/x86_64-linux-gnu",
};

static void patient_add(struct doctor *doctor, const char *path,
			const struct symbols_target *target, bool is_program)
{
	for (size_t i = 0; i < doctor->n; i++) {
		if (strcmp(doctor->patients[i].path, path) == 0) {
			return;
		}
	}
	doctor->patients = xrealloc(doctor->patients, doctor->n + 1, sizeof(*doctor->patients));
	doctor->patients[doctor->n++] =
		(struct patient){ xstrndup(path, strlen(path)), *target, is_program };
}

static bool fits_target(int fd, void *context)
{
	const struct symbols_target *target = context;
	struct elf_file *elf = elf_file_open(fd);
	const struct elf_identity *is = elf != NULL ? elf_file_identity(elf) : NULL;
	bool is_fit = is != NULL && is->machine == target->machine &&
		      is->word_size == target->word_size && is->byte_order == target->byte_order;
	elf_file_close(elf);
	return is_fit;
}

// Whether the library is in the directory; then it is looked at, too.
static bool library_in(struct doctor *doctor, const char *directory, size_t size, const char *name,
		       const struct symbols_target *target)
{
	char *path = NULL;
	if (asprintf(&path, "%.*s/%s", (int)size, directory, name) < 0) {
		die("out of memory");
	}
	struct symbols_target wanted = *target;
	char *plain = path_plain(path);
	int fd = rootfs_search(doctor->rootfs, plain, fits_target, &wanted);
	bool is_plain = fd >= 0;
	if (fd < 0) {
		fd = rootfs_search(doctor->rootfs, path, fits_target, &wanted);
	}
	if (fd >= 0) {
		close(fd);
		patient_add(doctor, is_plain ? plain : path, target, false);
	}
	free(plain);
	free(path);
	return fd >= 0;
}

// The directories that the file names itself; $ORIGIN is its own.
static bool library_in_paths(struct doctor *doctor, const char *paths, const char *origin,
			     const char *name, const struct symbols_target *target)
{
	static const char *const words[] = { "$ORIGIN", "${ORIGIN}" };
	const char *slash = strrchr(origin, '/');
	int origin_size = slash != NULL ? (int)(slash - origin) : 0;
	bool is_found = false;
	while (!is_found && paths != NULL && *paths != '\0') {
		size_t size = strcspn(paths, ":");
		size_t word = 0;
		for (size_t i = 0; i < 2; i++) {
			size_t length = strlen(words[i]);
			word = strncmp(paths, words[i], length) == 0 ? length : word;
		}
		char *directory = NULL;
		if (asprintf(&directory, "%.*s%.*s", word > 0 ? origin_size : 0, origin,
			     (int)(size - word), paths + word) < 0) {
			die("out of memory");
		}
		is_found = library_in(doctor, directory, strlen(directory), name, target);
		free(directory);
		paths += size + (paths[size] == ':');
	}
	return is_found;
}

static void library_find(struct doctor *doctor, const char *name, const char *paths,
			 const char *origin, const struct symbols_target *target)
{
	if (strchr(name, '/') != NULL) {
		patient_add(doctor, name, target, false);
		return;
	}
	if (library_in_paths(doctor, paths, origin, name, target)) {
		return;
	}
	for (size_t i = 0; i < sizeof(library_directories) / sizeof(library_directories[0]); i++) {
		const char *directory = library_directories[i];
		if (library_in(doctor, directory, strlen(directory), name, target)) {
			return;
		}
	}
	patient_add(doctor, name, target, false); // it will be said that it is missing
}

// True: nothing is wrong with how the program is started.
static bool program_check(const char *path, const struct elf_needed *needed,
			  const struct symbols_file *file)
{
	struct stat status;
	bool is_good = true;
	// Of a file that is cut off it is not known.
	if (needed->loader == NULL && !elf_file_is_cut(file->elf)) {
		findings_line(stdout, path, "statically linked", NULL,
			      "libdumpalloc.so cannot be preloaded: link it dynamically");
		is_good = false;
	}
	if (fstat(file->fd, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0) {
		findings_line(stdout, path, "set-user-ID or set-group-ID", NULL,
			      "LD_PRELOAD is not heeded: trace a copy without the bit");
		is_good = false;
	}
	return is_good;
}

static void patient_see(struct doctor *doctor, size_t i)
{
	// The list may move while it grows.
	struct patient patient = doctor->patients[i];
	struct module module = { .path = patient.path };
	struct symbols_file file;
	symbols_file_open(&file, doctor->rootfs, &patient.target, &module, true);
	if (file.findings.verdict == VERDICT_NONE && file.findings.error == 0) {
		file.findings.error = ENOENT; // such a name is none of a file
	}
	bool is_good = findings_write(stdout, patient.path, &file.findings);
	if (file.elf != NULL) {
		const struct elf_identity *is = elf_file_identity(file.elf);
		struct symbols_target target = { is->machine, is->word_size, is->byte_order };
		struct elf_needed needed;
		elf_needed_read(file.elf, &needed);
		if (patient.is_program) {
			is_good &= program_check(patient.path, &needed, &file);
		}
		if (needed.loader != NULL) {
			patient_add(doctor, needed.loader, &target, false);
		}
		for (size_t k = 0; k < needed.n_libraries; k++) {
			library_find(doctor, needed.libraries[k], needed.paths, patient.path,
				     &target);
		}
		elf_needed_free(&needed);
	}
	doctor->n_healthy += is_good;
	symbols_file_close(&file);
}

int doctor_run(const struct rootfs *rootfs, const char *const *programs, size_t n)
{
	struct doctor doctor = { .rootfs = rootfs };
	for (size_t i = 0; i < n; i++) {
		patient_add(&doctor, programs[i], &(struct symbols_target){ 0, 0, 0 }, true);
	}
	for (size_t i = 0; i < doctor.n; i++) {
		patient_see(&doctor, i);
	}
	printf("%zu of %zu files have all names\n", doctor.n_healthy, doctor.n);
	bool is_healthy = doctor.n_healthy == doctor.n;
	for (size_t i = 0; i < doctor.n; i++) {
		free(doctor.patients[i].path);
	}
	free(doctor.patients);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		say("standard output: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	return is_healthy ? EXIT_WELL : EXIT_DAMAGED;
}
